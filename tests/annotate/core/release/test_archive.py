"""The zip file: the same bytes each time, back to the same folder, and nothing else gets out of one."""

import io
import stat
import struct
import subprocess
import zipfile
from collections.abc import Callable
from pathlib import Path

import pytest

from annotate.core.errors import Conflict, InvalidRelease
from annotate.core.release import pack_release, unpack_release, verify_release
from annotate.core.release.archive import MAX_FILES
from tests.annotate.core.release.sample import all_bytes, write_sample

NAME = "smartblur-sample-1.0.0"
Build = Callable[[zipfile.ZipFile], None]


@pytest.fixture(scope="module")
def packed(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = write_sample(tmp_path_factory.mktemp("packed") / NAME)
    archive = folder.parent / "packed.zip"
    archive.write_bytes(b"".join(pack_release(folder)))
    return archive


def test_unpacked_release_is_the_one_that_was_packed(packed: Path, tmp_path: Path) -> None:
    unpack_release(packed, tmp_path / "back")
    assert dict(all_bytes(tmp_path / "back")) == dict(all_bytes(packed.parent / NAME))
    assert verify_release(tmp_path / "back") == []
    assert [path.name for path in tmp_path.iterdir()] == ["back"]


def test_zip_is_the_same_each_time(packed: Path, tmp_path: Path) -> None:
    again = write_sample(tmp_path / NAME)
    assert b"".join(pack_release(again)) == packed.read_bytes()


def test_zip_comes_in_pieces(packed: Path) -> None:
    assert max(map(len, pack_release(packed.parent / NAME))) < 1 << 21


def test_other_unzip_programs_read_it(packed: Path, tmp_path: Path) -> None:
    subprocess.run(["python3", "-m", "zipfile", "-e", str(packed), str(tmp_path)], check=True)
    assert dict(all_bytes(tmp_path / NAME)) == dict(all_bytes(packed.parent / NAME))


def test_folder_that_is_there_is_left_alone(packed: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(Conflict):
        unpack_release(packed, tmp_path / "mine")
    assert list((tmp_path / "mine").iterdir()) == []


def add(name: str, content: bytes = b"x", *, mode: int = stat.S_IFREG | 0o644, kind: int = zipfile.ZIP_STORED) -> Build:
    def build(archive: zipfile.ZipFile) -> None:
        entry = zipfile.ZipInfo("placeholder")
        entry.filename = entry.orig_filename = name
        entry.external_attr = mode << 16
        entry.compress_type = kind
        archive.writestr(entry, content)

    return build


def several(*builds: Build) -> Build:
    def build(archive: zipfile.ZipFile) -> None:
        for one in builds:
            one(archive)

    return build


def made(build: Build, patch: Callable[[bytearray], None] = lambda content: None) -> bytes:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        build(archive)
    content = bytearray(file.getvalue())
    patch(content)
    return bytes(content)


def directory(content: bytearray) -> int:
    return content.rfind(b"PK\1\2")


def claim_size(size: int) -> Callable[[bytearray], None]:
    def patch(content: bytearray) -> None:
        struct.pack_into("<I", content, directory(content) + 24, size)

    return patch


def encrypt(content: bytearray) -> None:
    content[directory(content) + 8] |= 1


def overlap(content: bytearray) -> None:
    struct.pack_into("<I", content, directory(content) + 42, 0)


def corrupt(content: bytearray) -> None:
    content[31 + len("README.md")] ^= 1


def huge_directory(content: bytearray) -> None:
    struct.pack_into("<I", content, content.rfind(b"PK\5\6") + 12, 0xFFFFFFF0)


LINK = stat.S_IFLNK | 0o777
HOSTILE = {
    "empty file": b"",
    "no zip": b"not a zip" * 10,
    "empty zip": made(several()),
    "cut off": made(add("README.md"))[:-10],
    "cut in the middle": made(add("README.md", b"x" * 1000))[500:],
    "nameless": made(several(add("README.md"), add(""))),
    "parent": made(add("../evil")),
    "parent inside": made(add("r/../../evil")),
    "absolute": made(add("/etc/evil")),
    "windows": made(add("..\\evil")),
    "drive": made(add("C:evil")),
    "stream": made(add("README.md:evil")),
    "control": made(add("a\nb")),
    "dot": made(add("r/./a")),
    "empty part": made(add("r//a")),
    "long": made(add("a" * 301)),
    "link": made(several(add("r/README.md"), add("r/link", b"/etc/passwd", mode=LINK))),
    "device": made(add("r/device", mode=stat.S_IFCHR | 0o666)),
    "pipe": made(add("r/pipe", mode=stat.S_IFIFO | 0o666)),
    "twice": made(several(add("r/A.txt"), add("r/a.txt"))),
    "file and folder": made(several(add("r/a"), add("r/a/b"))),
    "folder and file": made(several(add("r/a/b"), add("r/a"))),
    "encrypted": made(add("README.md"), encrypt),
    "lzma": made(add("README.md", kind=zipfile.ZIP_LZMA)),
    "bzip2": made(add("README.md", kind=zipfile.ZIP_BZIP2)),
    "bomb": made(add("README.md", b"\0" * (1 << 24), kind=zipfile.ZIP_DEFLATED)),
    "bomb that claims to be small": made(
        add("README.md", b"\0" * (1 << 24), kind=zipfile.ZIP_DEFLATED), claim_size(10)
    ),
    "claims more than it has": made(add("README.md", b"x" * 50), claim_size(100)),
    "claims terabytes": made(add("README.md"), claim_size(0xFFFFFFFE)),
    "overlapping": made(several(add("r/a", b"x" * 100), add("r/b", b"x" * 100)), overlap),
    "wrong checksum": made(add("README.md"), corrupt),
    "huge directory": made(add("README.md"), huge_directory),
    "directory out of file": made(
        add("README.md"), lambda c: struct.pack_into("<I", c, c.rfind(b"PK\5\6") + 16, 1 << 30)
    ),
    "zip64 nonsense": made(add("README.md"), lambda c: struct.pack_into("<I", c, directory(c) + 20, 0xFFFFFFFF)),
    "utf-8 nonsense": made(add("r\u00e9"), lambda c: c.__setitem__(directory(c) + 47, 0xFF)),
}


@pytest.mark.parametrize("content", HOSTILE.values(), ids=HOSTILE.keys())
@pytest.mark.promise("S8")
def test_hostile_archive_is_refused_and_leaves_nothing(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "inside").mkdir()
    archive = tmp_path / "inside/upload.zip"
    archive.write_bytes(content)
    with pytest.raises(InvalidRelease) as refusal:
        unpack_release(archive, tmp_path / "inside/release", max_bytes=1 << 20)
    assert refusal.value.where
    assert [path.relative_to(tmp_path).as_posix() for path in tmp_path.rglob("*")] == ["inside", "inside/upload.zip"]


def test_an_archive_that_grows_far_more_than_labels_do_is_refused_before_anything_is_written(tmp_path: Path) -> None:
    (tmp_path / "a.zip").write_bytes(made(add("README.md", b"\0" * (1 << 22), kind=zipfile.ZIP_DEFLATED)))
    with pytest.raises(InvalidRelease, match="would take more than 1,048,576 bytes"):
        unpack_release(tmp_path / "a.zip", tmp_path / "a")
    assert [path.name for path in tmp_path.iterdir()] == ["a.zip"]


@pytest.mark.promise("S8")
def test_too_many_files_are_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("annotate.core.release.archive.MAX_FILES", 2)
    (tmp_path / "a.zip").write_bytes(made(several(add("a"), add("b"), add("c"))))
    with pytest.raises(InvalidRelease):
        unpack_release(tmp_path / "a.zip", tmp_path / "a")
    assert MAX_FILES > 2 * 200_000


def test_deflated_archive_of_somebody_elses_program_is_welcome(packed: Path, tmp_path: Path) -> None:
    folder = packed.parent / NAME
    with zipfile.ZipFile(tmp_path / "a.zip", "w", zipfile.ZIP_DEFLATED) as archive:
        archive.mkdir("top")
        for path in folder.rglob("*"):
            archive.write(path, f"top/{path.relative_to(folder)}")
    unpack_release(tmp_path / "a.zip", tmp_path / "a")
    assert verify_release(tmp_path / "a") == []
