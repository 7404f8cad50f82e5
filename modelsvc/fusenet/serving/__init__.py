"""From a photo to numpy maps and polygons, fast."""

from modelsvc.fusenet.serving.predictor import SHIPPED, Predictor

__all__ = ["SHIPPED", "Predictor"]
