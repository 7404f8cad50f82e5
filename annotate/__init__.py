"""People label blur in photos; knows nothing of torch."""

__version__ = "0.1.0"
