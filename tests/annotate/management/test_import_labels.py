"""`manage.py import_labels`: what it prints, what it brings in, how it ends."""

import json

import pytest
from django.core.files.storage import default_storage
from django.core.management import call_command

from annotate.models import Annotation, LabelImport, Vote
from tests.factories import make_image, make_member, make_project
from tests.label_files import use_lines

pytestmark = pytest.mark.django_db(transaction=True)


@pytest.fixture(autouse=True)
def _lines(monkeypatch):
    use_lines(monkeypatch)


@pytest.fixture
def project():
    project = make_project(name="Dogs", votes_wanted=1)
    make_image(project, file_name="a.jpg")
    return project


@pytest.fixture
def file(tmp_path):
    path = tmp_path / "some.lines"
    row = {"photo": "a.jpg", "author": "anna", "boxes": [["soft", 0, 0, 24, 32, 825]], "words": ["fine"]}
    path.write_text(json.dumps(row))
    return path


def ended(capsys, *words: object) -> tuple[int, list[str], list[dict]]:
    """Exit code, lines printed, and problems."""
    try:
        call_command("import_labels", *map(str, words), "--project", "Dogs")
        code = 0
    except SystemExit as end:
        code = end.code
    said = capsys.readouterr()
    return code, said.out.splitlines(), [json.loads(line) for line in said.err.splitlines()]


def test_a_dry_run_tells_and_leaves_nothing(project, file, capsys):
    code, lines, problems = ended(capsys, file, "--dry-run")
    assert (code, problems) == (0, [])
    assert lines == [
        "lines: rows 1, photos 1, new_photos 0, missing 0, ambiguous 0, withdrawn 0, broken 0.",
        "Names of shapes: soft 1",
        "Names of photos: fine 1",
        "Authors: 'anna'",
        "Areas: 1 of 1 differ, +7.4 % in all, as cv2 and its like paint; "
        "825 px stated, 768 px counted at some.lines: line 1.",
    ]
    assert (LabelImport.objects.count(), Annotation.objects.count()) == (0, 0)
    assert default_storage.listdir(f"labels/{project.pk}") == ([], [])


def test_what_is_mapped_comes_in(project, file, capsys):
    member = make_member(project)
    mapping = ["--map", "soft=High", "--vote", "fine=good", "--author", f"anna={member.username}", "--rest", "0"]
    code, lines, problems = ended(capsys, file, *mapping)
    assert (code, problems) == (0, [])
    assert lines[-1].startswith("Brought in: maps 1, votes 1, photos 1, new_photos 0, kept 0, claimed 0,")
    annotation = Annotation.objects.get()
    assert (annotation.author, annotation.document["base"]) == (member, 0)
    assert annotation.document["regions"][0]["level"] == 3
    assert Vote.objects.get().desirability == "good"


def test_a_folder_comes_in_and_rows_that_do_not_are_told_with_exit_code_1(project, file, capsys):
    file.write_text(file.read_text() + "\n{broken")
    code, _, problems = ended(capsys, file.parent, "--format", "lines", "--map", "soft=1", "--vote-of-maps", "bad")
    assert (code, len(problems), problems[0]["where"]) == (1, 1, "some.lines: line 2")
    assert Annotation.objects.count() == 1


def test_a_table_of_votes_comes_in_by_the_names_of_its_columns(project, tmp_path, capsys):
    table = tmp_path / "votes.csv"
    table.write_text("picture,who,said\na.jpg,anna,nice\na.jpg,tom,bad\n")
    columns = ["--photo-column", "picture", "--author-column", "who", "--vote-column", "said"]
    code, _, _ = ended(capsys, table, "--format", "votes", *columns, "--vote", "nice=good")
    assert code == 0
    votes = Vote.objects.values_list("author__username", "desirability", "stands_alone")
    assert set(votes) == {
        ("anna (import)", "good", True),
        ("tom (import)", "bad", True),
    }


@pytest.mark.parametrize(
    ("words", "code"),
    [
        (["--map", "sharp=1"], "unknown_name"),
        (["--map", "soft"], "bad_arguments"),
        (["--map", "soft=9"], "unknown_level"),
        (["--vote", "fine=great"], "bad_mapping"),
        (["--format", "nothing"], "unknown_format"),
        (["--by", "nobody"], "unknown_user"),
    ],
)
def test_what_makes_no_sense_is_refused_with_exit_code_2(project, file, capsys, words, code):
    end, _, problems = ended(capsys, file, *words)
    assert (end, problems[-1]["code"]) == (2, code)
    assert Annotation.objects.count() == 0


def test_a_file_that_is_not_there_is_refused(project, tmp_path, capsys):
    end, _, problems = ended(capsys, tmp_path / "none.json")
    assert (end, problems[-1]["code"]) == (2, "no_such_file")
