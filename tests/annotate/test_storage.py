import os
import time
from pathlib import Path

import pytest
from django.core.files.base import ContentFile

from annotate.storage import ContentStorage


@pytest.fixture
def storage(tmp_path):
    return ContentStorage(location=tmp_path / "media")


def read(storage, name):
    with storage.open(name) as file:
        return file.read()


def test_a_file_is_there_under_its_name_and_no_half_is_left(storage):
    assert storage.save("images/1/ab/abc.jpg", ContentFile(b"photo")) == "images/1/ab/abc.jpg"
    assert read(storage, "images/1/ab/abc.jpg") == b"photo"
    assert storage.listdir("incoming") == ([], [])


def test_the_same_name_is_the_same_file(storage):
    storage.save("a/b.jpg", ContentFile(b"photo"))
    assert storage.save("a/b.jpg", ContentFile(b"photo")) == "a/b.jpg"
    assert storage.listdir("a") == ([], ["b.jpg"])


def test_what_breaks_off_leaves_nothing(storage):
    class Broken(ContentFile):
        def chunks(self, chunk_size=None):
            yield b"half"
            raise OSError(28, "No space left on device")

    with pytest.raises(OSError, match="No space"):
        storage.save("a/b.jpg", Broken(b""))
    assert not storage.exists("a/b.jpg")
    assert storage.listdir("incoming") == ([], [])


def test_the_sweep_takes_old_halves_and_leaves_those_being_written(storage):
    storage.save("a/b.jpg", ContentFile(b"photo"))
    old, new = (Path(storage.location, "incoming", name) for name in ("old", "new"))
    for path in (old, new):
        path.write_bytes(b"half")
    two_hours_ago = time.time() - 7200
    os.utime(old, (two_hours_ago, two_hours_ago))
    assert storage.sweep_incoming() == 1
    assert storage.listdir("incoming") == ([], ["new"])
    assert storage.exists("a/b.jpg")
