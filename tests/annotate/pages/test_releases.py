"""Cutting a release and reading how it stands."""

import re

import pytest

from annotate import tasks
from annotate.core.formats import FORMATS
from annotate.models import Export, QueueRanking, Release
from annotate.services import leases, ranking
from annotate.services.photos.images import Source
from annotate.services.releasing.splits import largest_group
from tests.factories import CC0, make_image
from tests.labels import LEFT_HALF, label_image
from tests.modelsvc.rows import make_ready_release
from tests.visits import words

pytestmark = pytest.mark.django_db
cuts = pytest.mark.django_db(transaction=True)  # cutting takes a snapshot, so a transaction of its own


def cut(client, project, **fields):
    form = {"name": "portraits", "version": "1.0.0", "licenses": ["CC0-1.0"], "anyway": "1"}
    return client.post(f"/projects/{project.pk}/releases/new/", form | fields)


def test_without_agreed_photos_there_is_nothing_to_cut_and_the_page_says_so(project, owner):
    page = words(owner.get(f"/projects/{project.pk}/releases/new/"))
    assert "Nothing to release yet" in page
    assert "No release yet" in words(owner.get(f"/projects/{project.pk}/releases/"))


def test_the_form_suggests_name_version_and_licences_with_counts(project, owner):
    label_image(make_image(project), LEFT_HALF, "good", "good")
    make_image(project)
    page = owner.get(f"/projects/{project.pk}/releases/new/")
    suggested = {"name": "portraits", "version": "1.0.0", "licenses": ["CC0-1.0"], "layout": "folder"}
    assert page.context["form"].initial == suggested
    assert page.context["form"].fields["licenses"].choices == [("CC0-1.0", "CC0-1.0, 1 photo")]
    assert (dict(page.context["judged"]), page.context["open_count"]) == ({"none": 0, "good": 1, "ok": 0, "bad": 0}, 1)


def test_withdrawn_photos_are_none_that_wait_and_belong_to_no_group(project, owner):
    label_image(make_image(project), LEFT_HALF, "good", "good")
    project.images.update(group="burst")
    withdrawn = make_image(project)
    withdrawn.group, withdrawn.is_withdrawn = "burst", True
    withdrawn.save(update_fields=["group", "is_withdrawn"])
    assert largest_group(project) == 1
    page = owner.get(f"/projects/{project.pk}/releases/new/")
    assert (page.context["open_count"], page.context["large_group"]) == (0, None)


def test_a_release_with_an_empty_split_is_cut_only_by_who_knows_it(project, owner):
    label_image(make_image(project), LEFT_HALF, "good", "good")
    page = words(cut(owner, project, anyway=[]))
    assert "Cut it with nothing in validation, test" in page
    assert "it cannot be taken back once it is built" in page
    assert not project.releases.exists()


@pytest.mark.parametrize(("alike", "told"), [(2, False), (3, True)])
def test_a_group_above_a_fifth_of_the_project_is_told(project, owner, alike, told):
    for n in range(10):
        image = make_image(project)
        image.group = "burst" if n < alike else f"own {n}"
        image.save(update_fields=["group"])
    QueueRanking.objects.create(project=project)
    leases.work_off(QueueRanking.objects.select_related("project"), ranking.rank_queue)
    pages = [words(owner.get(f"/projects/{project.pk}/releases/{place}")) for place in ("", "new/")]
    assert [f"{alike} of 10 photos belong together" in page for page in pages] == [told, told]


@cuts
def test_a_release_is_cut_from_the_form_and_its_page_shows_it_being_built(project, owner):
    label_image(make_image(project), LEFT_HALF, "good", "good")
    response = cut(owner, project, notes="The first one.")
    release = Release.objects.get()
    assert response["Location"] == f"/projects/{project.pk}/releases/{release.pk}/"
    page = owner.get(response["Location"])
    assert page.context["jobs"]["jobs"][0]["poll_url"] == f"/api/releases/{release.pk}/"
    assert (page.context["counts"], "What goes into it" in words(page)) == (None, True)
    assert "Download" not in re.sub(r"<script.*?</script>", "", page.content.decode(), flags=re.S)


@cuts
def test_a_taken_version_is_told_below_its_field(project, owner):
    label_image(make_image(project), LEFT_HALF, "good", "good")
    cut(owner, project)
    page = cut(owner, project)
    assert page.context["form"].errors == {"version": ["There is a release 1.0.0 already. Choose another version."]}
    assert Release.objects.count() == 1


@cuts
@pytest.mark.parametrize(("chosen", "given", "told"), [("shards", "shards", "Shards"), ("", "folder", "Files")])
def test_the_chosen_layout_is_on_the_page_of_the_release(project, owner, chosen, given, told):
    label_image(make_image(project), LEFT_HALF, "good", "good")
    page = owner.get(cut(owner, project, layout=chosen)["Location"])
    assert (Release.objects.get().layout, f"Layout {told}" in words(page)) == (given, True)


def test_files_for_too_many_photos_are_refused_below_the_choice_and_shards_are_suggested(project, owner, monkeypatch):
    for limit in ("FOLDER_IMAGES", "FILES_OF_HUB_FOLDER"):
        monkeypatch.setattr(f"annotate.services.releasing.releases.{limit}", 1)
    for _ in range(2):
        label_image(make_image(project), LEFT_HALF, "good", "good")
    assert owner.get(f"/projects/{project.pk}/releases/new/").context["form"].initial["layout"] == "shards"
    errors = cut(owner, project, layout="folder").context["form"].errors
    detail = "2 photos and their maps are more than the 100,000 files that the Hugging Face hub takes. Choose shards."
    assert (errors, Release.objects.count()) == ({"layout": [detail]}, 0)


@cuts
def test_a_release_in_shards_says_how_its_photos_lie(project, owner, settings, tmp_path):
    settings.RELEASES_ROOT = tmp_path
    label_image(make_image(project), LEFT_HALF, "good", "good")
    cut(owner, project, layout="shards")
    tasks.build_releases()
    page = words(owner.get(f"/projects/{project.pk}/releases/{Release.objects.get().pk}/"))
    assert "Photos lie in shards" in page


@pytest.mark.parametrize(
    ("field", "value"), [("name", "Große Namen"), ("version", "1.0"), ("licenses", ["GPL-2.0"]), ("layout", "zip")]
)
def test_a_wrong_field_cuts_nothing(project, owner, field, value):
    label_image(make_image(project), LEFT_HALF, "good", "good")
    assert list(cut(owner, project, **{field: value}).context["form"].errors) == [field]
    assert not Release.objects.exists()


@cuts
def test_a_built_release_says_what_is_in_it_and_how_to_read_it(project, owner, settings, tmp_path):
    settings.RELEASES_ROOT = tmp_path
    label_image(make_image(project), LEFT_HALF, "good", "good")
    cut(owner, project)
    tasks.build_releases()
    release = Release.objects.get()
    page = owner.get(f"/projects/{project.pk}/releases/{release.pk}/")
    assert dict(page.context["counts"]["judged"]) == {"none": 0, "good": 1, "ok": 0, "bad": 0}
    assert sum(count for _, count in page.context["counts"]["splits"]) == 1
    assert [ppm for _, ppm in page.context["counts"]["levels"]] == [500_000, 0, 500_000, 0]
    assert f'href="/api/releases/{release.pk}/download/"' in page.content.decode()
    assert ("cd smartblur-portraits-1.0.0" in words(page), release.content_id in words(page)) == (True, True)


def test_a_failed_release_says_why_and_offers_no_download(project, owner):
    release = make_ready_release(project)
    Release.objects.update(state=Release.State.FAILED, error="The disk is full.")
    page = words(owner.get(f"/projects/{project.pk}/releases/{release.pk}/"))
    assert ("The disk is full." in page, "Download" in page) == (True, False)


@pytest.mark.parametrize("folder", ["", "7/smartblur-test-1.0.0"])
def test_a_ready_release_whose_files_are_gone_says_so(project, owner, folder, settings, tmp_path):
    settings.RELEASES_ROOT = tmp_path
    (tmp_path / "another release").mkdir()
    release = make_ready_release(project)
    Release.objects.update(folder=folder)
    page = words(owner.get(f"/projects/{project.pk}/releases/{release.pk}/"))
    assert ("no longer where they were stored" in page, "Download" in page) == (True, False)
    download = owner.get(f"/api/releases/{release.pk}/download/")
    assert (download.status_code, download.json()["code"]) == (409, "files_missing")


def test_before_the_first_release_the_form_asks_what_all_of_them_say(project, owner):
    label_image(make_image(project), LEFT_HALF, "good", "good")
    type(project).objects.filter(pk=project.pk).update(authors="", label_license="")
    page = owner.get(f"/projects/{project.pk}/releases/new/")
    assert [refusal.code for refusal in page.context["unsaid"]] == ["no_label_license", "no_authors"]
    assert f'href="/projects/{project.pk}/settings/releases/?then=cut"' in page.content.decode()
    said = {"label_license": "CC-BY-4.0", "authors": "Doe,  Jane\n\nThe Lab"}
    answer = owner.post(f"/projects/{project.pk}/settings/releases/?then=cut", said)
    assert answer["Location"] == f"/projects/{project.pk}/releases/new/"
    project.refresh_from_db()
    assert (project.label_license, project.authors) == ("CC-BY-4.0", "Doe, Jane\nThe Lab")
    assert owner.get(answer["Location"]).context["unsaid"] == []


def test_terms_of_ones_own_are_written_down(project, owner):
    own = {"label_license": "LicenseRef-Labels", "authors": "The Lab"}
    page = owner.post(f"/projects/{project.pk}/settings/releases/", own)
    assert "Write LicenseRef-Labels on a line" in words(page)
    owner.post(f"/projects/{project.pk}/settings/releases/", own | {"license_texts": "LicenseRef-Labels\n\nAsk us."})
    project.refresh_from_db()
    assert (project.label_license, project.license_texts) == ("LicenseRef-Labels", "LicenseRef-Labels\n\nAsk us.")


@pytest.fixture
def built(project, owner, settings, tmp_path):
    """A release that is built."""
    settings.RELEASES_ROOT, settings.EXPORTS_ROOT = tmp_path / "releases", tmp_path / "exports"
    label_image(make_image(project), LEFT_HALF, "good", "good")
    cut(owner, project)
    tasks.build_releases()
    return Release.objects.get()


def export_form(client, release, **fields):
    usual = {"is_blur_white": "yes", "from_level": "1"}
    return client.post(f"/projects/{release.project_id}/releases/{release.pk}/exports/", usual | fields)


@cuts
def test_the_page_offers_formats_and_says_what_each_cannot_hold(project, owner, built):
    page = owner.get(f"/projects/{project.pk}/releases/{built.pk}/")
    assert [format.name for format in page.context["exports"]["formats"]] == [
        each.name for each in FORMATS.values() if each.write
    ]
    assert "How strong the blur is: a mask only tells blurred from sharp." in words(page)


@cuts
def test_a_format_is_asked_for_seen_being_built_and_then_downloaded(project, owner, built):
    chosen = {"format": "masks", "with_photos": "on", "is_blur_white": "no", "from_level": "2"}
    response = export_form(owner, built, **chosen)
    export = Export.objects.get()
    assert response["Location"] == f"/projects/{project.pk}/releases/{built.pk}/#formats"
    assert export.options == {"is_blur_white": False, "from_level": 2}
    page = owner.get(response["Location"])
    (job,) = page.context["exports"]["jobs"]["jobs"]
    assert (job["title"], job["poll_url"]) == (
        "Mask folders (CUHK, DUT), blurred is black, blurred from level 2",
        f"/api/exports/{export.pk}/",
    )
    tasks.build_exports()
    page = owner.get(response["Location"])
    assert (page.context["exports"]["jobs"], f"/api/exports/{export.pk}/download/" in page.content.decode()) == (
        None,
        True,
    )


@cuts
def test_what_masks_were_asked_for_means_nothing_to_other_formats(owner, built):
    export_form(owner, built, format="levels", is_blur_white="no", from_level="2")
    assert Export.objects.get().options == {"with_photos": False}


@cuts
def test_an_unknown_format_makes_no_export(owner, built):
    assert export_form(owner, built, format="docx").status_code == 302
    assert not Export.objects.exists()


@cuts
def test_an_export_that_failed_says_why_and_is_tried_again(project, owner, built):
    export_form(owner, built, format="votes", with_photos="on")
    Export.objects.update(
        state="failed", attempt=3, error="Parquet needs the package pyarrow, which is not installed here."
    )
    page = owner.get(f"/projects/{project.pk}/releases/{built.pk}/")
    assert "Parquet needs the package pyarrow, which is not installed here." in words(page)
    (over,) = page.context["exports"]["over"]
    export_form(owner, built, **over["fields"])
    assert [row.state for row in Export.objects.all()] == ["queued"]


SHARES = {"validation_percent": 30, "test_percent": 20}


@pytest.mark.parametrize(("chosen", "splits"), [({}, [8, 1, 1]), (SHARES, [5, 3, 2])])
def test_the_form_foretells_the_splits_and_says_what_is_small(project, owner, chosen, splits):
    for _ in range(10):
        label_image(make_image(project), LEFT_HALF, "good", "good")
    form = {"name": "portraits", "version": "1.0.0", "licenses": ["CC0-1.0"], "foretell": "1"}
    page = owner.post(f"/projects/{project.pk}/releases/new/", form | chosen)
    assert [count for _, count in page.context["foretold"]["splits"]] == splits
    assert page.context["foretold"]["small"] == [
        "Fewer than 30 test photos say little: figures measured on them have no intervals."
    ]
    assert not Release.objects.exists()
    assert set(project.images.values_list("split", flat=True)) == {""}


@cuts
def test_a_release_holds_what_was_foretold(project, owner, settings, tmp_path):
    settings.RELEASES_ROOT = tmp_path
    for _ in range(10):
        label_image(make_image(project), LEFT_HALF, "good", "good")
    form = {"name": "portraits", "version": "1.0.0", "licenses": ["CC0-1.0"], "foretell": "1"} | SHARES
    foretold = owner.post(f"/projects/{project.pk}/releases/new/", form).context["foretold"]
    cut(owner, project, **SHARES)
    tasks.build_releases()
    page = owner.get(f"/projects/{project.pk}/releases/{Release.objects.get().pk}/")
    assert page.context["counts"]["splits"] == foretold["splits"]


def test_a_withdrawn_photo_is_none_that_goes_into_a_release(project, owner):
    for source in (CC0, Source("CC-BY-4.0", attribution="Ann")):
        label_image(make_image(project, source=source), LEFT_HALF, "good", "good")
    project.images.filter(license="CC-BY-4.0").update(is_withdrawn=True)
    page = owner.get(f"/projects/{project.pk}/releases/new/")
    assert (page.context["agreed"], page.context["form"].initial["licenses"]) == (1, ["CC0-1.0"])
    assert sum(count for _, count in page.context["foretold"]["splits"]) == 1
