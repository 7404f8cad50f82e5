"""Photos are looked into by processes of their own: what breaks one of them is a refusal, and the next photo passes."""

import dataclasses
import io
import os
import subprocess
import sys
import time
from pathlib import Path

import numpy as np
import PIL.Image
import psutil
import pytest

from annotate.core.errors import Busy, InvalidImage
from annotate.core.imagefile import probe
from annotate.services.photos import decoding
from annotate.services.photos.decoding import Gate, gate
from tests.annotate.core.test_imagefile import VARIANTS, encode, exif_block, scene, with_secrets
from tests.factories import photo_bytes

LITTLE = 320 * 2**20  # Python and its libraries, and a photo of a few megapixels


@pytest.fixture
def own_gate():
    """A gate of one process that no other test has."""
    own = Gate(1)
    yield own
    own.close()


def large_png() -> io.BytesIO:
    """52 megapixels of one colour in some kB."""
    file = io.BytesIO()
    PIL.Image.new("RGB", (8000, 6500), "teal").save(file, "PNG", compress_level=1)
    return file


def is_running(pid: str) -> bool:
    try:
        return psutil.Process(int(pid)).status() != psutil.STATUS_ZOMBIE
    except psutil.NoSuchProcess:
        return False


def admitted_size(one: Gate) -> tuple[int, int]:
    photo = one.admit(io.BytesIO(photo_bytes(30, 20))).photo
    return photo.width, photo.height


def code_of(one: Gate, file: io.BytesIO) -> str:
    with pytest.raises(InvalidImage) as refusal:
        one.admit(file)
    return refusal.value.code


DEEP = PIL.Image.fromarray(np.arange(96 * 64, dtype=np.uint16).reshape(64, 96) * 10)
KINDS = {
    **{f"{form} {options}": with_secrets(form, orientation=6, **options) for form, options in VARIANTS},
    **{form: encode(scene(), form, exif=exif_block()) for form in ("HEIF", "AVIF")},
    "CMYK": encode(scene(mode="CMYK"), "JPEG"),
    "palette": encode(scene(mode="P"), "PNG"),
    "transparent": encode(scene(mode="RGBA"), "WEBP"),
    "16 bits": encode(DEEP, "PNG"),
}


@pytest.mark.parametrize("data", KINDS.values(), ids=KINDS.keys())
@pytest.mark.promise("S1")
def test_a_child_says_of_a_photo_what_the_gate_says(data):
    said, known = gate.admit(io.BytesIO(data)), probe(data)
    with said.content as content:
        assert (said.photo, content.read(), said.byte_count) == (
            dataclasses.replace(known, content=b""),
            known.content,
            len(known.content),
        )


def test_a_refusal_is_what_the_gate_says_in_the_readers_language():
    with pytest.raises(InvalidImage) as here:
        probe(b"\xff\xd8\xff\xe0")
    with pytest.raises(InvalidImage) as there:
        gate.admit(io.BytesIO(b"\xff\xd8\xff\xe0"))
    assert (there.value.sentence, there.value.values, there.value.code) == (
        here.value.sentence,
        here.value.values,
        here.value.code,
    )
    assert type(there.value.values["what"]) is type(here.value.values["what"])


@pytest.mark.promise("S2")
def test_a_photo_that_wants_too_much_memory_is_refused_and_the_next_one_passes():
    small = Gate(1, memory_bytes=LITTLE)
    try:
        assert admitted_size(small) == (30, 20)
        child = small.decoders[0].child
        assert code_of(small, large_png()) == "image_too_hungry"
        assert (admitted_size(small), small.decoders[0].child is child) == ((30, 20), True)
    finally:
        small.close()


@pytest.mark.promise("S1")
def test_a_photo_that_takes_too_long_is_stopped_and_the_next_one_passes(own_gate, monkeypatch):
    assert admitted_size(own_gate) == (30, 20)
    first = own_gate.decoders[0].child
    monkeypatch.setattr(decoding, "TIME_LIMIT_S", 0.05)
    assert (code_of(own_gate, large_png()), first.returncode) == ("image_undecodable", -9)
    monkeypatch.undo()
    assert admitted_size(own_gate) == (30, 20)


def test_a_child_that_dies_is_a_refusal_and_the_next_photo_gets_a_new_one(own_gate):
    assert admitted_size(own_gate) == (30, 20)
    os.kill(own_gate.decoders[0].child.pid, 9)
    assert code_of(own_gate, io.BytesIO(photo_bytes())) == "image_undecodable"
    assert admitted_size(own_gate) == (30, 20)


def test_a_child_is_replaced_after_a_number_of_photos(own_gate, monkeypatch):
    monkeypatch.setattr(decoding, "PHOTOS_A_CHILD", 2)
    children = set()
    for _ in range(5):
        own_gate.admit(io.BytesIO(photo_bytes()))
        children.add(own_gate.decoders[0].child.pid)
    assert len(children) == 3


def test_the_child_knows_no_secret_and_may_open_nothing(own_gate):
    own_gate.admit(io.BytesIO(photo_bytes()))
    process = Path("/proc", str(own_gate.decoders[0].child.pid))
    environment = (process / "environ").read_text().split("\0")
    limits = [line.split("  ") for line in (process / "limits").read_text().splitlines()]
    said = {words[0]: [word.strip() for word in words if word.strip()][1:3] for words in limits}
    assert sorted(pair.split("=")[0] for pair in environment if pair) == [
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
        "PATH",
    ]
    assert sorted(int(link.name) for link in (process / "fd").iterdir()) == [0, 1, 2]
    assert said["Max open files"] == ["3", "3"]
    assert said["Max file size"] == said["Max core file size"] == ["0", "0"]
    assert said["Max address space"] == [str(2 * 2**30)] * 2
    assert 30 <= int(said["Max cpu time"][0]) <= 33


def test_children_are_started_as_they_are_needed():
    several = Gate(3)
    try:
        for _ in range(4):
            several.admit(io.BytesIO(photo_bytes()))
        assert sum(decoder.child is not None for decoder in several.decoders) == 1
    finally:
        several.close()


def test_who_waits_too_long_for_a_child_is_told_to_come_again(own_gate, monkeypatch):
    monkeypatch.setattr(decoding, "WAIT_S", 0.05)
    with own_gate._borrowed(), pytest.raises(Busy):
        own_gate.admit(io.BytesIO(photo_bytes()))
    assert admitted_size(own_gate) == (30, 20)


def test_a_forked_process_leaves_the_children_of_its_parent_alone():
    gate.admit(io.BytesIO(photo_bytes()))
    if (child := os.fork()) == 0:
        is_new = not any(decoder.child for decoder in gate.decoders)
        os._exit(0 if is_new and admitted_size(gate) == (30, 20) and not gate.close() else 1)
    assert os.waitpid(child, 0)[1] == 0
    assert admitted_size(gate) == (30, 20)


def test_children_end_with_their_parent_however_it_ends():
    script = (
        "import io, os, django; django.setup()\n"
        "from annotate.services.photos.decoding import gate\n"
        "from tests.factories import photo_bytes\n"
        "gate.admit(io.BytesIO(photo_bytes()))\n"
        "print(*(decoder.child.pid for decoder in gate.decoders if decoder.child), flush=True)\n"
        "os.kill(os.getpid(), 9)\n"
    )
    parent = subprocess.Popen([sys.executable, "-c", script], stdout=subprocess.PIPE, text=True, env=os.environ)
    (pid,) = parent.communicate()[0].split()
    until = time.monotonic() + 20
    while is_running(pid) and time.monotonic() < until:
        time.sleep(0.05)
    assert not is_running(pid)
