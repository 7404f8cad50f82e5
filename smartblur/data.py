"""Releases for one's own training code, and the network: needs torch, which `import smartblur` alone does not load."""

from modelsvc.fusenet.data import SmartBlurDataset, collate
from modelsvc.fusenet.serving import Predictor

__all__ = ["Predictor", "SmartBlurDataset", "collate"]
