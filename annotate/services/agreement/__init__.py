"""What the words of several people come to, and what is done where they differ."""
