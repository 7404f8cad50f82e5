import pytest
from django.contrib.auth import get_user_model
from django.urls import path
from rest_framework import generics, serializers
from rest_framework.test import APIClient

from annotate.models import User

pytestmark = [pytest.mark.django_db, pytest.mark.urls(__name__)]


class People(generics.ListAPIView):
    class Output(serializers.ModelSerializer):
        class Meta:
            model = get_user_model()
            fields = ("username",)

    authentication_classes = ()
    permission_classes = ()
    throttle_classes = ()
    queryset = User.objects.all()
    serializer_class = Output


class Newest(People):
    keyset_order = "-pk"


urlpatterns = [path("api/people/", People.as_view()), path("api/newest/", Newest.as_view())]


@pytest.fixture(autouse=True)
def five_people():
    User.objects.bulk_create(User(username=name) for name in "abcde")


def pages(address: str) -> list[str]:
    """The names on each page, following `next` to the end."""
    names = []
    while address:
        answer = APIClient().get(address).json()
        assert list(answer) == ["results", "next"]
        names.append("".join(row["username"] for row in answer["results"]))
        address = answer["next"]
    return names


def test_pages_follow_each_other_to_the_end():
    assert pages("/api/people/?page_size=2") == ["ab", "cd", "e"]


def test_a_view_may_list_the_newest_first():
    assert pages("/api/newest/?page_size=3") == ["edc", "ba"]


def test_a_new_row_shifts_no_page():
    first = APIClient().get("/api/newest/?page_size=2").json()
    User.objects.create(username="f")
    assert [row["username"] for row in APIClient().get(first["next"]).json()["results"]] == ["c", "b"]


def test_a_page_is_one_query_of_bounded_size(django_assert_num_queries):
    with django_assert_num_queries(1) as queries:
        assert len(APIClient().get("/api/people/?page_size=9999").json()["results"]) == 5
    assert queries.captured_queries[0]["sql"].endswith("LIMIT 201")


@pytest.mark.parametrize("name", ["cursor", "page_size"])
@pytest.mark.parametrize("value", ["", "0", "-1", "1.5", "x", "9" * 19, "9" * 400, "\x00", "٣", "1' or 1=1"])
def test_a_malformed_parameter_is_400(name, value):
    answer = APIClient().get("/api/people/", {name: value})
    assert (answer.status_code, answer.json()["where"]) == (400, name)
