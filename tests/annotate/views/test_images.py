import hashlib
import io

import PIL.Image
import pytest
from django.core.files.uploadedfile import SimpleUploadedFile

from annotate.models import Consensus, Derivative, Image, Role
from annotate.services.photos.derivatives import render_derivatives
from annotate.services.photos.images import Source
from tests.factories import (
    client_of,
    make_image,
    make_member,
    make_project,
    make_user,
    owner_of,
    photo_bytes,
    photo_with_soft_background,
    resaved,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def project():
    return make_project()


@pytest.fixture
def owner(project):
    return client_of(owner_of(project))


def upload(client, project, *files, **fields):
    named = [SimpleUploadedFile(name, data) for name, data in files]
    body = {"license": "CC0-1.0", **({"files": named} if named else {}), **fields}
    return client.post(f"/api/projects/{project.pk}/images/", body, format="multipart")


def body_of(response):
    body = b"".join(response.streaming_content) if response.streaming else response.content
    for close in response._resource_closers:  # response.close() would close the test's database connection, too
        close()
    return body


# In


def test_what_had_to_be_done_to_a_photo_is_said_in_a_sentence(project, owner):
    exif = PIL.Image.Exif()
    exif[0x0112] = 6
    response = upload(owner, project, ("a.jpg", photo_bytes(300, 200)), ("b.jpg", photo_bytes(300, 200, exif=exif)))
    plain, turned = response.json()["results"]
    assert (plain["note"], turned["note"]) == ("", "It was turned upright. It is stored as WebP, without loss.")
    assert (turned["image"]["width"], turned["image"]["height"]) == (200, 300)


def test_many_photos_come_in_at_once_each_with_its_result(project, owner):
    data = photo_bytes(300, 200)
    response = upload(
        owner,
        project,
        ("a.jpg", data),
        ("b.txt", b"hello"),
        ("c.jpg", data),
        ("d.png", photo_bytes(240, 200, format="PNG")),
    )
    results = response.json()["results"]
    assert response.status_code == 201
    assert [result["file_name"] for result in results] == ["a.jpg", "b.txt", "c.jpg", "d.png"]
    assert [result.get("duplicate") for result in results] == [False, None, True, False]
    assert results[1]["error"]["code"] == "not_an_image"
    assert results[0]["image"] == results[2]["image"]
    image = results[0]["image"]
    assert (image["width"], image["height"], image["state"], image["desirability"]) == (300, 200, "new", None)
    assert image["sha256"] == Image.objects.get(pk=image["id"]).sha256
    assert Image.objects.count() == 2


def test_what_is_said_of_the_source_is_kept(project, owner):
    said = {
        "license": "cc-by-4.0",
        "attribution": "Rosa Müller",
        "photographer": "Rosa",
        "source_url": "https://example.org/1",
        "album": "Day 1",
    }
    upload(owner, project, ("a.jpg", photo_bytes(240, 200)), **said)
    image = Image.objects.get()
    assert {name: getattr(image, name) for name in said} == said | {"license": "CC-BY-4.0"}


def test_a_photo_that_looks_like_one_that_is_here_comes_in_beside_it(project, owner):
    photo = photo_with_soft_background(240, 200, seed=1)
    first, second = upload(owner, project, ("a.jpg", photo), ("b.jpg", resaved(photo))).json()["results"]
    assert ("looks_like" in first, second["looks_like"]["id"]) == (False, first["image"]["id"])
    assert Image.objects.count() == 2


@pytest.mark.parametrize(("size", "code"), [((240, 199), "image_too_small"), ((199, 240), "image_too_small")])
def test_a_photo_of_less_than_200_px_a_side_is_refused(project, owner, size, code):
    response = upload(owner, project, ("a.jpg", photo_bytes(*size)))
    assert (response.status_code, response.json()["code"]) == (422, code)
    assert "200" in response.json()["detail"]


def test_a_photo_that_is_there_already_is_200_and_says_so(project, owner):
    data = photo_bytes(240, 200)
    first, again = upload(owner, project, ("a.jpg", data)), upload(owner, project, ("b.jpg", data))
    assert (first.status_code, again.status_code) == (201, 200)
    assert again.json()["results"][0]["duplicate"] is True
    assert again.json()["results"][0]["image"] == first.json()["results"][0]["image"]


def test_no_photo_at_all_is_422_with_the_first_reason(project, owner):
    response = upload(owner, project, ("a.jpg", b"no"), ("b.jpg", b""))
    body = response.json()
    assert (response.status_code, body["code"], body["where"]) == (422, "not_an_image", "a.jpg")
    assert [result["error"]["code"] for result in body["results"]] == ["not_an_image", "not_an_image"]
    assert not Image.objects.exists()


@pytest.mark.parametrize(
    ("fields", "code", "where"),
    [
        ({"license": ""}, "blank", "license"),
        ({"license": "mine"}, "unknown_license", "license"),
        ({"license": "CC-BY-4.0"}, "attribution_missing", "attribution"),
        ({"license": "CC0-1.0\0"}, "null_characters_not_allowed", "license"),
        ({"source_url": "javascript:alert(1)"}, "invalid", "source_url"),
        ({"album": "x" * 161}, "max_length", "album"),
        ({"licence": "CC0-1.0"}, "unknown_field", "licence"),
    ],
)
def test_a_malformed_form_is_400_and_stores_nothing(project, owner, fields, code, where):
    response = upload(owner, project, ("a.jpg", photo_bytes(240, 200)), **fields)
    assert (response.status_code, response.json()["code"], response.json()["where"]) == (400, code, where)
    assert not Image.objects.exists()


def test_a_form_without_files_or_licence_is_400(project, owner):
    path = f"/api/projects/{project.pk}/images/"
    assert upload(owner, project).json()["where"] == "files"
    photo = SimpleUploadedFile("a.jpg", photo_bytes(240, 200))
    assert owner.post(path, {"files": [photo]}, format="multipart").json()["where"] == "license"
    assert upload(owner, project, files="text").json()["where"].startswith("files")


def test_two_fields_with_files_are_400(project, owner):
    response = upload(
        owner, project, ("a.jpg", photo_bytes(240, 200)), photo=SimpleUploadedFile("b.jpg", photo_bytes(240, 200))
    )
    assert (response.status_code, response.json()["where"]) == (400, "photo")


@pytest.mark.parametrize(
    ("body", "content_type", "status"),
    [
        (b"", "multipart/form-data; boundary=x", 400),
        (b"--x\r\nnonsense", "multipart/form-data; boundary=x", 400),
        (b"--x", "multipart/form-data", 400),
        (b"\xff\xd8\xff", "image/jpeg", 415),
        (b"{}", "application/json", 415),
    ],
)
def test_a_body_that_is_no_form_is_4xx(project, owner, body, content_type, status):
    response = owner.generic("POST", f"/api/projects/{project.pk}/images/", body, content_type=content_type)
    assert response.status_code == status
    assert set(response.json()) >= {"code", "detail"}


def test_too_many_files_are_refused(project, owner, settings):
    settings.DATA_UPLOAD_MAX_NUMBER_FILES = 2
    files = [(f"{number}.jpg", b"x") for number in range(3)]
    assert upload(owner, project, *files).status_code == 400


def test_hostile_file_names_are_names(project, owner):
    names = ["../../etc/passwd.jpg", "a\0b.jpg", "x" * 400 + ".jpg", "<script>.jpg", "ñ.jpg"]
    response = upload(owner, project, *[(name, photo_bytes(240, 200)) for name in names])
    assert response.status_code == 201
    kept = [result["image"]["file_name"] for result in response.json()["results"]]
    assert all(0 < len(name) <= 255 and "/" not in name and "\0" not in name for name in kept)


def test_an_upload_of_fifty_needs_few_queries(project, owner, django_assert_max_num_queries):
    files = [(f"{number}.jpg", photo_bytes(240, 200, quality=30)) for number in range(50)]
    with django_assert_max_num_queries(8):
        assert upload(owner, project, *files).status_code == 201
    assert Image.objects.count() == 50


def test_who_may_not_add_stores_nothing(project):
    photo = ("a.jpg", photo_bytes(240, 200))
    assert upload(client_of(make_user()), project, photo).status_code == 404
    assert upload(client_of(make_member(project, Role.RESEARCHER)), project, photo).status_code == 403
    assert not Image.objects.exists()


# Lists


def test_the_list_is_paged_and_filtered_in_few_queries(project, django_assert_max_num_queries):
    images = [make_image(project) for _ in range(5)]
    Image.objects.filter(pk=images[2].pk).update(state="disputed")
    annotator = client_of(make_member(project))
    path = f"/api/projects/{project.pk}/images/"
    with django_assert_max_num_queries(3):  # the project, the ids in their order, the photos
        first = annotator.get(f"{path}?state=new&page_size=3").json()
    second = annotator.get(first["next"]).json()
    wanted = [image.pk for image in images if image != images[2]]
    assert [row["id"] for page in (first, second) for row in page["results"]] == wanted
    assert second["next"] is None


def test_images_can_be_found_by_licence_album_and_hash(project, owner):
    make_image(project)
    wanted = make_image(project, source=Source(license="LicenseRef-Own", album="Day 2"))
    for query in ("license=LicenseRef-Own", "album=Day+2", f"sha256={wanted.sha256}"):
        rows = owner.get(f"/api/projects/{project.pk}/images/?{query}").json()["results"]
        assert [row["id"] for row in rows] == [wanted.pk]


@pytest.mark.parametrize(
    ("query", "where"),
    [
        ("state=odd", "state"),
        ("project__salt=x", "project__salt"),
        ("sha256=x", "sha256"),
        ("album=%00", "album"),
        ("cursor=x", "cursor"),
    ],
)
def test_a_filter_that_is_not_offered_is_400(project, owner, query, where):
    response = owner.get(f"/api/projects/{project.pk}/images/?{query}")
    assert (response.status_code, response.json()["where"]) == (400, where)


def test_desirability_is_told_once_people_agree(project, owner):
    image = make_image(project)
    Consensus.objects.create(image=image, desirability="good", posterior_ppm=[], vote_counts=[], decided_by="single")
    assert owner.get(f"/api/images/{image.pk}/").json()["desirability"] is None
    Image.objects.update(state="agreed")
    assert owner.get(f"/api/images/{image.pk}/").json()["desirability"] == "good"


def test_a_member_sees_all_of_one_photo_in_one_query(project, django_assert_num_queries):
    image = make_image(project, photo_bytes(300, 200))
    client = client_of(make_member(project))
    with django_assert_num_queries(1):
        body = client.get(f"/api/images/{image.pk}/").json()
    assert (body["width"], body["format"], body["license"]) == (300, "jpeg", "CC0-1.0")


# Bytes


def test_the_file_goes_out_whole_with_a_fixed_type_and_no_rights(project, django_assert_num_queries):
    image = make_image(project)
    client = client_of(make_member(project))
    with django_assert_num_queries(1):
        response = client.get(f"/api/images/{image.pk}/file/", headers={"Accept": "image/avif"})
    assert hashlib.sha256(body_of(response)).hexdigest() == image.sha256
    assert response["Content-Type"] == "image/jpeg"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Security-Policy"] == "sandbox"
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response["ETag"] == f'"{image.sha256}"'


def test_a_client_that_has_the_file_gets_304(project, owner):
    image = make_image(project)
    response = owner.get(f"/api/images/{image.pk}/file/", headers={"If-None-Match": f'"{image.sha256}"'})
    assert (response.status_code, response.content) == (304, b"")


def test_a_file_that_is_lost_is_404_and_says_so(project, owner):
    image = make_image(project)
    image.file.storage.delete(image.file.name)
    response = owner.get(f"/api/images/{image.pk}/file/")
    assert (response.status_code, response.json()["code"]) == (404, "file_missing")


def test_a_preview_is_pending_until_a_worker_has_made_it(project, owner):
    path = f"/api/images/{make_image(project, photo_bytes(1280, 640)).pk}/preview/"
    pending = owner.get(path)
    assert (pending.status_code, pending.json()["code"], pending["Cache-Control"]) == (
        202,
        "preview_pending",
        "private, no-store",
    )
    render_derivatives()
    made = owner.get(path)
    assert made["Content-Type"] == "image/jpeg"
    assert PIL.Image.open(io.BytesIO(body_of(made))).size == (640, 320)


def test_a_preview_that_failed_says_why(project, owner):
    image = make_image(project)
    Derivative.objects.update(state="failed", error="The pixels are damaged.")
    response = owner.get(f"/api/images/{image.pk}/preview/")
    assert (response.status_code, response.json()["code"], response.json()["detail"]) == (
        422,
        "preview_failed",
        "The pixels are damaged.",
    )


def test_the_sharpness_of_a_photo_is_pending_then_a_png_that_is_kept(project, owner):
    path = f"/api/images/{make_image(project, photo_bytes(60, 40)).pk}/sharpness/"
    pending = owner.get(path)
    assert (pending.status_code, pending.json()["code"]) == (202, "sharpness_pending")
    render_derivatives()
    made = owner.get(path)
    assert (made["Content-Type"], made["Cache-Control"]) == ("image/png", "private, max-age=31536000, immutable")
    assert PIL.Image.open(io.BytesIO(body_of(made))).size == (15, 10)
    assert owner.get(path, headers={"If-None-Match": made["ETag"]}).status_code == 304


def test_a_preview_that_is_there_is_sent_though_the_sharpness_could_not_be_measured(project, owner):
    image = make_image(project)
    render_derivatives()
    Derivative.objects.update(state="failed", error="The pixels are damaged.", sharpness="")
    preview = owner.get(f"/api/images/{image.pk}/preview/")
    assert PIL.Image.open(io.BytesIO(body_of(preview))).format == "JPEG"
    refused = owner.get(f"/api/images/{image.pk}/sharpness/")
    assert (refused.status_code, refused.json()["code"]) == (422, "sharpness_failed")


@pytest.mark.parametrize("part", ["", "file/", "preview/", "sharpness/"])
def test_a_stranger_gets_404(project, part):
    image = make_image(project)
    assert client_of(make_user()).get(f"/api/images/{image.pk}/{part}").status_code == 404
    assert client_of(None).get(f"/api/images/{image.pk}/{part}").status_code == 401
