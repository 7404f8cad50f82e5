"""Whatever stands in a file, reading goes on: what is odd is refused in its place."""

import copy
import json
import tempfile
from contextlib import suppress
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from annotate.core.formats import FORMATS, InvalidLabels, Meaning, Options, PhotoLabels, open_files, understand
from annotate.core.formats.brush import encode_brush
from tests.annotate.core.formats import test_label_studio as studio
from tests.annotate.core.formats import test_labelme as labelme

odd = st.recursive(
    st.none()
    | st.booleans()
    | st.integers()
    | st.floats()
    | st.text(max_size=9)
    | st.sampled_from(["http://[", "a.jpg"]),
    lambda inside: st.lists(inside, max_size=3) | st.dictionaries(st.text(max_size=3), inside, max_size=3),
    max_leaves=4,
)
OUTLINE = {"format": "rle", "rle": encode_brush(np.ones((10, 10), bool))}
CONTENTS = {
    "label-studio": [
        studio.task(
            studio.annotation(
                studio.polygon("High"),
                studio.result("rectanglelabels", studio.RECTANGLE, "Low", region="r2"),
                studio.result("brushlabels", OUTLINE, "Low", size=(10, 10)),
                studio.choice("good"),
            )
        ),
        studio.task(studio.annotation(studio.polygon("Low"))),
    ],
    "labelme": labelme.content(
        labelme.shape(labelme.SQUARE),
        labelme.shape([[2, 2], [5, 5]], "mask", mask=labelme.png_of(np.ones((4, 4)))),
        labelme.shape([[5, 5], [5, 8]], "circle"),
    ),
}


def places(content, place=()):
    """Every place in decoded JSON."""
    yield place
    inside = content.items() if isinstance(content, dict) else enumerate(content) if isinstance(content, list) else ()
    for key, value in inside:
        yield from places(value, (*place, key))


def replaced(content, place, value):
    if not place:
        return value
    content = copy.deepcopy(content)
    at = content
    for key in place[:-1]:
        at = at[key]
    at[place[-1]] = value
    return content


@pytest.mark.parametrize("name", CONTENTS)
@settings(max_examples=150, deadline=None)
@given(st.data())
def test_nothing_in_a_file_stops_its_reading(name, data):
    content = CONTENTS[name]
    for _ in range(data.draw(st.integers(1, 2))):
        content = replaced(content, data.draw(st.sampled_from(list(places(content)))), data.draw(odd))
    with tempfile.TemporaryDirectory() as folder:
        Path(folder, "a.json").write_text(json.dumps(content))
        with open_files(Path(folder)) as files:
            rows = list(FORMATS[name].read(files, lambda photo: (10, 10), Options()))
    for row in rows:
        assert isinstance(row, InvalidLabels | PhotoLabels)
        assert row.where.startswith("a.json")
        if isinstance(row, PhotoLabels):
            with suppress(InvalidLabels):
                understand(row, Meaning(levels={"High": 2, "Low": 1}, rest=0), row.size or (10, 10), level_count=4)
