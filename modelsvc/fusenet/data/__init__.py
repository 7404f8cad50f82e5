"""Where photos with labels come from: releases, folders with masks, and synthesis on sharp photos."""

from modelsvc.fusenet.data.batches import collate
from modelsvc.fusenet.data.releases import SmartBlurDataset

__all__ = ["SmartBlurDataset", "collate"]
