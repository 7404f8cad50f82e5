import pytest
from django.db import DatabaseError, connection, transaction

from annotate.models import AuditEntry
from annotate.services import audit
from tests.factories import make_project, owner_of

pytestmark = pytest.mark.django_db


def test_an_entry_says_who_did_what_to_which_row_and_when():
    project = make_project()
    entry = audit.record("project.praised", project, by=owner_of(project), project=project, details={"stars": 5})
    entry.refresh_from_db()
    assert (entry.action, entry.subject, entry.actor, entry.project) == (
        "project.praised",
        f"project:{project.pk}",
        owner_of(project),
        project,
    )
    assert entry.details == {"stars": 5}
    assert entry.at is not None


@pytest.mark.parametrize(
    "change",
    [
        lambda entries: entries.update(action="nothing.happened"),
        lambda entries: entries.delete(),
        lambda entries: connection.cursor().execute("DELETE FROM annotate_auditentry"),
    ],
)
def test_the_database_refuses_to_change_the_past(change):
    make_project()
    before = list(AuditEntry.objects.values())
    with pytest.raises(DatabaseError, match="never changed"), transaction.atomic():
        change(AuditEntry.objects.all())
    assert list(AuditEntry.objects.values()) == before
    assert before
