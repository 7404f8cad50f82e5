"""The pages of trainings: one live, several over each other."""

import pytest

from annotate.models import Role
from modelsvc.models import RunMetric, RunPoint
from modelsvc.services.promotion import promote_version
from tests.factories import make_project, make_user, owner_of
from tests.modelsvc.rows import make_ready_release, make_run, make_version
from tests.visits import QUERY_BOUND, browser, member_of, told, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


def models_of(project):
    return f"/projects/{project.pk}/models"


def over_each_other(project, *runs, client=None):
    client = client or member_of(project, Role.RESEARCHER)
    return client.get(f"{models_of(project)}/runs/", {"r": [run.pk for run in runs]})


def test_a_researcher_watches_a_run_and_may_act_on_it(project):
    run = make_run(project, epochs=3, use_attention=False)
    page = member_of(project, Role.RESEARCHER).get(f"{models_of(project)}/runs/{run.pk}/")
    assert page.context["live"]["act_urls"]["stop"] == f"/api/runs/{run.pk}/stop/"
    assert page.context["changed"] == [("Epochs", "3"), ("Use attention", "No")]


def test_a_run_page_knows_where_its_version_is_compared_and_promoted(project):
    run, best = make_run(project), make_version(project, "best")
    client, models = member_of(project, Role.RESEARCHER), models_of(project)
    page = client.get(f"{models}/runs/{run.pk}/")
    assert page.context["live"]["version_urls"] == {"try": f"{models}/0/try/", "promote": f"{models}/0/promote/"}
    promote_version(best, by=owner_of(project))
    page = client.get(f"{models}/runs/{run.pk}/")
    assert page.context["live"]["version_urls"]["compare"] == f"{models}/compare/?v={best.pk}&v=0"


def test_a_run_is_watched_by_no_annotator_and_in_no_other_project(project):
    run, other = make_run(project), make_project()
    assert member_of(project).get(f"{models_of(project)}/runs/{run.pk}/").status_code == 403
    assert browser(owner_of(other)).get(f"{models_of(other)}/runs/{run.pk}/").status_code == 404


def test_runs_over_each_other_stand_in_the_order_of_the_address_with_what_differs(project):
    release = make_ready_release(project)
    first, second = make_run(project, release, seed=1), make_run(project, release, seed=2, use_attention=False)
    page = over_each_other(project, second, first)
    assert page.context["runs"] == [second, first]
    assert page.context["differences"] == [("Seed", ["2", "1"]), ("Use attention", ["No", "Yes"])]
    assert page.context["curves"]["curves_url"] == f"{models_of(project)}/runs/curves/?r={second.pk}&r={first.pk}"


def test_releases_are_told_apart_and_equal_runs_say_that_they_are(project):
    release, newer = make_ready_release(project), make_ready_release(project, "2.0.0")
    runs = [make_run(project, each) for each in (release, release, newer)]
    assert over_each_other(project, *runs[1:]).context["differences"] == [("Release", ["test 1.0.0", "test 2.0.0"])]
    assert "started with the same release, preset and parameters" in words(over_each_other(project, *runs[:2]))


def test_numbers_that_differ_are_written_in_the_readers_language(project):
    release = make_ready_release(project)
    runs = [make_run(project, release, lr_heads=rate) for rate in (0.0005, 0.002)]
    client = member_of(project, Role.RESEARCHER)
    client.cookies["django_language"] = "de"
    [(_, values)] = over_each_other(project, *runs, client=client).context["differences"]
    assert values == ["0,0005", "0,002"]


def test_without_a_run_of_the_project_one_is_sent_to_tick_some(project):
    elsewhere = make_run(make_project())
    answer = over_each_other(project, elsewhere)
    assert (answer.url, told(answer)) == (f"{models_of(project)}/", ["Tick the trainings to lay over each other."])


def test_malformed_numbers_of_runs_are_passed_over(project):
    run = make_run(project)
    answer = member_of(project, Role.RESEARCHER).get(f"{models_of(project)}/runs/?r=x&r={run.pk}&r=-1&r={9**30}")
    assert answer.context["runs"] == [run]


def test_no_more_runs_than_colours_lie_over_each_other(project, settings):
    settings.RUNS_PER_PERSON = 20
    release = make_ready_release(project)
    page = over_each_other(project, *[make_run(project, release) for _ in range(9)])
    assert len(page.context["runs"]) == 8
    assert "At most 8 trainings lie over each other" in words(page)


def test_the_page_and_its_curves_take_few_queries_whatever_the_runs(project, settings, django_assert_max_num_queries):
    settings.RUNS_PER_PERSON = 20
    release = make_ready_release(project)
    runs = [make_run(project, release, seed=seed) for seed in range(8)]
    client = browser(owner_of(project))
    for address in (f"{models_of(project)}/runs/", f"{models_of(project)}/runs/curves/"):
        with django_assert_max_num_queries(QUERY_BOUND):
            assert client.get(address, {"r": [run.pk for run in runs]}).status_code == 200


def test_curves_are_of_steps_where_there_are_steps_and_304_while_nothing_changes(project):
    run = make_run(project, epochs=4)
    for epoch in (1, 2):
        for name in ("loss", "val_loss"):
            RunMetric.objects.create(run=run, epoch=epoch, name=name, value=1 / epoch)
    RunPoint.objects.bulk_create(RunPoint(run=run, name="loss", place=place, value=2) for place in range(500))
    client = browser(owner_of(project))
    address = f"{models_of(project)}/runs/curves/?r={run.pk}"
    answer = client.get(address)
    [said] = answer.json()["runs"]
    assert (said["id"], said["state"], said["curves"]["val_loss"]) == (run.pk, "queued", [[1, 2], [1.0, 0.5]])
    epochs, values = said["curves"]["loss"]
    assert (len(epochs), epochs[-1], set(values)) == (250, 1.996, {2.0})
    assert client.get(address, headers={"If-None-Match": answer["ETag"]}).status_code == 304


def test_strangers_and_annotators_see_no_curves(project):
    run = make_run(project)
    for page in ("runs", "runs/curves"):
        address = f"{models_of(project)}/{page}/?r={run.pk}"
        assert [client.get(address).status_code for client in (browser(make_user()), member_of(project))] == [404, 403]
