import pytest
from django.test import Client, RequestFactory

from smartblur_site.guards import client_address
from tests.factories import PASSWORD, make_user


@pytest.mark.parametrize(
    ("asker", "counted"),
    [
        ("203.0.113.9", "203.0.113.9"),
        ("2001:db8:1:2:3:4:5:6", "2001:db8:1:2::"),
        ("::ffff:203.0.113.9", "203.0.113.9"),
    ],
)
def test_an_ipv6_asker_is_counted_by_the_network_that_is_theirs(asker, counted):
    assert client_address(RequestFactory().get("/", REMOTE_ADDR=asker)) == counted


@pytest.mark.django_db
def test_an_address_that_fails_with_many_names_rests_whatever_succeeds_in_between(settings):
    settings.FAILURES_OF_ADDRESS = 6
    own, guessed = make_user(), make_user()
    client = Client(REMOTE_ADDR="2001:db8::1")
    for number in range(6):
        client.post("/sign-in/", {"username": f"name{number}", "password": "a guess"})
        if number == 3:
            assert client.post("/sign-in/", {"username": own.username, "password": PASSWORD}).status_code == 302
            client.post("/sign-out/")
    right = {"username": guessed.username, "password": PASSWORD}
    same, other = Client(REMOTE_ADDR="2001:db8::2"), Client(REMOTE_ADDR="2001:db8:0:1::1")
    assert same.post("/sign-in/", right).status_code == 429
    token = {"name": "script", "days": 1} | right
    assert same.post("/api/tokens/", token, content_type="application/json").status_code == 429
    assert other.post("/sign-in/", right).status_code == 302
