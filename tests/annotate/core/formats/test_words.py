from dataclasses import replace

from annotate.core.formats import level_names, meaning_of_exports
from tests.annotate.core.release.sample import LEVELS


def named(*names):
    return [replace(LEVELS[number], name=name) for number, name in enumerate(names)]


def test_levels_are_called_by_their_names():
    assert level_names(LEVELS) == ("Sharp", "Low", "Medium", "High")


def test_a_name_that_would_be_taken_for_another_has_its_number():
    assert level_names(named("Sharp", "blur", "Blur", "good")) == ("Sharp", "blur 1", "Blur 2", "good 3")
    assert level_names(named(" ", "a\nb", "Unlabelled")) == ("0", "a b", "Unlabelled 2")


def test_what_an_export_says_is_understood():
    meaning = meaning_of_exports(LEVELS)
    assert (meaning.levels["High"], meaning.kinds["kind=motion"], meaning.rest) == (3, "motion", 0)
    assert (meaning.votes["good"], meaning.votes["desirability=bad"]) == ("good", "bad")
