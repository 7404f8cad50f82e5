"""The programs that a worker starts, and how it listens to them."""
