"""The admin speaks in words, in every language."""

import pytest
from django.contrib import admin
from django.contrib.admin.utils import flatten_fieldsets
from django.urls import reverse
from django.utils.translation import override

from annotate.adminwords import FIELDS, KINDS
from annotate.models import Project, User
from tests.factories import make_image, make_project, make_user
from tests.visits import browser, words

OURS = [each for each in admin.site._registry.values() if each.model._meta.app_label in ("annotate", "modelsvc")]
NAMED = [desk for desk in OURS if desk.model is not User]  # Django names the fields of a user


@pytest.mark.parametrize("desk", NAMED, ids=lambda desk: desk.model.__name__)
def test_every_model_column_and_filter_has_a_word(desk):
    columns = {field.name for field in desk.model._meta.fields}
    shown = {*desk.list_display, *desk.list_filter, *flatten_fieldsets([(None, {"fields": desk.fields or ()})])}
    assert (desk.model._meta.model_name in KINDS, sorted((shown & columns) - FIELDS.keys())) == (True, [])


def test_no_word_is_left_over():
    fields = {field.name for desk in NAMED for field in desk.model._meta.fields}
    assert (sorted(FIELDS.keys() - fields), sorted(KINDS.keys() - {each.model._meta.model_name for each in NAMED})) == (
        [],
        [],
    )


def test_a_word_is_read_in_german():
    with override("de"):
        assert (str(Project._meta.verbose_name_plural), str(FIELDS["created_at"])) == ("Projekte", "angelegt am")


@pytest.mark.django_db
def test_pages_stand_alone_and_an_empty_list_says_so():
    desk = browser(make_user(is_staff=True, is_superuser=True))
    address = reverse("admin:annotate_release_changelist")
    empty = desk.get(address)
    assert "There is nothing here yet." in words(empty)
    assert b'id="nav-sidebar"' not in empty.content
    assert "Nothing is like that. Show all" in words(desk.get(f"{address}?state__exact=failed"))


@pytest.mark.django_db
def test_a_photos_page_is_read_in_german_from_head_to_foot():
    desk = browser(make_user(is_staff=True, is_superuser=True))
    desk.cookies["django_language"] = "de"
    image = make_image(make_project())
    page = words(desk.get(reverse("admin:annotate_image_change", args=[image.pk])))
    assert ("Dateiname:" in page, "Hochgeladen von:" in page, "In pixels" in page) == (True, True, False)
