"""Labels and releases that other tools or sites made come in."""
