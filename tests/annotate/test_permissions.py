import itertools

import pytest
from django.core.exceptions import PermissionDenied
from django.http import Http404

from annotate.models import Image, Membership, Role
from annotate.permissions import MINIMUM_ROLE, allowed_actions, allows, get_for, get_project
from tests.factories import make_image, make_member, make_project, make_user, owner_of

pytestmark = pytest.mark.django_db


def test_each_role_may_do_all_that_the_one_below_it_may():
    may = [allowed_actions(role) for role in Role.values]
    assert may == sorted(may, key=len)
    assert all(low < high for low, high in itertools.pairwise(may))
    assert allowed_actions("owner") == set(MINIMUM_ROLE)
    assert allowed_actions(None) == set()


def test_an_annotator_labels_and_changes_nothing_else():
    assert allowed_actions("annotator") == {
        *("project.view", "image.view", "image.label", "annotation.view", "batch.view"),
    }


def test_a_stranger_and_a_missing_row_look_the_same():
    project = make_project()
    for user, pk in ((make_user(), project.pk), (owner_of(project), project.pk + 1), (owner_of(project), 10**40)):
        with pytest.raises(Http404):
            get_project(user, pk, "project.view")


def test_a_superuser_is_no_member():
    with pytest.raises(Http404):
        get_project(make_user(is_superuser=True, is_staff=True), make_project().pk, "project.view")


def test_a_member_of_too_low_a_role_is_told_so():
    project = make_project()
    with pytest.raises(PermissionDenied):
        get_project(make_member(project), project.pk, "image.add")


@pytest.mark.parametrize("rows", [Image, Membership])
def test_a_row_comes_with_the_askers_role_in_one_query(rows, django_assert_num_queries):
    project = make_project()
    make_image(project)
    row, curator = rows.objects.latest("pk"), make_member(project, Role.CURATOR)
    with django_assert_num_queries(1):
        assert get_for(curator, rows.objects.all(), row.pk, "people.view").my_role == "curator"
    assert allows("curator", "image.add")
