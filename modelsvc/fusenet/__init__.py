"""ABC-FuseNet in plain PyTorch: where a photo is blurred, how much, and whether that is wanted.

A re-implementation from the published description of Zhang et al., "Learning to Understand Image Blur" (CVPR 2018).
"""
