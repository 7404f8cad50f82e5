"""What a person sets for themselves: kept with the account, and spoken wherever they sign in."""

import pytest

from annotate.models import User
from tests.factories import PASSWORD, client_of, make_image, make_member, make_user
from tests.visits import browser, words

pytestmark = pytest.mark.django_db


def test_the_language_is_kept_with_the_account_and_spoken_wherever_one_signs_in(project):
    user = make_member(project)
    client = browser(user)
    client.post("/account/settings/", {"language": "de", "pen": "always", "warm_up": "off"})
    assert User.objects.get(pk=user.pk).preferences == {
        "language": "de",
        "pen": "always",
        "warm_up": "off",
        "keys": {},
    }
    assert "Sie gehören zu Ihrem Konto" in words(client.get("/account/settings/"))
    elsewhere = browser()
    elsewhere.post("/sign-in/", {"username": user.username, "password": PASSWORD})
    assert "Warteschlange" in words(elsewhere.get("/"))


def test_a_language_chosen_at_the_door_holds_for_who_has_set_none():
    user, client = make_user(), browser()
    client.post("/language/", {"language": "de"})
    assert "Anmelden" in words(client.get("/sign-in/"))
    client.post("/sign-in/", {"username": user.username, "password": PASSWORD})
    assert "Noch kein Projekt" in words(client.get("/"))
    client.post("/language/", {"language": "tlh"})
    assert "No project yet" in words(client.get("/"))


def test_a_setting_that_there_is_not_is_told_below_its_field():
    user = make_user()
    page = browser(user).post("/account/settings/", {"language": "tlh", "pen": "auto", "warm_up": "on"})
    assert list(page.context["form"].errors) == ["language"]
    assert User.objects.get(pk=user.pk).preferences == {}


def test_strangers_sign_in_first():
    assert browser().get("/account/settings/")["Location"] == "/sign-in/?next=/account/settings/"


def test_keys_are_kept_by_the_api_and_reach_the_workbench(project):
    user = make_member(project)
    make_image(project)
    answer = client_of(user).patch("/api/preferences/", {"keys": {"loupe": "k"}}, format="json")
    assert answer.json() == {"language": "", "pen": "auto", "warm_up": "on", "keys": {"loupe": "k"}}
    assert client_of(user).get("/api/preferences/").json() == answer.json()
    props = browser(user).get(f"/projects/{project.pk}/label/").context["props"]
    assert (props["keys"], props["pen"], props["warm_up"]) == ({"loupe": "k"}, "auto", "on")


@pytest.mark.parametrize(
    ("body", "where"), [({"keys": {"loupe": "k", "undo": "k"}}, "keys.undo"), ({"keys": []}, "keys"), ({"x": 1}, "x")]
)
def test_malformed_keys_change_nothing(body, where):
    user = make_user()
    answer = client_of(user).patch("/api/preferences/", body, format="json")
    assert (answer.status_code, answer.json()["where"]) == (400, where)
    assert User.objects.get(pk=user.pk).preferences == {}


def test_the_settings_page_takes_few_queries(project, django_assert_max_num_queries):
    client = browser(make_member(project))
    with django_assert_max_num_queries(5):
        client.get("/account/settings/")
