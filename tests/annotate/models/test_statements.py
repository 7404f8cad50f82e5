import threading

import pytest
from django.db import connection
from django.db.models import F
from django.http import Http404

from annotate.models import Membership
from annotate.models.statements import PreparedRows, Statement
from tests.factories import make_member, make_project

pytestmark = pytest.mark.django_db(transaction=True)

MEMBERS = PreparedRows(
    "members_in_test",
    lambda user, project: (
        Membership.objects.filter(user=user, project=project)
        .select_related("project")
        .annotate(title=F("project__name"))
    ),
    user="bigint",
    project="bigint",
)


def ask(user, project) -> list:
    member = MEMBERS.get(user=user.pk, project=project.pk)
    return [member.user_id, member.project.name, member.title, member.project.levels[0]["name"], member.role]


def test_prepared_rows_are_those_of_the_queryset_in_one_statement(django_assert_num_queries):
    first, second = make_project(name="First"), make_project(name="Second")
    rosa, emil = make_member(first), make_member(second, "curator")
    with django_assert_num_queries(2):
        assert ask(rosa, first) == [rosa.pk, "First", "First", "Sharp", "annotator"]
        assert ask(emil, second) == [emil.pk, "Second", "Second", "Sharp", "curator"]
    assert MEMBERS.first(user=rosa.pk, project=second.pk) is None
    with pytest.raises(Http404):
        MEMBERS.get(user=rosa.pk, project=second.pk)


def test_they_are_prepared_anew_by_another_connection_and_another_thread():
    project = make_project(name="First")
    rosa = make_member(project)
    answers = [ask(rosa, project)]
    connection.close()
    answers.append(ask(rosa, project))

    def in_thread() -> None:
        answers.append(ask(rosa, project))
        connection.close()

    thread = threading.Thread(target=in_thread)
    thread.start()
    thread.join()
    assert answers == [answers[0]] * 3


def test_values_are_never_part_of_the_statement():
    length = Statement("length_in_test", "SELECT length($1)", {"text": "text"})
    assert [length.run({"text": text}) for text in ("'); DROP TABLE x; --", "%s $1")] == [[(20,)], [(5,)]]
