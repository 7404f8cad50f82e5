import io
from dataclasses import replace

import numpy as np
import PIL.Image
import pytest

from annotate.core.errors import Conflict, Phrase, SmartBlurError
from annotate.core.formats import FORMATS, Format, Options, export, export_name
from annotate.core.formats.photos import lay_photo, photo_bytes, photo_name
from annotate.core.release import OlderRecord, read_release
from tests.annotate.core.release.sample import all_bytes, write_sample


@pytest.fixture(scope="module")
def release(tmp_path_factory):
    return read_release(write_sample(tmp_path_factory.mktemp("release") / "sample", 4))


def write_keys(release, out, options):
    (out / "keys.txt").write_text("\n".join(record.key for record in release.records()))


KEYS = Format("keys", "Keys", write=write_keys, reading="Read it.", loses=(Phrase("Everything but the keys."),))


def test_an_export_says_whose_it_is_and_what_it_lost(release, tmp_path):
    folder = export(release, KEYS, tmp_path / export_name(release, KEYS), Options())
    assert folder.name == "smartblur-sample-1.0.0-keys"
    assert sorted(path.relative_to(folder).as_posix() for path in folder.rglob("*") if path.is_file()) == [
        "CITATION.cff",
        "LICENSE.txt",
        "README.md",
        "extras/sources.csv",
        "extras/withdrawn.csv",
        "keys.txt",
    ]
    readme = (folder / "README.md").read_text("utf-8")
    told = (release.content_id, "smartblur-sample-1.0.0", "CC-BY-4.0", "- Everything but the keys.", "Read it.")
    assert [each for each in told if each not in readme] == []


def test_an_export_is_complete_or_not_there(release, tmp_path):
    def fail(release, out, options):
        (out / "half").write_text("")
        raise SmartBlurError("No.")

    with pytest.raises(SmartBlurError):
        export(release, replace(KEYS, write=fail), tmp_path / "out", Options())
    assert list(tmp_path.iterdir()) == []


def test_what_lies_there_is_not_written_over(release, tmp_path):
    export(release, KEYS, tmp_path / "out", Options())
    with pytest.raises(Conflict):
        export(release, KEYS, tmp_path / "out", Options())


def test_a_format_that_only_comes_in_is_refused(release, tmp_path):
    with pytest.raises(SmartBlurError, match="can be read here, not written"):
        export(release, replace(KEYS, write=None), tmp_path / "out", Options())


def test_a_photo_is_linked_not_copied(release, tmp_path):
    record = next(release.records())
    path = lay_photo(release, record, tmp_path / "images")
    assert path.name == photo_name(record)
    assert path.samefile(release.image_place(record).path)


def test_a_photo_that_lies_on_its_side_is_turned(release, tmp_path):
    record = next(record for record in release.records() if record.file_name.endswith("png"))
    stored = np.asarray(PIL.Image.open(release.image_place(record).path))
    sides = {"width": record.height, "height": record.width}
    lying = OlderRecord.from_json(record.as_json() | sides | {"orientation": 6, "colour": "sRGB"})
    path = lay_photo(release, lying, tmp_path)
    assert path.name == f"{record.key}.png"
    assert np.array_equal(PIL.Image.open(path), np.rot90(stored, -1))
    assert photo_bytes(release, lying) == path.read_bytes()
    assert PIL.Image.open(io.BytesIO(photo_bytes(release, record))).size == (record.width, record.height)


@pytest.mark.parametrize("format", [each for each in FORMATS.values() if each.write], ids=lambda format: format.name)
def test_a_release_in_shards_goes_out_as_the_same_bytes(release, tmp_path, format):
    shards = read_release(write_sample(tmp_path / "shards", 4, layout="shards"))
    folders = [export(each, format, tmp_path / str(n) / "out", Options()) for n, each in enumerate((release, shards))]
    first, second = (dict(all_bytes(folder)) for folder in folders)
    assert first == second


@pytest.mark.parametrize("format", [name for name, format in FORMATS.items() if format.write])
def test_each_photo_is_told_once(release, tmp_path, format):
    told = []
    export(release, FORMATS[format], tmp_path / "out", Options(), on_photo=lambda: told.append(1))
    assert len(told) == 4
