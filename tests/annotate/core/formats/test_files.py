import zipfile

import pytest

from annotate.core.formats import InvalidFile, open_files


@pytest.fixture
def folder(tmp_path):
    (tmp_path / "set" / "labels").mkdir(parents=True)
    (tmp_path / "set" / "labels" / "a.txt").write_bytes(b"1")
    (tmp_path / "set" / "b.JSON").write_bytes(b"2")
    (tmp_path / "set" / ".DS_Store").write_bytes(b"3")
    return tmp_path / "set"


def zipped(folder):
    path = folder.parent / "set.zip"
    with zipfile.ZipFile(path, "w") as archive:
        for name in ("labels/a.txt", "b.JSON", ".DS_Store", "__MACOSX/b.JSON"):
            archive.writestr(name, (folder / name).read_bytes() if (folder / name).exists() else b"")
        nameless = zipfile.ZipInfo()
        nameless.filename = ""
        archive.writestr(nameless, b"4")
    return path


@pytest.mark.parametrize("form", [lambda folder: folder, zipped])
def test_a_folder_and_its_zip_file_are_read_alike(folder, form):
    with open_files(form(folder)) as files:
        assert files.names == ("b.JSON", "labels/a.txt")
        assert files.ending(".json") == ["b.JSON"]
        assert files.read("labels/a.txt") == b"1"


def test_one_file_is_read_by_its_name(folder):
    with open_files(folder / "b.JSON") as files:
        assert (files.names, files.read("b.JSON")) == (("b.JSON",), b"2")


def test_what_is_not_there_is_refused(folder):
    with pytest.raises(InvalidFile), open_files(folder / "c.json"):
        pass
    with open_files(folder) as files, pytest.raises(InvalidFile) as refusal:
        files.read("c.json")
    assert refusal.value.where == "c.json"


def test_a_zip_file_that_grows_far_more_than_labels_do_is_refused(tmp_path):
    with zipfile.ZipFile(tmp_path / "set.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("labels.json", b" " * (1 << 22))
    with pytest.raises(InvalidFile) as refusal, open_files(tmp_path / "set.zip"):
        pass
    assert refusal.value.where == "set.zip"
