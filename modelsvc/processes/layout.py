"""Photos in the plane: `python -m modelsvc.processes.layout FEATURES WIDTH OUT [--known PLACES]`.

t-SNE lays out LANDMARKS of them; the others are put between their nearest neighbours, as are those that come later.
The same features give the same places.
"""

from __future__ import annotations

import argparse
from pathlib import Path

import numpy as np
import numpy.typing as npt
from sklearn.decomposition import PCA
from sklearn.manifold import TSNE
from sklearn.neighbors import NearestNeighbors

Floats = npt.NDArray[np.float32]

LANDMARKS = 10_000  # t-SNE of more takes many minutes
DIMENSIONS = 50  # of the features that are compared: what is beyond is noise
PERPLEXITY = 30
NEIGHBOURS = 5  # that a photo without a place is put between
MARGIN = 0.02  # on each side, so that a lasso goes round it all
SEED = 15


def lay_out(features: Floats, landmarks: int = LANDMARKS) -> Floats:
    """(N, 2) places in [0, 1] of (N, D) features of unit length."""
    if (features == features[0]).all():
        return np.full((len(features), 2), 0.5, np.float32)
    flat = PCA(min(DIMENSIONS, *features.shape), random_state=SEED).fit_transform(features)
    chosen = np.random.default_rng(SEED).permutation(len(flat))[:landmarks]
    perplexity = min(PERPLEXITY, (len(chosen) - 1) / 3)
    plane = TSNE(perplexity=perplexity, init="pca", random_state=SEED, n_jobs=-1).fit_transform(flat[chosen])
    places = np.full((len(flat), 2), np.nan, np.float32)
    places[chosen] = in_square(plane)
    return put_between(flat, places)


def in_square(plane: Floats) -> Floats:
    """(N, 2) the same shape in the middle of [0, 1] x [0, 1], within MARGIN."""
    low, high = plane.min(0), plane.max(0)
    middle, extent = (low + high) / 2, max(float((high - low).max()), 1e-9)
    within: Floats = 0.5 + (1 - 2 * MARGIN) * (plane - middle) / extent
    return within


def put_between(features: Floats, places: Floats) -> Floats:
    """(N, 2) the places, and for those that are NaN the mean of the nearest that have one, the nearer the more."""
    is_known = ~np.isnan(places[:, 0])
    if is_known.all():
        return places
    known = NearestNeighbors(n_neighbors=min(NEIGHBOURS, int(is_known.sum())), algorithm="brute", n_jobs=-1)
    distances, nearest = known.fit(features[is_known]).kneighbors(features[~is_known])
    weights = 1 / np.maximum(distances, 1e-6) ** 2
    weights /= weights.sum(1, keepdims=True)
    found = places.copy()
    found[~is_known] = (weights[..., None] * places[is_known][nearest]).sum(1)
    return found


def main() -> None:
    """Read features and known places, write places."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("features", type=Path, help="float32 rows of unit length")
    parser.add_argument("width", type=int, help="of a row")
    parser.add_argument("out", type=Path, help="a file of numpy")
    parser.add_argument("--known", type=Path, help="places that stay, NaN of what is put beside them")
    asked = parser.parse_args()
    features = np.fromfile(asked.features, np.float32).reshape(-1, asked.width)
    places = lay_out(features) if asked.known is None else put_between(features, np.load(asked.known))
    np.save(asked.out, places)


if __name__ == "__main__":
    main()
