"""Releases: cut, frozen, built, compared, taken home."""
