"""From a photo to numpy maps and polygons, fast."""

from modelsvc.fusenet.serving.predictor import Predictor

__all__ = ["Predictor"]
