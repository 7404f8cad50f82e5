"""A person's settings: one shape, and a refusal that names the place."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from annotate.core.errors import SmartBlurError
from annotate.core.preferences import LANGUAGES, PENS, WARM_UPS, Preferences, parse_preferences


def test_what_is_left_out_is_as_by_default() -> None:
    assert parse_preferences({}) == Preferences(language="", pen="auto", warm_up="on", keys={})


@given(
    st.sampled_from(LANGUAGES),
    st.sampled_from(PENS),
    st.sampled_from(WARM_UPS),
    st.sampled_from([{}, {"loupe": "k"}, {"undo": "Ctrl+Shift+F2"}]),
)
def test_settings_written_and_read_again_are_the_same(
    language: str, pen: str, warm_up: str, keys: dict[str, str]
) -> None:
    settings = Preferences(language, pen, warm_up, keys)
    assert parse_preferences(settings.as_json()) == settings


@pytest.mark.parametrize(
    ("raw", "where"),
    [
        ([], None),
        ({"theme": "dark"}, "theme"),
        ({"language": "tlh"}, "language"),
        ({"language": ["en"]}, "language"),
        ({"pen": "sometimes"}, "pen"),
        ({"warm_up": True}, "warm_up"),
        ({"keys": ["k"]}, "keys"),
        ({"keys": {f"c{n}": "k" for n in range(201)}}, "keys"),
        ({"keys": {"Loupe!": "k"}}, "keys.Loupe!"),
        ({"keys": {"loupe": ""}}, "keys.loupe"),
        ({"keys": {"loupe": "k", "strip": "k"}}, "keys.strip"),
        ({"keys": {"loupe": 7}}, "keys.loupe"),
    ],
)
def test_a_malformed_setting_is_refused_by_its_place(raw: object, where: str | None) -> None:
    with pytest.raises(SmartBlurError) as refusal:
        parse_preferences(raw)
    assert (refusal.value.code, refusal.value.where) == ("invalid_preferences", where)
