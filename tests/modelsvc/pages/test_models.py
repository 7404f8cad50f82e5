"""The page of models: what it shows to whom, and promoting from it."""

import pytest

from annotate.models import Image, Role
from modelsvc.services.promotion import promote_version
from tests.factories import make_image, make_project, make_user, owner_of
from tests.modelsvc.rows import add_test_photos, make_evaluation, make_ready_release, make_run, make_version
from tests.visits import QUERY_BOUND, browser, member_of, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


def models_of(project, client):
    return client.get(f"/projects/{project.pk}/models/")


def test_the_page_opens_for_researchers_and_for_no_stranger(project):
    answers = [models_of(project, member_of(project, role)).status_code for role in Role]
    assert dict(zip(Role, answers, strict=True)) == {"annotator": 403, "researcher": 200, "curator": 200, "owner": 200}
    assert models_of(project, browser(make_user())).status_code == 404
    assert models_of(project, browser())["Location"] == f"/sign-in/?next=/projects/{project.pk}/models/"


def test_an_empty_page_says_what_to_do_next(project):
    client = member_of(project, Role.RESEARCHER)
    make_image(project)
    assert "No photo is agreed yet: people have to label some first." in words(models_of(project, client))
    make_version(project)
    assert "No photo is agreed yet: people have to label some first." in words(models_of(project, client))
    Image.objects.update(state=Image.State.AGREED)
    owners = words(models_of(project, browser(owner_of(project))))
    assert "None is ready, and 1 photo is agreed. Cut a release" in owners
    assert "Start training" not in words(models_of(project, client))
    make_ready_release(project)
    assert "Start training" in words(models_of(project, client))


def test_a_failed_run_says_why(project):
    run = make_run(project)
    run.state, run.error = run.State.FAILED, "The trainer ran out of memory."
    run.save()
    page = words(models_of(project, browser(owner_of(project))))
    assert ("Failed" in page, "The trainer ran out of memory." in page) == (True, True)


def test_trainings_are_ticked_to_lie_over_each_other_where_there_are_several(project):
    release, client = make_ready_release(project), member_of(project, Role.RESEARCHER)
    make_run(project, release)
    assert "Lay the ticked ones over each other" not in words(models_of(project, client))
    make_run(project, release)
    assert "Lay the ticked ones over each other" in words(models_of(project, client))


def test_the_page_takes_few_queries_whatever_the_rows(project, django_assert_max_num_queries):
    release = make_ready_release(project)
    for _ in range(4):
        make_run(project, release)
    versions = [make_version(project, name=f"version {number}") for number in range(4)]
    promote_version(versions[0], by=owner_of(project))
    client = browser(owner_of(project))
    with django_assert_max_num_queries(QUERY_BOUND):
        assert models_of(project, client).status_code == 200


def test_figures_of_other_photos_do_not_stand_in_the_table(project):
    first, second = make_ready_release(project), make_ready_release(project, "2.0.0")
    add_test_photos(first)
    add_test_photos(second, 2)
    old, new, elsewhere = (make_version(project, name) for name in ("old", "new", "elsewhere"))
    make_evaluation(old, first, 0.5)
    make_evaluation(new, first, 0.9)
    make_evaluation(elsewhere, second, 1.0)
    page = models_of(project, member_of(project, Role.RESEARCHER))
    assert "All figures are of the same 4 test photos of test 1.0.0." in words(page)
    assert "Too few photos to tell which version is better: that takes 30." in words(page)
    shown = {
        row.name: found and round(found.metrics["level_accuracy"]["value"], 3)
        for row, found in page.context["versions"]
    }
    assert shown == {"old": 0.75, "new": 0.95, "elsewhere": None}
