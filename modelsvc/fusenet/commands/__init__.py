"""What the shell can ask for."""
