"""The page of a project's levels, as a form without a script."""

import pytest

from annotate.core.levels import resized
from annotate.models import DEFAULT_LEVELS, Role
from tests.factories import make_image, make_member
from tests.labels import LEFT_HALF, claim, label
from tests.visits import browser, member_of, told, words

pytestmark = pytest.mark.django_db


def typed(levels=DEFAULT_LEVELS, **changes):
    """What a browser sends for these levels; changes such as `name_1="Soft"`."""
    fields = {"form-TOTAL_FORMS": len(levels), "form-INITIAL_FORMS": len(levels)}
    for n, level in enumerate(levels):
        fields |= {f"form-{n}-name": level["name"], f"form-{n}-sample_sigma": level["sample_sigma"]}
        fields |= {f"form-{n}-amount": level["amount_ppm"] / 10_000}
        if level["sigma_to"] is not None:
            fields[f"form-{n}-sigma_to"] = level["sigma_to"]
    for change, value in changes.items():
        field, _, n = change.rpartition("_")
        fields[f"form-{n}-{field}"] = value
    return fields


@pytest.fixture
def path(project):
    return f"/projects/{project.pk}/levels/"


def test_a_curator_changes_a_scale_nobody_has_labelled_with(project, path):
    curator = member_of(project, Role.CURATOR)
    answer = curator.post(path, typed(name_1="Soft", sigma_to_1="2.125", sample_sigma_1="2", amount_1="25.5"))
    assert (answer.status_code, told(answer)) == (
        302,
        ["Saved. The workbench and the guide show these levels from now on."],
    )
    project.refresh_from_db()
    soft = {"name": "Soft", "sigma_to": 2.125, "sample_sigma": 2.0, "amount_ppm": 255_000}
    third = DEFAULT_LEVELS[2] | {"sigma_from": 2.125}
    assert project.levels == [DEFAULT_LEVELS[0], DEFAULT_LEVELS[1] | soft, third, DEFAULT_LEVELS[3]]


def test_what_is_shown_is_what_is_sent_back_unchanged(project, owner, path):
    page = owner.get(path)
    assert [form.initial for form in page.context["forms"]] == [
        {key: level[key] for key in ("name", "sigma_to", "sample_sigma")} | {"amount": level["amount_ppm"] / 10_000}
        for level in DEFAULT_LEVELS
    ]
    owner.post(path, typed())
    project.refresh_from_db()
    assert project.levels == DEFAULT_LEVELS


def test_a_longer_scale_is_started_by_its_number_and_saved(project, owner, path):
    page = owner.get(f"{path}?count=6")
    assert page.context["forms"].total_form_count() == 6
    fields = {f"{form.prefix}-{name}": value for form in page.context["forms"] for name, value in form.initial.items()}
    sent = {key: value for key, value in fields.items() if value is not None}
    owner.post(path, sent | {"form-TOTAL_FORMS": 6, "form-INITIAL_FORMS": 6})
    project.refresh_from_db()
    assert (project.level_count, project.levels[-1]["amount_ppm"]) == (6, 1_000_000)


@pytest.mark.parametrize("count", ["1", "9", "four", "²"])
def test_a_number_of_levels_that_cannot_be_is_passed_over(owner, path, count):
    assert owner.get(path, {"count": count}).context["forms"].total_form_count() == 4


@pytest.mark.parametrize(
    ("changes", "field", "says"),
    [
        ({"sigma_to_1": "0.5"}, "form-1-sigma_to", "A level must end above its start, here above 0.8."),
        ({"sample_sigma_2": "9"}, "form-2-sample_sigma", "The sample must lie in its level: from 2.4 to 4.8."),
        ({"amount_2": "3"}, "form-2-amount", "Each level's amount must be larger than the one before it."),
        ({"name_0": ""}, "form-0-name", "Something is missing here."),
        ({"sigma_to_0": "1.00001"}, "form-0-sigma_to", "At most 3 digits after the point."),
        ({"sigma_to_0": "NaN"}, "form-0-sigma_to", "Write a number, such as 12.5."),
    ],
)
def test_a_mistake_is_told_below_its_field_and_nothing_changes(project, owner, path, changes, field, says):
    page = owner.post(path, typed(**changes))
    prefix, _, name = field.rpartition("-")
    (form,) = [form for form in page.context["forms"] if form.prefix == prefix]
    assert dict(form.errors) == {name: [says]}
    assert says.replace("'", "&#x27;") in page.content.decode()
    project.refresh_from_db()
    assert project.levels == DEFAULT_LEVELS


@pytest.mark.parametrize("sent", [{}, {"form-TOTAL_FORMS": 900, "form-INITIAL_FORMS": 0}, typed(DEFAULT_LEVELS[:1])])
def test_a_malformed_form_is_refused_in_words(project, owner, path, sent):
    page = owner.post(path, sent)
    assert page.status_code == 200
    assert page.context["trouble"] == "A project has 2 to 8 levels. Nothing was changed."
    assert page.context["forms"].total_form_count() == 4
    project.refresh_from_db()
    assert project.levels == DEFAULT_LEVELS


def test_labels_hold_the_number_of_levels_and_are_named_before_their_meaning_changes(project, owner, path):
    make_image(project)
    label(claim(project, make_member(project)), LEFT_HALF, "bad")
    page = owner.get(f"{path}?count=6")
    assert page.context["forms"].total_form_count() == 4
    assert "1 label was made with these levels, so there must stay as many." in words(page)

    moved = typed(sigma_to_0="1")
    assert "Labels made with the bounds as they are: 1." in words(owner.post(path, moved))
    assert owner.post(path, moved | {"labels_known": "1"}).status_code == 302
    project.refresh_from_db()
    assert project.levels[1]["sigma_from"] == 1.0
    assert "so as many must stay" in words(owner.post(path, typed(resized(DEFAULT_LEVELS, 5))))


def test_an_annotator_may_not_change_what_levels_mean(project, path):
    assert member_of(project).post(path, typed(name_0="Mine")).status_code == 403
    assert browser(make_member(project, Role.RESEARCHER)).post(path, typed(name_0="Mine")).status_code == 403
    project.refresh_from_db()
    assert project.levels == DEFAULT_LEVELS
