"""Advisories of what we use and of what resembles us, each by its id: harmless input against our own guard.

docs/advisories.md says of each what it is about, and which of these tests holds the guard.
"""

import contextlib
import functools
import importlib.metadata
import inspect
import io
import re
import sys
import zipfile
from pathlib import Path

import PIL.Image
import pytest
from django.conf import settings
from django.contrib.auth.models import Permission
from django.core.exceptions import DisallowedRedirect
from django.http import HttpResponseRedirect
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.html import escape
from packaging.version import Version

from annotate.core.errors import InvalidImage, InvalidRelease, SmartBlurError
from annotate.core.imagefile import probe
from annotate.core.normalform import MAIN_ONLY
from annotate.core.preferences import parse_preferences
from annotate.core.regions import parse_document
from annotate.core.release import pseudonym, unpack_release
from annotate.models import Image
from annotate.outgoing import Undelivered, post
from annotate.services.photos.decoding import Gate
from annotate.templatetags.prose import blocks
from smartblur_site import api
from smartblur_site.celery import app
from tests.factories import client_of, make_image, make_project, make_user, owner_of, photo_bytes
from tests.labels import SHARP, claim
from tests.visits import browser, words

pytestmark = pytest.mark.promise("S12")
ROOT = Path(__file__).parents[2]
TABLE = ROOT / "docs/advisories.md"
SCRIPT = "<script>alert(1)</script>"


def advisories(*ids: str) -> pytest.MarkDecorator:
    """A test of the guard against these, which runs and is named once for each."""
    return pytest.mark.parametrize("advisory", ids)


@functools.cache
def sources(suffix: str) -> dict[str, str]:
    """Our own files that end so, by their names."""
    folders = [ROOT / name for name in ("annotate", "modelsvc", "smartblur", "smartblur_site")]
    return {str(path.relative_to(ROOT)): path.read_text() for each in folders for path in each.rglob(f"*{suffix}")}


def uses(pattern: str, suffix: str = ".py") -> list[str]:
    """Which of our files match."""
    return [name for name, text in sources(suffix).items() if re.search(pattern, text)]


# The table ------------------------------------------------------------------------------------------------------------


def rows() -> list[list[str]]:
    """The cells of each advisory: id, package, fixed in and what we have, what about, guard, test."""
    lines = [line for line in TABLE.read_text().splitlines() if line.startswith(("| CVE-", "| class:"))]
    return [[cell.strip(" `") for cell in line.strip("|").split("|")] for line in lines]


def ids_of_tests() -> dict[str, str]:
    """Id -> the test of it in this module."""
    found = {}
    for name, test in inspect.getmembers(sys.modules[__name__], inspect.isfunction):
        for mark in getattr(test, "pytestmark", ()):
            if mark.name == "parametrize" and mark.args[0] == "advisory":
                found.update(dict.fromkeys(mark.args[1], name))
    return found


def test_the_table_and_the_tests_name_the_same_advisories():
    assert {row[0]: row[-1] for row in rows()} == ids_of_tests()


PINNED = [row for row in rows() if row[2] != "not used"]


@pytest.mark.parametrize("row", PINNED, ids=[row[0] for row in PINNED])
def test_what_is_installed_has_the_fix(row):
    fixed, ours = row[2].split(" / ")
    assert f"{row[1]}=={ours}".lower() in (ROOT / "requirements.txt").read_text().lower().split()
    assert Version(importlib.metadata.version(row[1])) >= Version(ours) >= Version(fixed)


@pytest.mark.parametrize("package", sorted({row[1] for row in rows() if row[2] == "not used"} - {"-"}))
def test_what_is_called_not_used_is_not_installed(package):
    with pytest.raises(importlib.metadata.PackageNotFoundError):
        importlib.metadata.version(package)


# Photos ---------------------------------------------------------------------------------------------------------------


@advisories("CVE-2026-112403")
def test_a_jpeg_is_decoded_in_a_process_of_its_own(advisory):
    gate, photo = Gate(1), photo_bytes()
    with contextlib.closing(gate):
        assert gate.admit(io.BytesIO(photo)).photo.sha256 == probe(photo).sha256
        gate.decoders[0].child.kill()  # as a photo that breaks it would
        with pytest.raises(InvalidImage) as refusal:
            gate.admit(io.BytesIO(photo))
        assert refusal.value.code == "image_undecodable"
        assert gate.admit(io.BytesIO(photo)).byte_count


FORMATS = {"CVE-2026-112395": "TIFF", "CVE-2026-112892": "MSP"}


@advisories("CVE-2026-112395", "CVE-2026-112892")
def test_the_gate_hands_pillow_no_other_format(advisory):
    file = io.BytesIO()
    PIL.Image.new("1", (32, 32)).save(file, FORMATS[advisory])
    with pytest.raises(InvalidImage) as refusal:
        probe(file.getvalue())
    assert refusal.value.code == "not_an_image"


@advisories("CVE-2026-96636")
def test_of_several_pictures_in_a_file_the_first_is_read(advisory):
    file, frame = io.BytesIO(), PIL.Image.new("RGB", (32, 32))
    frame.save(file, "MPO", save_all=True, append_images=[PIL.Image.new("RGB", (64, 64))])
    photo = probe(file.getvalue())
    assert (photo.width, photo.changes[0]) == (32, MAIN_ONLY)
    assert getattr(PIL.Image.open(io.BytesIO(photo.content)), "n_frames", 1) == 1
    with pytest.raises(InvalidImage):
        probe(b"\xb1\x68\xde\x3a" + bytes(508))  # a DCX file


@advisories("CVE-2026-112398")
def test_a_flashpix_file_is_no_photo(advisory):
    with pytest.raises(InvalidImage) as refusal:
        probe(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(504))
    assert refusal.value.code == "not_an_image"


@advisories("CVE-2026-96778")
def test_a_comment_is_not_stored(advisory):
    photo = photo_bytes(comment=b"words")
    assert b"words" in photo
    assert b"words" not in probe(photo).content
    assert uses(r"comment=") == []


@advisories("CVE-2026-112393")
def test_nothing_of_ours_writes_tiff(advisory):
    assert uses(r"""\.save\([^)]*["']TIFF""") == []


@advisories("CVE-2026-59197")
def test_no_filter_takes_its_size_from_anybody(advisory):
    sizes = [
        size for text in sources(".py").values() for size in re.findall(r"(?:Rank|Median|Min|Max)Filter\((.*?)\)", text)
    ]
    assert sizes
    assert all(re.fullmatch(r"[0-9A-Z_+* ]+", size) for size in sizes)  # numbers and names of constants


@advisories("CVE-2026-42309")
def test_a_corner_within_a_corner_is_no_region(advisory):
    region = {"id": "a", "level": 1, "kind": "unknown", "rings": [[0, 0, [16, 0], 16, 16, 0]], "z": 0}
    with pytest.raises(SmartBlurError) as refusal:
        parse_document({"base": 0, "regions": [region]}, level_count=4)
    assert refusal.value.where.startswith("regions[0].rings[0]")


# What Django and its kin were warned of -------------------------------------------------------------------------------


@pytest.mark.django_db
@advisories("CVE-2026-77050", "class: long language codes")
def test_a_long_language_code_is_none(advisory, client):
    long = "de-" + "x" * 2000
    answer = client.post("/language/", {"language": long})
    assert (answer.status_code, answer.cookies["django_language"].value) == (302, "")
    client.cookies["django_language"] = long
    page = client.get("/sign-in/", headers={"accept-language": long})
    assert (page.status_code, page["Content-Language"]) == (200, "de")
    assert client.get(f"/catalogue/{long}.js").status_code == 404


@pytest.mark.django_db
@advisories("CVE-2026-48588", "CVE-2026-8404", "CVE-2026-35193", "class: one user's answers in a cache for another")
def test_no_answer_is_kept_for_others(advisory):
    client = browser(make_user())
    client.cookies["other"] = "1"
    for path in ("/", "/account/", "/api/projects/"):
        assert "private" in client.get(path)["Cache-Control"].split(", ")
    assert not [name for name in settings.MIDDLEWARE if "middleware.cache" in name]
    assert uses(r"cache_page|UpdateCache") == []


@advisories("CVE-2026-6873", "class: salts that are interchangeable")
def test_parts_of_a_pseudonym_do_not_run_into_each_other(advisory):
    assert pseudonym("s", "a", "dogs", "1", "2") != pseudonym("s", "a", "dogs1", "2")
    assert pseudonym("s", "a", "dogs", 12) != pseudonym("s", "a", "dogs1", 2)
    assert uses(r"signed_cookie|core\.signing|TimestampSigner") == []


@pytest.mark.django_db
@advisories("CVE-2026-15920")
def test_an_address_that_runs_is_no_link(advisory):
    image = make_image(make_project())
    Image.objects.filter(pk=image.pk).update(source_url="javascript:alert(1)")
    owner = owner_of(image.project)
    page = browser(owner).get(f"/projects/{image.project_id}/photos/{image.pk}/")
    desk = browser(make_user(is_staff=True, is_superuser=True)).get(f"/admin/annotate/image/{image.pk}/change/")
    for shown in (page, desk):
        assert shown.status_code == 200
        assert b"javascript:alert(1)" in shown.content
        assert b'href="javascript:' not in shown.content
    told = {"license": "CC0-1.0", "source_url": "javascript:alert(1)", "files": io.BytesIO(photo_bytes())}
    refused = client_of(owner).post(f"/api/projects/{image.project_id}/images/", told, format="multipart")
    assert (refused.status_code, refused.json()["where"]) == (400, "source_url")


@pytest.mark.django_db
@advisories("CVE-2026-53878")
def test_a_line_break_reaches_no_header(advisory):
    project = make_project()
    for field, value in (("name", "dogs\r\nX-Evil: 1"), ("version", "1.0.0\r\nX-Evil: 1")):
        assert (
            client_of(owner_of(project)).post(f"/api/projects/{project.pk}/releases/", {field: value}).status_code
            == 400
        )
    with pytest.raises((DisallowedRedirect, ValueError)):
        HttpResponseRedirect("/x\r\nX-Evil: 1")["X"] = "a\r\nb"


@pytest.mark.django_db
@advisories("CVE-2025-64459", "CVE-2026-1287", "CVE-2026-1312", "CVE-2023-47117", "class: filters by keyword")
def test_no_filter_goes_by_a_name_that_somebody_sends(advisory):
    project = make_project()
    client = client_of(owner_of(project))
    for name in ("_connector", "project__memberships__user__password__startswith", "order_by", "a.b", "uploaded_by_id"):
        answer = client.get(f"/api/projects/{project.pk}/images/", {name: "OR"})
        assert (answer.status_code, answer.json()["code"]) == (400, "unknown_field")
    assert uses(r"\*\*(dict\()?(self\.)?request\.(GET|POST|data|query_params)") == []


@advisories("CVE-2026-1285")
def test_no_template_cuts_html_short(advisory):
    assert uses(r"truncate(chars|words)_html", ".html") == []
    assert uses(r"Truncator") == []


@advisories("CVE-2025-14550")
def test_the_site_is_served_by_wsgi(advisory):
    assert (hasattr(settings, "ASGI_APPLICATION") and settings.ASGI_APPLICATION) in (False, None)
    assert uses(r"get_asgi_application|ASGIHandler") == []


@pytest.mark.django_db
@advisories("CVE-2026-73228", "class: parsers past the body limit")
def test_the_api_reads_no_more_of_a_body_than_the_limit(advisory, monkeypatch):
    client = client_of(make_user())
    monkeypatch.setattr(api, "BODY_LIMIT", 20)
    assert client.post("/api/projects/", {"name": "far more than twenty bytes"}).status_code == 413
    lying = client.generic("POST", "/api/projects/", b" " * 99, content_type="application/json", CONTENT_LENGTH="")
    assert lying.status_code in (400, 413)
    form = client.generic("POST", "/api/projects/", b"name=x", content_type="application/x-www-form-urlencoded")
    assert form.status_code == 415


@pytest.mark.django_db
@advisories("CVE-2026-114136")
def test_a_body_is_json_in_utf_8_whatever_charset_it_claims(advisory):
    client = client_of(make_user())
    answer = client.generic("POST", "/api/projects/", b'{"name": "Cats"}', content_type="application/json; charset=bz2")
    assert (answer.status_code, answer.json()["name"]) == (201, "Cats")


# What other tools for labels and models were warned of ----------------------------------------------------------------


@pytest.mark.django_db
@advisories("CVE-2026-47682", "CVE-2026-2033", "CVE-2026-53995")
def test_no_name_of_anybodys_becomes_a_path(advisory, tmp_path):
    project = make_project()
    image = make_image(project, file_name="../../evil.jpg")
    assert (".." in image.file.name, "evil" in image.file.name) == (False, False)
    with zipfile.ZipFile(tmp_path / "a.zip", "w") as archive:
        archive.writestr("../evil", b"")
    with pytest.raises(InvalidRelease):
        unpack_release(tmp_path / "a.zip", tmp_path / "a")
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]
    client = browser(owner_of(project))
    assert client.get(f"/projects/{project.pk}/releases/1/maps/..%2f..%2fevil.png").status_code == 404
    assert uses(r"<path:") == []


@advisories("CVE-2026-65986", "CVE-2026-73220", "CVE-2026-59988", "CVE-2024-26152", "CVE-2025-25296", "CVE-2025-47783")
def test_a_guide_is_words(advisory):
    marked = f"# {SCRIPT}\n- [x](javascript:alert(1))\n\n**{SCRIPT}**\n\n"
    text = f"{marked}.. include:: /etc/hostname\n.. raw:: html\n   <b>x</b>"
    page = render_to_string("annotate/prose.html", {"blocks": list(blocks(text))})
    assert set(re.findall(r"<(\w+)", page)) <= {"h2", "h3", "h4", "h5", "ul", "li", "p", "strong", "em", "kbd", "br"}
    assert "href" not in page
    assert ".. include:: /etc/hostname" in page


@advisories("CVE-2026-23516", "CVE-2023-47115")
def test_an_svg_or_html_file_is_no_photo_and_photos_run_nothing(advisory, db):
    for file in (b"<svg xmlns='http://www.w3.org/2000/svg'/>", b"<html></html>"):
        with pytest.raises(InvalidImage):
            probe(file)
    image = make_image(make_project(), file_name="evil.html")
    photo = browser(owner_of(image.project)).get(f"/api/images/{image.pk}/file/")
    assert (photo["Content-Type"], photo["Content-Security-Policy"], photo["X-Content-Type-Options"]) == (
        "image/jpeg",
        "sandbox",
        "nosniff",
    )
    b"".join(photo.streaming_content)


@pytest.mark.django_db
@advisories("CVE-2026-23526")
def test_staff_give_themselves_no_privileges(advisory):
    staff = make_user(is_staff=True)
    staff.user_permissions.set(Permission.objects.filter(content_type__app_label="annotate"))
    other = make_user()
    form = {"username": other.username, "is_active": "on", "is_staff": "on", "is_superuser": "on"}
    for target in (staff, other):
        browser(staff).post(reverse("admin:annotate_user_change", args=[target.pk]), form)
        target.refresh_from_db()
        assert target.is_superuser is False
    assert other.is_staff is False


@advisories("CVE-2026-22033")
def test_a_key_is_a_key(advisory):
    for keys in ({"vote-good": SCRIPT}, {SCRIPT: "k"}, {"vote-good": "k</script>"}):
        with pytest.raises(SmartBlurError) as refusal:
            parse_preferences({"keys": keys})
        assert refusal.value.code == "invalid_preferences"


@pytest.mark.django_db
@advisories("CVE-2026-76073", "CVE-2026-85211", "class: media of one project asked through another")
def test_rows_and_pictures_are_found_through_their_own_project_only(advisory):
    theirs, mine = make_project(), make_project()
    image = make_image(theirs)
    draft = claim(theirs, owner_of(theirs))
    client = browser(owner_of(mine))
    asked = [
        f"/api/annotations/{draft.pk}/",
        f"/api/images/{image.pk}/file/",
        f"/api/images/{image.pk}/consensus/levels.png",
        f"/projects/{mine.pk}/photos/{image.pk}/",
        f"/projects/{mine.pk}/photos/{image.pk}/map.png",
        f"/projects/{mine.pk}/photos/{image.pk}/model.png",
        f"/projects/{mine.pk}/photos/{image.pk}/maps/{draft.pk}.png",
    ]
    assert {path: client.get(path).status_code for path in asked} == dict.fromkeys(asked, 404)
    draft.refresh_from_db()
    assert draft.document == SHARP | {"base": draft.document["base"]}


@advisories("CVE-2026-85179", "CVE-2024-40441")
def test_a_webhook_reaches_no_private_network(advisory):
    with pytest.raises(Undelivered) as refusal:
        post("http://127.0.0.1:1/", b"", {})
    assert refusal.value.fault == "private"


@advisories("CVE-2024-40442")
def test_what_is_typed_is_no_template(advisory):
    typed = "{{ blocks }}{% now 'Y' %}"
    assert escape(typed) in render_to_string("annotate/prose.html", {"blocks": list(blocks(typed))})
    assert uses(r"jinja2|from_string\(|\bTemplate\(") == []


@pytest.mark.django_db
@advisories("CVE-2022-31188", "CVE-2022-36551", "CVE-2023-47116", "CVE-2024-23633")
def test_no_address_that_is_sent_is_fetched_by_an_import(advisory):
    project = make_project()
    told = {"license": "CC0-1.0", "files": "http://127.0.0.1:1/photo.jpg"}
    answer = client_of(owner_of(project)).post(f"/api/projects/{project.pk}/images/", told, format="multipart")
    assert answer.status_code == 400
    fetching = uses(r"urlopen|urllib\.request|import requests|import httpx|http\.client")
    brings_in = re.compile(r"annotate/(core|management|views)/|annotate/services/(images|imports|label_)")
    assert list(filter(brings_in.match, fetching)) == []


@advisories("CVE-2025-23045")
def test_nothing_unpickles(advisory):
    from_the_parent_process = ["modelsvc/fusenet/data/loader.py"]
    assert uses(r"pickle\.loads?\(|yaml\.load\(|allow_pickle=True") == from_the_parent_process
    assert uses(r"torch\.load\((?!.*weights_only=True)") == []


@advisories("CVE-2023-43791")
def test_no_key_is_in_the_code(advisory):
    assert uses(r"""SECRET_KEY\s*=\s*f?["']""") == []
    assert len(settings.SECRET_KEY) >= 32


@advisories("CVE-2026-68982", "class: broker messages that hold more than ids")
def test_messages_of_the_broker_hold_nothing(advisory):
    app.loader.import_default_modules()
    ours = [task for name, task in app.tasks.items() if name.startswith(("annotate.", "modelsvc."))]
    assert len(ours) >= 8
    assert [task.name for task in ours if inspect.signature(task.run).parameters] == []
    assert (set(app.conf.accept_content), app.conf.task_serializer) == ({"json"}, "json")


@pytest.mark.django_db
@advisories("class: open sign-up")
def test_nobody_comes_in_uninvited(advisory, client):
    assert client.get("/join/guessed/").status_code == 404
    assert "Ask a project's owner for an invitation link" in words(client.get("/sign-in/"))
    assert client.post("/api/tokens/", {"name": "x", "days": 1}, content_type="application/json").status_code == 401
