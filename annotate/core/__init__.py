"""The blur domain: plain Python, numpy and Pillow, usable in a notebook; no web framework."""
