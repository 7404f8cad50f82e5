"""Links that let people in: for each person or for many, shown once."""

import re
from datetime import date, timedelta

import pytest
from django.utils import timezone

from annotate.models import Invitation, User
from tests.factories import PASSWORD
from tests.visits import browser, words

pytestmark = pytest.mark.django_db


def in_days(count: int) -> str:
    day: date = timezone.now().date() + timedelta(days=count)
    return day.isoformat()


def tokens_of(response) -> list[str]:
    return list(dict.fromkeys(re.findall(r"/join/([\w-]+)/", response.content.decode())))


def join(token: str, name: str):
    return browser().post(f"/join/{token}/", {"username": name, "password": PASSWORD})


def test_a_list_of_names_becomes_as_many_links(project, owner):
    names = "Rosa Lux\nkarl@lab.org, Rosa Lux;  \n"
    page = owner.post(f"/projects/{project.pk}/people/invite/", {"role": "annotator", "names": names})
    assert [link["name"] for link in page.context["links"]] == ["Rosa Lux", "karl@lab.org"]
    assert "2 invitation links" in words(page)
    assert re.fullmatch(r"Rosa Lux\thttp://\S+\nkarl@lab.org\thttp://\S+", page.context["all_links"])
    first, second = tokens_of(page)
    assert join(first, "rosa").status_code == 302
    assert join(first, "karl").status_code == 404
    assert join(second, "karl").status_code == 302


def test_links_are_shown_once_and_their_names_and_uses_stay(project, owner):
    owner.post(f"/projects/{project.pk}/people/invite/", {"role": "annotator", "names": "Rosa Lux"})
    page = owner.get(f"/projects/{project.pk}/people/")
    assert tokens_of(page) == []
    assert "Rosa Lux Annotator 0 of 1 just now" in words(page)


@pytest.mark.parametrize("act", ["invite/", "invite/many/"])
def test_the_address_of_links_that_were_shown_once_leads_to_the_people(project, owner, act):
    shown = owner.get(f"/projects/{project.pk}/people/{act}")
    assert (shown.status_code, shown["Location"]) == (302, f"/projects/{project.pk}/people/")


def test_without_a_name_there_is_one_link(project, owner):
    page = owner.post(f"/projects/{project.pk}/people/invite/", {"role": "curator", "names": ""})
    assert len(tokens_of(page)) == 1
    assert "Whoever opens it first joins as curator. It works once" in words(page)


def test_a_link_for_many_ends_with_its_day_and_its_count(project, owner):
    asked = {"role": "annotator", "name": "summer course", "max_uses": 2, "until": in_days(3)}
    page = owner.post(f"/projects/{project.pk}/people/invite/many/", asked)
    assert "Up to 2 people join by it as annotator" in words(page)
    (token,) = tokens_of(page)
    assert [join(token, name).status_code for name in ("rosa", "karl", "emil")] == [302, 302, 404]
    invitation = Invitation.objects.get()
    assert (invitation.use_count, invitation.expires_at.date().isoformat()) == (2, in_days(3))
    assert User.objects.filter(username="emil").exists() is False


@pytest.mark.parametrize(
    "wrong",
    [{"max_uses": 1}, {"max_uses": 501}, {"until": in_days(-1)}, {"until": in_days(91)}, {"until": "soon"}],
)
def test_a_link_for_many_needs_a_sensible_end_and_count(project, owner, wrong):
    asked = {"role": "annotator", "max_uses": 2, "until": in_days(3)} | wrong
    page = owner.post(f"/projects/{project.pk}/people/invite/many/", asked)
    assert (list(page.context["many_form"].errors), Invitation.objects.count()) == (list(wrong), 0)


@pytest.mark.parametrize(
    ("names", "refusal"),
    [
        ("x" * 151, "“xxxxxxxxxxxxxxxxxxxx…” is longer than 150 characters."),
        ("\n".join(map(str, range(201))), "At most 200 at a time."),
    ],
)
def test_too_long_a_name_and_too_many_are_refused(project, owner, names, refusal):
    page = owner.post(f"/projects/{project.pk}/people/invite/", {"role": "annotator", "names": names})
    assert (page.context["form"].errors["names"], Invitation.objects.count()) == ([refusal], 0)
