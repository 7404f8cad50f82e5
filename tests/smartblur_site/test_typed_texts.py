"""Whatever people type is text on every page that shows it: no element and no attribute is made of it."""

import re
from collections import defaultdict
from html.parser import HTMLParser

import pytest
from django.apps import apps
from django.db.models import CharField, TextField, Value
from django.db.models.functions import Cast, Concat

from annotate.models import Annotation, Consensus, Project, Remark, User, Webhook
from tests.annotate.test_routes import one_of_everything, routes
from tests.factories import make_image
from tests.labels import LEFT_HALF, claim, label_image
from tests.visits import browser

MARKUP = "</script>\"'><img src=x onerror=a>"
NOTE = {"id": "n1", "x": 16, "y": 16, "text": f"{MARKUP}[note.text]"}
ASKED = dict.fromkeys(("q", "album", "before", "page", "next", "list", "image", "count", "change", "by"), MARKUP)
SHOWN = {  # at least
    *("ApiToken.name", "Batch.name", "Consensus.reason", "Image.album", "Image.attribution", "Image.camera"),
    *("Image.colour", "Image.file_name", "Image.photographer", "Invitation.name", "LabelImport.file_name"),
    *("ModelVersion.name", "Project.authors", "Project.description", "Project.guidelines", "Project.license_texts"),
    *("Project.name", "Remark.reply", "Remark.text", "Rework.answer", "Rework.reason", "TrialPhoto.file_name"),
    *("User.email", "User.first_name", "User.username", "Webhook.url", "level.name", "note.text"),
}
MADE_BY_US = {  # columns of texts that nobody types; pages look files and rows up by them
    "password",
    "checkpoint",
    "folder",
    "content_id",
    "seal",
    "secret",
    "digest",
    "run_hash",
    "salt",
    "sha256",
    "source_sha256",
    "weights_sha256",
    "based_on_weights_sha256",
    "subject",
    "value",  # a trigger writes it, of columns that are typed into
}


class Page(HTMLParser):
    """The start tags of a page that are made of what was typed."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.made: list[str] = []
        self.feed(html)

    def handle_starttag(self, tag, attrs):
        names = {name for name, _ in attrs}
        if ("src", "x") in attrs or any(re.match(r"on\w+$|[<>\"']|img", name) for name in names):
            self.made.append(self.get_starttag_text())


def type_markup_into_every_column():
    """Put it into each column of texts, with the column's name behind it."""
    for model in [*apps.get_app_config("annotate").get_models(), *apps.get_app_config("modelsvc").get_models()]:
        for field in model._meta.local_concrete_fields:
            is_text = isinstance(field, CharField | TextField) and not field.choices and field.name not in MADE_BY_US
            if is_text and (field.max_length or 1000) >= 70 and not field.null:
                text = Value(f"{MARKUP}[{model.__name__}.{field.name}]")
                model.objects.update(**{field.name: Concat(text, Cast("pk", TextField()))})


def everything_typed():
    """The people of a project with all that can be typed into one, and the id of a row for each name in a path."""
    people, rows = one_of_everything()
    project = Project.objects.get(pk=rows["project"])
    label_image(make_image(project), LEFT_HALF, "good", "good")
    draft = claim(project, people["annotator"])
    Annotation.objects.update(notes=[NOTE])
    Consensus.objects.update(decided_by="adjudicated")
    said = {"image": draft.image, "author": people["annotator"], "text": "typed"}
    Remark.objects.create(kind="note", key="n1", **said)
    Remark.objects.create(kind="skip", outcome="answered", reply="typed", closed_by=people["owner"], **said)
    hook = Webhook.objects.create(project=project, url="https://a.example/", secret="s", events=["release_ready"])
    Project.objects.update(levels=[level | {"name": f"{MARKUP}[level.name]"} for level in project.levels])
    type_markup_into_every_column()
    return people, rows | {"webhook": hook.pk, "person": people["annotator"].pk, "language": "de"}


@pytest.mark.promise("S7")
@pytest.mark.django_db
def test_what_people_type_is_text_on_every_page():
    people, rows = everything_typed()
    found = defaultdict(lambda: 1, rows)
    owner, annotator = browser(people["owner"]), browser(people["annotator"])
    staff = browser(User.objects.create_superuser("staff"))
    wrong, shown, pages = [], set(), 0
    for client, below, asked in (
        (owner, "/", {}),
        (owner, "/projects/", ASKED),
        (annotator, "/", {}),
        (staff, "/admin/annotate/", {}),
    ):
        for path in (path for _, path in routes() if path.startswith(below) and not path.startswith("/api/")):
            response = client.get(re.sub(r"<(\w+)>", lambda name: str(found[name[1]]), path), asked)
            if response.streaming:
                b"".join(response.streaming_content)  # and so closed
            elif "html" in response.get("Content-Type", ""):
                html = response.content.decode()
                wrong += [(path, each) for each in Page(html).made]
                shown |= set(re.findall(r"onerror=a.{1,6}\[(\w+\.\w+)\]", html))
                pages += response.status_code == 200
    assert Page(f"<p>{MARKUP}</p>").made != []
    assert wrong == []
    assert SHOWN - shown == set()
    assert pages > 80
