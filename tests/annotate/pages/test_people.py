"""Members and their roles, what is told of how they label, and to whom."""

import csv
import io

import pytest

from annotate.models import Annotation, AuditEntry, GoldAnswer, Membership, Role, SkillCard, VotingFit
from annotate.services.agreement import refits
from annotate.services.queueing import queue
from tests.factories import make_image, make_member, owner_of
from tests.labels import LEFT_HALF, claim, label, label_image
from tests.visits import QUERY_BOUND, browser, member_of, told, words

pytestmark = pytest.mark.django_db


@pytest.fixture
def rosa(project):
    """Somebody whose photos were labelled by others too."""
    rosa = make_member(project)
    for word in ("good", "bad"):
        image = make_image(project)
        label_image(image, LEFT_HALF, "good")
        label(queue.claim_image(image, by=rosa), LEFT_HALF, word)
    refits.refit_consensus(project)
    return rosa


def judge_on_many(user):
    """Let the figures of the user stand on enough photos."""
    SkillCard.objects.filter(user=user).update(
        confusion=[[0, 0, 0, 0], [0, 40, 5, 0], [0, 0, 10, 0], [0, 0, 0, 9]],
        kappa_ppm=[723_400, 650_000, 790_000],
        bias_ppm=[-210_000, -300_000, -120_000],
        overlap_ppm=810_000,
        compared_count=44,
        match_steps=[[90, 100], *[[12, 20]] * 10],
    )


def test_an_owner_changes_a_role_and_removes_a_member(project, owner):
    user = make_member(project)
    member = Membership.objects.get(user=user)
    owner.post(f"/projects/{project.pk}/people/{member.pk}/role/", {"role": "curator"})
    member.refresh_from_db()
    assert member.role == "curator"
    owner.post(f"/projects/{project.pk}/people/{member.pk}/remove/")
    assert not Membership.objects.filter(user=user).exists()


def test_the_last_owner_stays_and_is_told_why(project, owner):
    member = Membership.objects.get(user=owner_of(project))
    person = f"/projects/{project.pk}/people/{member.user_id}/"
    for act in ("remove", "role"):
        response = owner.post(f"/projects/{project.pk}/people/{member.pk}/{act}/", {"role": "curator"})
        assert (told(response), response.url) == (["A project needs an owner. Make somebody else owner first."], person)
        page = owner.get(person).content.decode()
        assert page.count("A project needs an owner") == 1
        assert page.index("page-head") < page.index("A project needs an owner") < page.index("lead")
    assert Membership.objects.filter(pk=member.pk).exists()


@pytest.mark.parametrize("act", ["invite/", "invite/many/", "1/role/", "1/remove/", "1/erase/"])
def test_only_owners_change_people(project, act):
    assert member_of(project, Role.CURATOR).post(f"/projects/{project.pk}/people/{act}").status_code == 403


# How they label


def test_a_curator_sees_everybodys_figures(project, rosa):
    judge_on_many(rosa)
    page = words(member_of(project, Role.CURATOR).get(f"/projects/{project.pk}/people/"))
    assert f"{rosa.username} Annotator 2 2 0.0 0.72 −0.21" in page


def test_figures_that_stand_on_few_photos_are_not_told(project, rosa):
    curator = member_of(project, Role.CURATOR)
    page = words(curator.get(f"/projects/{project.pk}/people/"))
    assert f"{rosa.username} Annotator 2 2 0.0 too few photos too few photos" in page
    assert "Too few photos to tell: 30 are needed that two people or more voted on. 2 photos" in page


def test_the_projects_agreement_has_an_interval_and_a_light(project, rosa):
    measure = {"value": 845_000, "low": 800_000, "high": 880_000, "photos": 412}
    tentative = measure | {"value": 700_000}
    VotingFit.objects.update(agreement={"alpha_blur": measure, "alpha_rank": tentative})
    page = words(member_of(project, Role.CURATOR).get(f"/projects/{project.pk}/people/"))
    assert "Blur or none 0.84 0.80 – 0.88 reliable 412 photos" in page
    assert "Good, OK or bad 0.70 0.80 – 0.88 tentative 412 photos" in page


def test_a_persons_page_tells_drift_and_confusion(project, rosa):
    judge_on_many(rosa)
    page = words(member_of(project, Role.CURATOR).get(f"/projects/{project.pk}/people/{rosa.pk}/"))
    assert "farther from the others than before" in page
    assert "Against the votes before: −30 percentage points (−38 to −20)." in page
    assert "Good 0 40 5 0" in page


def test_answers_to_test_photos_are_told_to_curators_and_to_oneself(project, rosa):
    judge_on_many(rosa)
    for is_right in (True, True, True, False):
        answer = {"desirability": "good", "expert_desirability": "good", "is_right": is_right}
        GoldAnswer.objects.create(image=project.images.first(), author=rosa, **answer)
    page = words(member_of(project, Role.CURATOR).get(f"/projects/{project.pk}/people/"))
    assert f"{rosa.username} Annotator 2 2 0.0 0.72 −0.21 — 75 %" in page
    assert "75 % right of 4 test photos" in swapped(words(browser(rosa).get(f"/projects/{project.pk}/card/")))


def swapped(page: str) -> str:
    """The page with the share before its words, as it is seen."""
    return page.replace("right of 4 test photos 75 %", "75 % right of 4 test photos")


def test_people_stand_in_the_order_that_is_asked_for(project, rosa, owner):
    judge_on_many(rosa)
    rows = owner.get(f"/projects/{project.pk}/people/?by=agreement").context["people"]
    assert rows[0].user == rosa
    by_name = owner.get(f"/projects/{project.pk}/people/?by=nonsense").context["people"]
    assert [row.user.username for row in by_name] == sorted(row.user.username for row in by_name)


def test_who_has_left_is_still_told_of(project, rosa, owner):
    Membership.objects.get(user=rosa).delete()
    page = words(owner.get(f"/projects/{project.pk}/people/"))
    assert f"{rosa.username} no longer here 2 2" in page


def test_the_page_takes_as_many_queries_for_many_as_for_few(project, rosa, owner, django_assert_max_num_queries):
    for _ in range(5):
        make_member(project)
    with django_assert_max_num_queries(QUERY_BOUND):
        owner.get(f"/projects/{project.pk}/people/")
    with django_assert_max_num_queries(QUERY_BOUND):
        owner.get(f"/projects/{project.pk}/people/{rosa.pk}/")


def test_everybodys_figures_come_as_csv(project, rosa, owner):
    judge_on_many(rosa)
    response = owner.get(f"/projects/{project.pk}/people/people.csv")
    rows = {row["person"]: row for row in csv.DictReader(io.StringIO(response.content.decode()))}
    told_of_rosa = {
        name: rows[rosa.username][name] for name in ("role", "photos", "kappa", "level_bias", "compared_maps")
    }
    assert told_of_rosa == {
        "role": "annotator",
        "photos": "2",
        "kappa": "0.7234",
        "level_bias": "-0.21",
        "compared_maps": "44",
    }
    assert AuditEntry.objects.get(action="people.downloaded", project=project).actor == owner_of(project)


@pytest.mark.promise("S9")
def test_a_name_that_looks_like_a_formula_is_text_in_a_spreadsheet(project, rosa, owner):
    type(rosa).objects.filter(pk=rosa.pk).update(username="+1")
    assert "\r\n'+1,annotator," in owner.get(f"/projects/{project.pk}/people/people.csv").content.decode()


def test_an_annotator_sees_the_own_card_and_nobody_elses(project, rosa, owner):
    judge_on_many(rosa)
    her = browser(rosa)
    assert "Agreement with the others 0.72 0.65 – 0.79" in words(her.get(f"/projects/{project.pk}/card/"))
    for place in ("people/", f"people/{rosa.pk}/", "people/people.csv"):
        assert her.get(f"/projects/{project.pk}/{place}").status_code == 403
    assert member_of(project).get(f"/projects/{project.pk}/card/").context["card"] is None


def test_a_stranger_finds_no_person(project, rosa):
    stranger = browser(type(rosa).objects.create_user("stranger"))
    for place in ("people/", f"people/{rosa.pk}/", "people/people.csv", "card/"):
        assert stranger.get(f"/projects/{project.pk}/{place}").status_code == 404
    curator = member_of(project, Role.CURATOR)
    assert curator.get(f"/projects/{project.pk}/people/{stranger.session['_auth_user_id']}/").status_code == 404


def test_an_annotator_reads_no_peers_name_anywhere(project, rosa, owner):
    image = project.images.first()
    karl = Annotation.objects.filter(image=image).exclude(author=rosa).get().author
    names = [karl.username, owner_of(project).username]
    her = browser(rosa)
    pages = ["", f"photos/{image.pk}/", "queue/", "card/", "guide/", "label/", "vote/"]
    addresses = [f"/projects/{project.pk}/{page}" for page in pages]
    addresses += [f"/api/projects/{project.pk}/{place}" for place in ("", "images/", "members/", "unvoted/")]
    addresses += [f"/api/images/{image.pk}/{place}" for place in ("", "consensus/", "differences/")]
    for address in addresses:
        said = her.get(address).content.decode()
        assert [name for name in names if name in said] == [], address
    assert len(her.get(f"/projects/{project.pk}/?uploader=nobody").context["images"]) == 2  # it narrows nothing
    assert her.get(f"/api/projects/{project.pk}/images/?uploader={names[1]}").status_code == 403


def test_whose_labels_came_in_has_a_page_before_anything_is_counted(project, owner):
    author = make_member(project)
    image = make_image(project)
    label(claim(project, author), LEFT_HALF, "good")
    project.memberships.filter(user=author).delete()
    address = f"/projects/{project.pk}/people/{author.pk}/"
    assert f'href="{address}"' in owner.get(f"/projects/{project.pk}/photos/{image.pk}/").content.decode()
    assert owner.get(address).status_code == 200
