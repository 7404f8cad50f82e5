"""Numbers as pages write them."""

import pytest
from django.utils import translation

from annotate.templatetags.figures import decimal, signed, whole_minutes
from annotate.templatetags.studio import percent

WRITTEN = {
    715_700: "72 %",
    99_700: "10.0 %",
    9_960: "1.0 %",
    996_000: "100 %",
    0: "0 %",
    17_400: "1.7 %",
    104_999: "10 %",
}


@pytest.mark.parametrize("ppm", WRITTEN)
def test_shares_are_rounded_not_cut_off(ppm):
    assert percent(ppm) == WRITTEN[ppm]


def test_so_are_other_numbers_in_the_readers_language():
    assert (decimal(719_999), signed(-4_900), whole_minutes(119_000)) == ("0.72", "−0.00", "2.0")
    with translation.override("de"):
        assert (decimal(719_999), percent(17_400)) == ("0,72", "1,7 %")
