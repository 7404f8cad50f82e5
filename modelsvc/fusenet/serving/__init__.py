"""From a photo to numpy maps and polygons, fast."""
