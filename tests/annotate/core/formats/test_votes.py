import codecs
from collections import Counter

import pytest

from annotate.core.formats import FORMATS, InvalidFile, InvalidLabels, Options, export, open_files
from annotate.core.release import read_release
from tests.annotate.core.formats.drawing import lay, rows_of
from tests.annotate.core.release.sample import write_sample


def votes_in(tmp_path, text, **options):
    content = text if isinstance(text, bytes) else text.encode()
    rows = rows_of(lay(tmp_path, **{"votes.csv": content}), "votes", **options)
    return [row if isinstance(row, InvalidLabels) else (row.file_name, row.author, *row.names) for row in rows]


@pytest.mark.parametrize("delimiter", [",", ";", "\t"])
def test_a_row_is_a_photo_an_author_and_a_vote(tmp_path, delimiter):
    text = "Photo,Annotator,Vote\na.jpg,anna,good\na.jpg,bert,bad\n".replace(",", delimiter)
    assert votes_in(tmp_path, text) == [("a.jpg", "anna", "good"), ("a.jpg", "bert", "bad")]


@pytest.mark.parametrize(
    "encode", [lambda text: codecs.BOM_UTF8 + text.encode(), lambda text: text.encode("utf-16"), str.encode]
)
def test_a_spreadsheet_writes_a_mark_first_or_two_bytes_a_letter(tmp_path, encode):
    assert votes_in(tmp_path, encode("file;vote\r\nstraße.jpg;good\r\n")) == [("straße.jpg", "", "good")]


def test_columns_of_other_names_are_chosen(tmp_path):
    text = "Bild,wer,Urteil\na.jpg,anna,gut\n"
    chosen = {"photo_column": "Bild", "author_column": "wer", "vote_column": "Urteil"}
    assert votes_in(tmp_path, text, **chosen) == [("a.jpg", "anna", "gut")]


@pytest.mark.parametrize("text", ["Bild,wer,Urteil\na.jpg,anna,gut\n", "", "\n", "photo\na\n"])
def test_a_table_whose_columns_nothing_tells_is_refused(tmp_path, text):
    with pytest.raises(InvalidFile) as refusal:
        votes_in(tmp_path, text)
    assert (refusal.value.code, refusal.value.where) == ("unknown_columns", "votes.csv")


def test_a_bad_row_is_told_by_its_line_and_the_others_are_read(tmp_path):
    text = 'photo,vote\na.jpg,good\nb.jpg\n\nc.jpg,\n"d.jpg,ok\n'
    first, *bad = votes_in(tmp_path, text)
    assert first == ("a.jpg", "", "good")
    assert [row.where for row in bad] == ["votes.csv: line 3", "votes.csv: line 5", "votes.csv: line 6"]


def test_a_quoted_cell_may_hold_lines(tmp_path):
    assert votes_in(tmp_path, 'photo,vote\n"a\nb.jpg",good\nc.jpg,x,\n')[0] == ("a\nb.jpg", "", "good")
    assert votes_in(tmp_path, 'photo,vote\n"a\nb.jpg",good\nc.jpg,x,\n')[1].where == "votes.csv: line 4"


def test_text_in_another_alphabet_of_bytes_is_refused(tmp_path):
    with pytest.raises(InvalidFile):
        votes_in(tmp_path, "photo,vote\nstraße.jpg,good\n".encode("latin-1"))


def test_a_vote_says_nothing_of_where_the_photo_is_blurred(tmp_path):
    (row,) = rows_of(lay(tmp_path, **{"v.csv": b"photo,vote\na.jpg,good\n"}), "votes")
    assert (row.says_where, row.shapes) == (False, ())


def test_a_cell_that_was_disarmed_is_armed_again(tmp_path):
    text = "photo,author,vote\n'=a.jpg,'@anna,good\n'b.jpg,'',ok\n"
    assert votes_in(tmp_path, text) == [("=a.jpg", "@anna", "good"), ("'b.jpg", "''", "ok")]


def test_our_own_table_of_votes_is_read(tmp_path):
    release = read_release(write_sample(tmp_path / "sample", 3))
    rows = rows_of(release.root, "votes")
    wanted = [(item.facts.key, vote.annotator, (vote.vote,)) for item in release.items() for vote in item.votes]
    assert Counter((row.file_name, row.author, row.names) for row in rows) == Counter(wanted)


def test_votes_that_went_out_come_in_as_the_same(tmp_path):
    release = read_release(write_sample(tmp_path / "sample", 12))
    folder = export(release, FORMATS["votes"], tmp_path / "out", Options())
    rows = rows_of(folder, "votes")
    names = {record.key: record.file_name.rpartition("/")[2] for record in release.records()}
    wanted = [(names[item.facts.key], vote.annotator, (vote.vote,)) for item in release.items() for vote in item.votes]
    assert Counter((row.file_name, row.author, row.names) for row in rows) == Counter(wanted)
    assert (folder / "images.csv").read_bytes() == (release.root / "images.csv").read_bytes()


def test_a_table_is_recognised_by_its_columns(tmp_path):
    lay(tmp_path, **{"a/votes.csv": b"photo,vote\n", "b/other.csv": b"x,y\n"})
    with open_files(tmp_path / "a") as good, open_files(tmp_path / "b") as other:
        assert [FORMATS["votes"].recognises(files) for files in (good, other)] == [True, False]
