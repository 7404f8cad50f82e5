"""The first documented name of `modelsvc.fusenet.serving`, kept for programs that import it."""

from modelsvc.fusenet.serving import Predictor

__all__ = ["Predictor"]
