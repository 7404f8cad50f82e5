import io
import json
import zipfile

import pytest

from annotate.core.regions import EMPTY
from annotate.models import Annotation, AuditEntry
from annotate.services.accounts.personal_data import name_of, relations, write_archive
from annotate.services.teams.people import issue_token
from tests.factories import PASSWORD, make_image, make_member, make_project, make_user
from tests.visits import browser

pytestmark = pytest.mark.django_db


def archive_of(data: bytes) -> dict:
    """file name -> what is in it."""
    with zipfile.ZipFile(io.BytesIO(data)) as archive:
        return {name: json.loads(archive.read(name)) for name in archive.namelist()}


def test_it_holds_all_that_names_the_person_and_nothing_that_opens_a_door():
    project = make_project()
    rosa = make_member(project, user=make_user("rosa", email="rosa@lab.org"))
    image = make_image(project)
    Annotation.objects.create(image=image, author=rosa, document=EMPTY.as_json())
    Annotation.objects.create(image=image, author=make_member(project), document=EMPTY.as_json())
    issue_token(rosa, name="laptop")
    file = io.BytesIO()
    write_archive(rosa, file)
    files = archive_of(file.getvalue())
    assert (files["account.json"]["username"], files["account.json"]["email"]) == ("rosa", "rosa@lab.org")
    assert [each["document"] for each in files["annotation.author.json"]] == [EMPTY.as_json()]
    assert files["membership.user.json"][0]["project_id"] == project.pk
    assert {each["action"] for each in files["auditentry.actor.json"]} == {"token.issued", "person.exported"}
    assert "digest" not in files["apitoken.user.json"][0]
    assert "password" not in files["account.json"]
    told = {name_of(each) for each in relations()}  # of every app, those that come later too
    assert told > {
        "vote.author",
        "image.uploaded_by",
        "trainingrun.started_by",
        "session.user",
        "totpdevice.user",
        "passkey.user",
    }


def test_everybody_takes_their_own_from_the_account_page():
    make_user("rosa")
    client = browser()
    client.post("/sign-in/", {"username": "rosa", "password": PASSWORD})
    answer = client.get("/account/data.zip")
    assert answer["Content-Disposition"] == 'attachment; filename="rosa.zip"'
    data = b"".join(answer.streaming_content)
    files = archive_of(data)
    assert files["account.json"]["username"] == "rosa"
    assert client.session.session_key.encode() not in b"".join(json.dumps(each).encode() for each in files.values())
    assert AuditEntry.objects.filter(action="person.exported").count() == 1
    assert browser().get("/account/data.zip").status_code == 302
