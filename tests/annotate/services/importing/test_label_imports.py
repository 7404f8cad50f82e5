"""Labels of other tools: read first, brought in as the curator says, never over anybody's work, and taken back."""

import uuid
from datetime import timedelta

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from annotate.core.errors import Archived, Conflict, SmartBlurError
from annotate.core.formats import InvalidLabels
from annotate.models import Annotation, Assignment, AuditEntry, Consensus, Image, LabelImport, Vote
from annotate.services import leases
from annotate.services.agreement import consensus
from annotate.services.importing import label_entries, label_imports
from annotate.services.importing.label_photos import Photos
from annotate.services.importing.label_problems import told
from annotate.services.labelling.annotations import save_draft
from annotate.services.labelling.votes import cast_vote
from annotate.services.queueing import queue
from annotate.services.teams.archive import archive_project
from tests.factories import make_image, make_member, make_project, owner_of
from tests.label_files import apply, run, start, undo, use_lines
from tests.labels import LEFT_HALF, label, label_image

pytestmark = pytest.mark.django_db(transaction=True)

LEFT = ["soft", 0, 0, 24, 32]
RIGHT = ["softer", 24, 0, 48, 32]
MAPPING = {"levels": {"soft": 1, "softer": 2}, "votes": {"fine": "good"}, "rest": 0}


@pytest.fixture(autouse=True)
def _lines(monkeypatch):
    use_lines(monkeypatch)


@pytest.fixture
def project():
    return make_project(votes_wanted=1)


def counts(work: LabelImport) -> dict:
    return {name: count for name, count in work.result["counts"].items() if count}


def test_the_dry_run_says_what_is_in_the_file_and_changes_nothing(project):
    make_image(project, file_name="a.jpg")
    make_image(project, file_name="b.jpg")
    make_image(project, file_name="b.jpg")
    work = start(
        project,
        {"photo": "train/a.jpg", "author": "anna", "boxes": [LEFT, RIGHT], "words": ["fine"]},
        {"photo": "b.jpg", "boxes": [LEFT]},
        {"photo": "c.jpg", "boxes": [LEFT]},
        "{broken",
    )
    report = work.report
    assert (work.stage, work.format, report["rows"]) == ("checked", "lines", 4)
    assert [report[name] for name in ("photos", "missing", "ambiguous", "broken")] == [1, 1, 1, 1]
    assert report["shape_names"] == [{"name": "soft", "count": 1}, {"name": "softer", "count": 1}]
    assert report["photo_names"] == [{"name": "fine", "count": 1}]
    assert report["authors"] == [{"name": "anna", "maps": 1, "votes": 1, "rows": 1}]
    assert [sample["file_name"] for sample in report["samples"]] == ["train/a.jpg"]
    assert [tuple(problem.values()) for problem in told(report["problems"])] == [
        ("photo_ambiguous", "some.lines: line 2", "2 photos here are called b.jpg: nothing tells which one is meant."),
        ("photo_missing", "some.lines: line 3", "No photo here is called c.jpg."),
        ("invalid_labels", "some.lines: line 4", "This line is no JSON."),
    ]
    assert (Annotation.objects.count(), Vote.objects.count()) == (0, 0)


def test_photos_of_one_name_are_told_apart_by_their_folders_whatever_a_format_puts_before_them(project):
    images = [make_image(project, file_name=name) for name in ("b.jpg", "day 1/b.jpg", "day 2/b.png", "day 1/c.png")]
    photos = Photos(project)
    names = ("b.jpg", "obj_train_data/day 1/b.jpg", "images/train/day 2/b", "JPEGImages/day 1/c.jpg")
    assert [photos.find(name, "").pk for name in names] == [image.pk for image in images]
    with pytest.raises(InvalidLabels, match="2 photos here are called b"):
        photos.find("day 3/b.jpg", "")


def test_photos_are_found_under_the_names_that_label_studios_upload_gives_them(project):
    uploaded, other = (make_image(project, file_name=name) for name in ("day 1/b.jpg", "0123abcd-b.jpg"))
    photos = Photos(project)
    names = ("../../data/upload/1/89abcdef-b.jpg", "images/89abcdef-b", "images/0123abcd-b.jpg")
    assert [photos.find(name, "").pk for name in names] == [uploaded.pk, uploaded.pk, other.pk]


def test_the_dry_run_names_labels_of_a_photo_of_another_shape(project):
    make_image(project, file_name="a.jpg")
    report = start(project, {"photo": "a.jpg", "boxes": [LEFT], "size": [32, 48]}).report
    assert (report["photos"], report["broken"], report["samples"]) == (0, 1, [])
    assert [(problem["code"], problem["detail"]) for problem in told(report["problems"])] == [
        ("other_size", "These labels are of a photo of 32 x 48; the one here has another shape.")
    ]


def test_the_dry_run_counts_no_withdrawn_photos_as_the_projects(project):
    for name, is_withdrawn in (("a.jpg", False), ("b.jpg", True)):
        image = make_image(project, file_name=name)
        Image.objects.filter(pk=image.pk).update(is_withdrawn=is_withdrawn)
    assert start(project, {"photo": "a.jpg", "boxes": [LEFT]}).report["photos_here"] == 1


@pytest.mark.parametrize("name", ["a.jpg", "train/a.jpg", "a.png", "train\\a.jpg"])
def test_a_photo_is_found_by_path_then_name_then_stem(project, name):
    make_image(project, file_name="a.jpg")
    assert start(project, {"photo": name, "boxes": [LEFT]}).report["photos"] == 1


@pytest.mark.parametrize(("name", "count"), [("images/a.b", 1), ("a", 0)])
def test_a_name_without_an_ending_is_a_stem_whatever_its_dots(project, name, count):
    make_image(project, file_name="a.b.jpg")
    assert start(project, {"photo": name, "boxes": [LEFT]}).report["photos"] == count


def test_a_photo_is_found_by_its_key_of_a_release(project):
    image = make_image(project, file_name="holiday.jpg")
    assert start(project, {"photo": f"images/{image.sha256[:24]}.jpg", "boxes": [LEFT]}).report["photos"] == 1


def test_the_words_of_the_project_are_proposed_and_others_are_not(project):
    make_image(project, file_name="a.jpg")
    row = {"photo": "a.jpg", "boxes": [["medium", 0, 0, 9, 9], ["kind=motion", 0, 0, 9, 9], ["blurry", 0, 0, 9, 9]]}
    work = start(project, row | {"words": ["Good", "nice"]})
    assert work.report["proposed"] == {
        "levels": {"medium": 2},
        "kinds": {"kind=motion": "motion"},
        "votes": {"Good": "good"},
        "unlabelled": [],
    }


def test_stated_areas_that_cv2_painted_are_recognised(project):
    make_image(project, file_name="a.jpg")
    areas = start(project, {"photo": "a.jpg", "boxes": [["soft", 2, 2, 6, 6, 25]]}).report["areas"]
    assert areas["like_cv2"] is True
    assert (areas["example"]["stated"], areas["example"]["counted"]) == (25, 16)
    exact = start(project, {"photo": "a.jpg", "boxes": [["soft", 2, 2, 6, 6, 16]]}).report["areas"]
    assert (exact["differing"], exact["like_cv2"]) == (0, False)


def test_maps_and_votes_come_in_as_submitted_work_and_are_merged(project):
    image = make_image(project, file_name="a.jpg")
    work = apply(start(project, {"photo": "a.jpg", "author": "anna", "boxes": [LEFT], "words": ["fine"]}), **MAPPING)
    annotation, vote = Annotation.objects.get(), Vote.objects.get()
    assert (work.stage, counts(work)) == ("done", {"maps": 1, "votes": 1, "photos": 1})
    assert (annotation.layer, annotation.state, annotation.label_import) == ("person", "submitted", work)
    assert annotation.document["base"] == 0
    assert annotation.author == vote.author
    assert (annotation.author.username, annotation.author.is_active) == ("anna (import)", False)
    consensus_row = Consensus.objects.get(image=image)
    assert (consensus_row.state, consensus_row.desirability) == ("agreed", "good")
    assert consensus_row.level_px == [24 * 32, 24 * 32, 0, 0]
    image.refresh_from_db()
    assert (image.state, image.open_slots) == ("agreed", 0)
    assert AuditEntry.objects.filter(action="annotation.imported").count() == 1


def test_a_map_takes_one_of_the_places_that_a_photo_has(project):
    project = make_project(votes_wanted=2)
    image = make_image(project, file_name="a.jpg")
    apply(start(project, {"photo": "a.jpg", "boxes": [LEFT], "words": ["fine"]}), **MAPPING)
    image.refresh_from_db()
    assert (image.state, image.open_slots) == ("labelled", 1)


def test_a_map_without_a_word_waits_for_one_and_is_agreed_when_somebody_votes(project):
    image = make_image(project, file_name="a.jpg")
    apply(start(project, {"photo": "a.jpg", "boxes": [LEFT]}), **MAPPING)
    assert Consensus.objects.get(image=image).state == "open"
    cast_vote(image, by=make_member(project), desirability="ok", elapsed_ms=1, alone=True)
    assert (Consensus.objects.get(image=image).state, Consensus.objects.get(image=image).desirability) == (
        "agreed",
        "ok",
    )


def test_maps_without_a_word_get_the_one_that_is_chosen_for_them_and_none_where_all_is_sharp(project):
    blurred, sharp = make_image(project, file_name="a.jpg"), make_image(project, file_name="b.jpg")
    work = start(project, {"photo": "a.jpg", "boxes": [LEFT]}, {"photo": "b.jpg", "boxes": []})
    apply(work, **MAPPING, vote_of_maps="bad")
    assert dict(Vote.objects.values_list("image", "desirability")) == {blurred.pk: "bad", sharp.pk: "none"}


def test_a_vote_alone_stands_alone(project):
    make_image(project, file_name="a.jpg")
    work = apply(start(project, {"photo": "a.jpg", "words": ["fine"]}), **MAPPING)
    assert (counts(work), Vote.objects.get().stands_alone) == ({"votes": 1, "photos": 1}, True)


def test_what_is_not_mapped_is_counted_and_not_guessed(project):
    make_image(project, file_name="a.jpg")
    work = apply(start(project, {"photo": "a.jpg", "boxes": [LEFT], "words": ["fine"]}), levels={})
    assert (counts(work), work.result["unmapped"]) == ({"nothing": 1}, {"soft": 1, "fine": 1})


def test_a_row_that_contradicts_itself_is_left_out_and_the_next_comes_in(project):
    make_image(project, file_name="a.jpg")
    make_image(project, file_name="b.jpg")
    rows = [{"photo": name, "boxes": [LEFT], "words": ["word"]} for name in ("a.jpg", "b.jpg")]
    rows[1]["words"] = []
    work = apply(start(project, *rows), levels={"soft": 1}, votes={"word": "none"})
    assert counts(work) == {"maps": 1, "photos": 1}
    assert work.result["problems"]["counts"] == {"invalid_vote": 1}


def test_two_maps_of_a_photo_by_nobody_named_are_two_peoples(project):
    make_image(project, file_name="a.jpg")
    apply(start(project, {"photo": "a.jpg", "boxes": [LEFT]}, {"photo": "a.jpg", "boxes": [RIGHT]}), **MAPPING)
    names = Annotation.objects.order_by("pk").values_list("author__username", flat=True)
    assert list(names) == ["lines (import)", "lines (2) (import)"]


def test_the_same_name_in_another_project_is_somebody_else(project):
    for each in (project, make_project()):
        make_image(each, file_name="a.jpg")
        apply(start(each, {"photo": "a.jpg", "boxes": [LEFT]}), **MAPPING)
    names = Annotation.objects.order_by("pk").values_list("author__username", flat=True)
    assert list(names) == ["lines (import)", "lines (import 2)"]


def test_problems_are_told_by_file_and_line():
    kept = [{"code": "x", "where": where, "sentence": "No."} for where in ("b.csv: line 10", "a.csv", "b.csv: line 9")]
    assert [each["where"] for each in told({"kept": kept})] == ["a.csv", "b.csv: line 9", "b.csv: line 10"]


def test_an_author_may_be_a_member(project):
    make_image(project, file_name="a.jpg")
    member = make_member(project)
    work = start(project, {"photo": "a.jpg", "author": "anna", "boxes": [LEFT]})
    apply(work, **MAPPING, authors={"anna": member.username})
    assert Annotation.objects.get().author == member


def test_a_persons_work_is_kept(project):
    image = make_image(project, file_name="a.jpg")
    (person,) = label_image(image, LEFT_HALF, "bad")
    work = start(project, {"photo": "a.jpg", "author": "anna", "boxes": [RIGHT], "words": ["fine"]})
    work = apply(work, **MAPPING, authors={"anna": person.username})
    assert counts(work) == {"kept": 1}
    assert Annotation.objects.get().document == LEFT_HALF
    assert Vote.objects.get().desirability == "bad"


def test_a_photo_that_somebody_is_at_is_left_alone_and_comes_in_when_repeated(project):
    make_image(project, file_name="a.jpg")
    draft = queue.claim_next_image(project, by=make_member(project))
    work = apply(start(project, {"photo": "a.jpg", "boxes": [LEFT]}), **MAPPING)
    assert counts(work) == {"claimed": 1}
    label(draft, LEFT_HALF, "bad")
    assert counts(apply(work)) == {"maps": 1, "photos": 1}


def test_the_same_file_again_brings_nothing_twice(project):
    make_image(project, file_name="a.jpg")
    rows = [{"photo": "a.jpg", "boxes": [LEFT], "words": ["fine"]}]
    first = apply(start(project, *rows), **MAPPING)
    assert counts(apply(first)) == {"here_already": 1, "photos": 1}
    assert counts(apply(start(project, *rows), **MAPPING)) == {"kept": 1}
    assert Annotation.objects.count() == 1


def test_withdrawn_photos_get_nothing(project):
    image = make_image(project, file_name="a.jpg")
    Image.objects.filter(pk=image.pk).update(is_withdrawn=True)
    assert counts(apply(start(project, {"photo": "a.jpg", "boxes": [LEFT]}), **MAPPING)) == {"withdrawn": 1}


def test_what_a_killed_worker_left_is_gone_on_with(project, monkeypatch):
    for number in range(4):
        make_image(project, file_name=f"{number}.jpg")
    work = start(project, *({"photo": f"{number}.jpg", "boxes": [LEFT]} for number in range(4)))
    monkeypatch.setattr(label_entries, "BATCH_PHOTOS", 2)
    label_imports.apply(work, by=work.started_by, mapping=MAPPING)
    seen = []

    def die_in_the_second_batch(image):
        seen.append(image)
        if len(seen) == 3:
            raise SystemExit("killed")
        update(image)

    update = consensus.merge_submitted
    monkeypatch.setattr(consensus, "merge_submitted", die_in_the_second_batch)
    with pytest.raises(SystemExit):
        run(work)
    monkeypatch.setattr(consensus, "merge_submitted", update)
    work.refresh_from_db()
    assert (work.state, work.position, Annotation.objects.count()) == ("running", 2, 2)
    LabelImport.objects.update(lease_until=timezone.now() - timedelta(seconds=1))
    work = run(work)
    assert (work.stage, work.attempt, counts(work)) == ("done", 3, {"maps": 4, "photos": 4})


def test_taken_back_it_is_as_if_it_had_never_been(project):
    drawn, voted = make_image(project, file_name="a.jpg"), make_image(project, file_name="b.jpg")
    label_image(drawn, LEFT_HALF, "bad")
    before = list(Image.objects.values("state", "open_slots", "consensus__level_px", "consensus__desirability"))
    rows = [{"photo": "a.jpg", "boxes": [RIGHT], "words": ["fine"]}, {"photo": voted.file_name, "words": ["fine"]}]
    work = undo(apply(start(project, *rows), **MAPPING))
    assert (work.stage, work.undone["counts"]) == ("undone", {"maps": 1, "votes": 2})
    assert (Annotation.objects.count(), Vote.objects.count(), Assignment.objects.count()) == (1, 1, 1)
    after = Image.objects.values("state", "open_slots", "consensus__level_px", "consensus__desirability")
    assert list(after) == before
    assert counts(apply(work, **MAPPING)) == {"maps": 1, "votes": 2, "photos": 2}


def test_what_somebody_built_on_stays_and_is_named(project):
    image = make_image(project, file_name="a.jpg")
    make_image(project, file_name="b.jpg")
    member = make_member(project)
    work = start(project, *({"photo": name, "author": "anna", "boxes": [LEFT]} for name in ("a.jpg", "b.jpg")))
    apply(work, **MAPPING, authors={"anna": member.username})
    annotation = Annotation.objects.get(image=image)
    saving = {"save_id": uuid.uuid4(), "base_revision": 1, "document": LEFT_HALF, "active_ms": 1}
    save_draft(annotation.pk, by=member, **saving)
    work = undo(work)
    assert list(Annotation.objects.values_list("image", flat=True)) == [image.pk]
    assert told(work.undone["stays"]) == [
        {
            "code": "map_stays",
            "where": "a.jpg",
            "detail": f"The map of {member.username} was changed, sent back or copied since, so it stays.",
        }
    ]


def test_each_photo_costs_the_same_few_queries(project):
    def queries(count: int) -> int:
        mine = make_project(votes_wanted=1)
        rows = []
        for number in range(count):
            make_image(mine, file_name=f"{number}.jpg")
            rows.append({"photo": f"{number}.jpg", "boxes": [LEFT], "words": ["fine"]})
        work = start(mine, *rows)
        label_imports.apply(work, by=work.started_by, mapping=MAPPING)
        with CaptureQueriesContext(connection) as seen:
            run(work)
        return len(seen)

    few, many = queries(2), queries(12)
    assert (many - few) / 10 <= 11


def test_the_names_of_all_photos_are_read_at_once(project, django_assert_num_queries):
    for number in range(5):
        make_image(project, file_name=f"{number}.jpg")
    with django_assert_num_queries(1):
        assert Photos(project).find("3.jpg", "").size == (48, 32)


@pytest.mark.parametrize(
    ("mapping", "where"),
    [
        ({"levels": {"soft": 4}}, "mapping.levels.soft"),
        ({"levels": {"soft": True}}, "mapping.levels.soft"),
        ({"kinds": {"soft": "fog"}}, "mapping.kinds.soft"),
        ({"votes": {"fine": "great"}}, "mapping.votes.fine"),
        ({"authors": {"": "stranger"}}, "mapping.authors."),
        ({"rest": 9}, "mapping.rest"),
        ({"vote_of_maps": "none"}, "mapping.vote_of_maps"),
        ({"colour": 1}, "mapping"),
    ],
)
def test_a_mapping_to_what_is_not_there_is_refused(project, mapping, where):
    work = start(project, {"photo": "a.jpg", "boxes": [LEFT]})
    with pytest.raises(SmartBlurError) as refusal:
        label_imports.apply(work, by=work.started_by, mapping=mapping)
    assert (refusal.value.code, refusal.value.where) == ("bad_mapping", where)


def test_a_file_that_looks_like_nothing_fails_until_its_format_is_chosen(project):
    make_image(project, file_name="a.jpg")
    row = b'{"photo": "a.jpg", "boxes": []}'
    work = run(label_imports.start_import(project, ContentFile(row), by=owner_of(project), file_name="x.txt"))
    assert (work.stage, work.error.partition(".")[0]) == ("failed", "This file looks like no format that comes in")
    label_imports.read_again(work, format="lines", options={}, by=work.started_by)
    assert (run(work).stage, work.report["photos"]) == ("checked", 1)


def test_an_archived_project_takes_nothing_in(project):
    work = start(project, {"photo": "a.jpg", "boxes": [LEFT]})
    archive_project(project, by=owner_of(project))
    for act in (label_imports.apply, label_imports.undo):
        with pytest.raises(Archived):
            act(work, by=work.started_by)
    with pytest.raises(Archived):
        start(project, {"photo": "a.jpg", "boxes": [LEFT]})


def test_what_waits_can_be_stopped_and_begun_again(project):
    make_image(project, file_name="a.jpg")
    work = start(project, {"photo": "a.jpg", "boxes": [LEFT]})
    label_imports.apply(work, by=work.started_by, mapping=MAPPING)
    label_imports.cancel(work, by=work.started_by)
    work = run(work)
    assert (work.stage, Annotation.objects.count()) == ("cancelled", 0)
    assert counts(apply(work)) == {"maps": 1, "photos": 1}


def test_at_one_import_there_is_one_step_at_a_time(project):
    work = start(project, {"photo": "a.jpg", "boxes": [LEFT]})
    label_imports.apply(work, by=work.started_by, mapping=MAPPING)
    for act in (label_imports.apply, label_imports.undo, label_imports.discard):
        with pytest.raises(Conflict) as refusal:
            act(work, by=work.started_by)
        assert refusal.value.code == "import_busy"


def test_a_file_of_which_nothing_came_in_can_be_forgotten(project):
    work = start(project, {"photo": "a.jpg", "boxes": [LEFT]})
    name = work.file.name
    label_imports.discard(work, by=work.started_by)
    assert (LabelImport.objects.count(), default_storage.exists(name)) == (0, False)


def test_it_can_be_read_again_with_other_options_before_anything_came_in(project):
    work = start(project, {"photo": "a.jpg", "boxes": [LEFT]})
    label_imports.read_again(work, format="lines", options={"threshold": 100}, by=work.started_by)
    assert run(work).options == {"threshold": 100}
    apply(work, **MAPPING)
    with pytest.raises(Conflict) as refusal:
        label_imports.read_again(work, format="lines", options={}, by=work.started_by)
    assert refusal.value.code == "import_begun"


def test_a_file_that_cannot_be_read_fails_with_its_reason(project):
    work = start(project, {"photo": "a.jpg"})
    default_storage.delete(work.file.name)
    label_imports.read_again(work, format="lines", options={}, by=work.started_by)
    work = run(work)
    assert work.stage == "failed"
    assert leases.sweep(LabelImport.objects) is False
