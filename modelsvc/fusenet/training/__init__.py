"""Fitting the network: one step, a session, several processes, losses, ablations."""
