"""The page that compares versions, and what is done from it."""

import pytest

from annotate.models import Image, Role
from modelsvc import tasks
from modelsvc.models import Evaluation, ModelVersion
from modelsvc.services import promotion
from tests.factories import make_project, owner_of
from tests.modelsvc.rows import add_test_photos, make_evaluation, make_ready_release, make_version
from tests.visits import QUERY_BOUND, browser, member_of, told, words

pytestmark = pytest.mark.django_db


@pytest.fixture(autouse=True)
def no_worker(monkeypatch):
    for task in (tasks.sweep, tasks.evaluate):
        monkeypatch.setattr(task, "delay_on_commit", lambda: None)


@pytest.fixture
def versions():
    """Two versions of a project whose release has test photos."""
    project = make_project()
    add_test_photos(make_ready_release(project))
    return make_version(project, "old"), make_version(project, "new")


def address(*versions, more=""):
    project = versions[0].project_id
    return f"/projects/{project}/models/compare/?{'&'.join(f'v={each.pk}' for each in versions)}{more}"


def test_versions_that_were_not_measured_on_the_same_photos_offer_to_be(versions):
    client = member_of(versions[0].project, Role.RESEARCHER)
    page = words(client.get(address(*versions)))
    assert "Not measured on the same photos yet" in page
    project = versions[0].project_id
    client.post(f"/projects/{project}/models/measure/", {"v": [each.pk for each in versions]})
    assert set(Evaluation.objects.values_list("version", "state")) == {(each.pk, "queued") for each in versions}


def test_the_better_version_is_marked_and_the_difference_has_an_interval(versions, django_assert_max_num_queries):
    old, new = versions
    release = old.project.releases.get()
    add_test_photos(release, 26)
    for version, right in ((old, 0.5), (new, 0.9)):
        make_evaluation(version, release, right)
    client = member_of(old.project, Role.RESEARCHER)
    with django_assert_max_num_queries(QUERY_BOUND):
        page = client.get(address(old, new))
    accuracy = page.context["measures"][0]["cells"]
    assert [cell["is_best"] for cell in accuracy] == [False, True]
    assert accuracy[1]["difference"]["value"] == pytest.approx(0.2)
    assert "surely better" in words(page)
    assert [cell["share_ppm"] for cell in page.context["levels"][1][0]["cells"]] == [900_000, 100_000]
    assert page.context["verdicts"][0][1]["name"] == "Good"


def test_four_test_photos_are_said_to_be_too_few_and_nothing_is_ticked(versions):
    old, new = versions
    for version, right in ((old, 0.5), (new, 0.9)):
        make_evaluation(version, old.project.releases.get(), right)
    page = member_of(old.project, Role.RESEARCHER).get(address(old, new))
    assert "4 test photos: whose maps are better is told from 30 on, whose verdicts from 150 on." in words(page)
    assert ("surely" in words(page), "95 %" in words(page)) == (False, False)
    cells = [cell for measure in page.context["measures"] for cell in measure["cells"]]
    assert {cell["is_best"] for cell in cells} == {False}
    assert {cell["low"] for cell in cells[:6]} == {None}
    assert all(cell["low"] < cell["value"] for cell in cells[6:])  # the share of right verdicts has Wilson's


def test_the_split_view_shows_the_chosen_photo(versions):
    old, new = versions
    release = old.project.releases.get()
    rows = [make_evaluation(version, release, right) for version, right in ((old, 0.5), (new, 0.9))]
    image = release.items.order_by("key").last().image
    page = member_of(old.project, Role.RESEARCHER).get(address(old, new, more=f"&photo={image.pk}"))
    assert page.context["split"]["sides"] == [
        {"name": row.version.name, "url": f"/api/evaluations/{row.pk}/pictures/{image.pk}/"} for row in rows
    ]


def test_one_version_is_too_few(versions):
    client = member_of(versions[0].project, Role.RESEARCHER)
    answer = client.get(address(versions[0]))
    assert (answer.status_code, told(answer)) == (302, ["Tick two to four versions to compare."])


def test_the_worst_photos_come_first_in_the_queue(versions):
    row = make_evaluation(versions[0], versions[0].project.releases.get(), 0.5)
    path = f"/projects/{versions[0].project_id}/models/worst/{row.pk}/"
    assert member_of(versions[0].project, Role.RESEARCHER).post(path).status_code == 403
    browser(owner_of(versions[0].project)).post(path)
    order = Image.objects.filter(open_slots__gt=0).order_by("queue_rank").values_list("sha256", flat=True)
    worst_first = sorted(row.photos, key=lambda photo: -photo["error"])
    assert [sha256[:24] for sha256 in order] == [photo["key"] for photo in worst_first]


def test_annotators_and_other_projects_see_no_comparison(versions):
    other = make_project()
    assert member_of(versions[0].project).get(address(*versions)).status_code == 403
    page = browser(owner_of(other)).get(address(*versions).replace(str(versions[0].project_id), str(other.pk), 1))
    assert page.status_code == 302


def test_a_version_is_put_in_shadow_from_the_page(versions):
    old, _ = versions
    member_of(old.project, Role.RESEARCHER).post(
        f"/projects/{old.project_id}/models/{old.pk}/stage/", {"stage": "shadow"}
    )
    old.refresh_from_db()
    assert old.stage == "shadow"
    promotion.promote_version(old, by=owner_of(old.project))
    old.refresh_from_db()
    assert old.stage == "production"


def test_a_stage_that_is_refused_says_why_in_the_row_of_the_version(versions):
    old, new = versions
    ModelVersion.objects.filter(pk=new.pk).update(stage="production")
    owner = browser(owner_of(new.project))
    refused = owner.post(f"/projects/{new.project_id}/models/{new.pk}/stage/", {"stage": "archived"})
    page = owner.get(refused.url).content.decode()
    (row,) = [row for row in page.split("<tr>") if "It is in production." in row]
    assert row.index(new.name) < row.index("It is in production.")
    refused = owner.post(f"/projects/{old.project_id}/models/{old.pk}/promote/")
    page = owner.get(refused.url).content.decode()
    assert page.index("Promote old?") < page.index("were not measured on the same test photos") < page.index("</main>")
