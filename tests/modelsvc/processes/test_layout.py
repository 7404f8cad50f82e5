"""What shows alike things lies near each other in the plane, the same way each time."""

import numpy as np

from annotate.core.neighbours import unit_rows
from modelsvc.processes.layout import MARGIN, lay_out, put_between

GROUPS, SIZE = 6, 40


def test_clusters_of_features_stay_clusters_whether_laid_out_or_put_between():
    random = np.random.default_rng(3)
    groups = np.repeat(np.arange(GROUPS), SIZE)
    centres = random.gamma(0.5, 1, (GROUPS, 128))
    features = unit_rows(np.maximum(centres[groups] + random.normal(0, 0.15, (len(groups), 128)), 0))
    places = lay_out(features, landmarks=150)  # the other 90 are put between these
    assert np.array_equal(places, lay_out(features, landmarks=150))
    assert (places.min(), places.max()) >= (MARGIN - 1e-6, MARGIN)
    assert places.max() <= 1 - MARGIN + 1e-6
    apart = np.linalg.norm(places[:, None] - places[None], axis=2)
    nearest = np.argsort(apart, axis=1)[:, 1:11]
    assert (groups[nearest] == groups[:, None]).mean() > 0.95

    known = places.copy()
    known[::7] = np.nan
    again = put_between(features, known)
    still = np.arange(len(known)) % 7 != 0
    assert np.array_equal(again[still], places[still])
    middles = np.stack([places[groups == group].mean(0) for group in range(GROUPS)])
    nearest_middle = np.linalg.norm(again[:, None] - middles[None], axis=2).argmin(1)
    assert (nearest_middle == groups)[~still].mean() > 0.9


def test_a_dozen_photos_and_equal_ones_have_places_too():
    assert np.isfinite(lay_out(unit_rows(np.random.default_rng(1).random((12, 16))))).all()
    assert np.isfinite(lay_out(unit_rows(np.ones((12, 16))))).all()
