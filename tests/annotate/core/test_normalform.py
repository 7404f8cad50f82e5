"""Whatever comes in, one form is stored: upright, still, 8-bit grey or RGB, with its profile and nothing else."""

import io
import pickle
import struct
import zlib
from typing import Any

import numpy as np
import PIL.Image
import PIL.ImageCms
import pillow_heif
import pytest

from annotate.core import normalform
from annotate.core.colour import profile_named
from annotate.core.containers import read_container
from annotate.core.errors import InvalidImage
from annotate.core.imagefile import ImageFile, open_shrunk, open_upright, probe
from tests.annotate.core.test_imagefile import encode, exif_block, scene

P3 = profile_named("Display P3")
ADOBE = profile_named("Adobe RGB (1998)")
CAMERA_TURNS = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 2, 7: 6, 8: 4}  # how a camera held so stores an upright scene
TURNS = {1: None, 2: 0, 3: 3, 4: 1, 5: 5, 6: 4, 7: 6, 8: 2}  # what makes that upright again


def turned(image: PIL.Image.Image, turn: int | None) -> PIL.Image.Image:
    return image if turn is None else image.transpose(PIL.Image.Transpose(turn))


def decoded(data: bytes) -> PIL.Image.Image:
    return PIL.Image.open(io.BytesIO(data))


def same(one: PIL.Image.Image, other: PIL.Image.Image) -> bool:
    return one.mode == other.mode and np.array_equal(np.asarray(one), np.asarray(other))


def noisy(width: int, height: int, mode: str) -> PIL.Image.Image:
    noise = np.random.default_rng(7).integers(0, 60, (height, width, 3))
    return PIL.Image.fromarray((np.asarray(scene(width, height)) // 2 + noise).astype(np.uint8)).convert(mode)


def is_in_normal_form(photo: ImageFile) -> bool:
    container = read_container(photo.content)
    return container.is_plain and container.content == photo.content and container.exif == b""


def changes_of(data: bytes) -> tuple[str, ...]:
    return probe(data).changes


# Which way is up ------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("size", [(96, 64), (97, 61), (17, 40), (8, 16), (1, 9)])
@pytest.mark.parametrize(("mode", "subsampling"), [("L", 0), ("RGB", 0), ("RGB", 1), ("RGB", 2)])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_turned_jpeg_decodes_to_what_the_original_does_turned(
    orientation: int, mode: str, subsampling: int, size: tuple[int, int]
) -> None:
    original = encode(noisy(*size, mode), "JPEG", subsampling=subsampling, exif=exif_block(orientation))
    photo = probe(original)
    assert same(decoded(photo.content), turned(decoded(original), TURNS[orientation]))
    assert (photo.width, photo.height) == decoded(photo.content).size
    assert is_in_normal_form(photo)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
@pytest.mark.parametrize("orientation", range(1, 9))
def test_every_orientation_is_stored_and_read_upright(orientation: int, form: str) -> None:
    original = encode(turned(scene(), CAMERA_TURNS[orientation]), form, exif=exif_block(orientation), lossless=True)
    photo = probe(original)
    assert (photo.width, photo.height) == (96, 64)
    assert same(decoded(photo.content), scene())
    assert same(open_upright(original), scene())
    assert same(open_shrunk(original, 500).image, scene())
    assert (normalform.TURNED in photo.changes) == (orientation > 1)


def test_a_turned_photo_says_so_and_what_it_is_stored_as() -> None:
    assert changes_of(encode(scene(), "JPEG", exif=exif_block(6))) == (normalform.TURNED, normalform.AS_WEBP)
    assert changes_of(encode(scene(mode="L"), "JPEG", exif=exif_block(6))) == (normalform.TURNED, normalform.AS_PNG)


# What is seen ---------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("mode", "stored", "changes"),
    [
        ("1", "L", (normalform.AS_PNG,)),
        ("LA", "L", (normalform.AS_PNG,)),
        ("P", "RGB", (normalform.AS_WEBP,)),
        ("RGBA", "RGB", (normalform.AS_WEBP,)),
    ],
)
def test_odd_kinds_of_png_become_grey_or_rgb_that_looks_the_same(
    mode: str, stored: str, changes: tuple[str, ...]
) -> None:
    image = scene(mode=mode)
    photo = probe(encode(image, "PNG"))
    assert same(decoded(photo.content), image.convert(stored))
    assert (photo.changes, is_in_normal_form(photo)) == (changes, True)


@pytest.mark.parametrize("form", ["PNG", "WEBP"])
def test_what_is_transparent_is_stored_white(form: str) -> None:
    image = scene(mode="RGBA")
    image.putalpha(PIL.Image.linear_gradient("L").resize(image.size))
    photo = probe(encode(image, form, lossless=True))
    page = PIL.Image.new("RGBA", image.size, "white")
    page.alpha_composite(image)
    assert same(decoded(photo.content), page.convert("RGB"))
    assert photo.changes == (normalform.TRANSPARENT, normalform.AS_WEBP)


@pytest.mark.parametrize("mode", ["L", "P", "RGB"])
def test_a_colour_that_stands_for_transparent_is_stored_white(mode: str) -> None:
    image = PIL.Image.new("RGB", (4, 4), (10, 10, 10)).convert(mode)
    clear = image.getpixel((0, 0))
    photo = probe(encode(image, "PNG", transparency=clear))
    assert decoded(photo.content).convert("RGB").getpixel((2, 2)) == (255, 255, 255)
    assert photo.changes[0] == normalform.TRANSPARENT


def test_sixteen_bit_grey_becomes_the_nearest_of_256_tones() -> None:
    tones = np.arange(65536, dtype=np.uint16).reshape(256, 256)
    photo = probe(encode(PIL.Image.fromarray(tones), "PNG"))
    assert np.array_equal(np.asarray(decoded(photo.content)), np.rint(tones / 257).astype(np.uint8))
    assert photo.changes == (normalform.DEEP, normalform.AS_PNG)


def test_sixteen_bit_colour_becomes_eight_bit_colour() -> None:
    rows = b"".join(b"\0" + struct.pack(">3H", 0xFFFF, 0x8080, 0) * 2 for _ in range(2))
    header = struct.pack(">IIBBBBB", 2, 2, 16, 2, 0, 0, 0)
    parts = [(b"IHDR", header), (b"IDAT", zlib.compress(rows)), (b"IEND", b"")]
    png = b"\x89PNG\r\n\x1a\n" + b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in parts
    )
    photo = probe(png)
    assert decoded(photo.content).getpixel((1, 1)) == (255, 128, 0)
    assert photo.changes == (normalform.DEEP, normalform.AS_WEBP)


def test_an_interlaced_png_is_stored_as_browsers_and_others_read_it_best() -> None:
    plain = read_container(encode(scene(), "PNG"))
    assert plain.is_plain
    header = plain.content[16:28] + b"\1"
    laced = plain.content[:16] + header + struct.pack(">I", zlib.crc32(b"IHDR" + header)) + plain.content[33:]
    assert not read_container(laced).is_plain


def test_cmyk_without_a_profile_becomes_the_rgb_that_it_is_shown_in() -> None:
    original = encode(scene(mode="CMYK"), "JPEG")
    photo = probe(original)
    assert same(decoded(photo.content), decoded(original).convert("RGB"))
    assert photo.changes == (normalform.INKS, normalform.AS_WEBP)


def test_cmyk_with_a_profile_becomes_srgb_through_it(cmyk_profile: bytes) -> None:
    original = encode(PIL.Image.new("CMYK", (16, 16), (0, 255, 255, 0)), "JPEG", icc_profile=cmyk_profile)
    photo = probe(original)
    profile = PIL.ImageCms.ImageCmsProfile(io.BytesIO(cmyk_profile))
    srgb = PIL.ImageCms.createProfile("sRGB")
    assert same(
        decoded(photo.content), PIL.ImageCms.profileToProfile(decoded(original), profile, srgb, outputMode="RGB")
    )
    assert (photo.colour, "icc_profile" in decoded(photo.content).info) == ("sRGB", False)


@pytest.fixture
def cmyk_profile() -> bytes:
    """A CMYK profile as small as can be: a table of 2 tones for each ink, straight to Lab."""
    corners = [(c, m, y, k) for c in (0, 1) for m in (0, 1) for y in (0, 1) for k in (0, 1)]
    table = b""
    for c, m, y, k in corners:
        lightness = (1 - k) * (1 - 0.3 * c - 0.4 * m - 0.1 * y)
        a, b = (1 - k) * (60 * m - 40 * c), (1 - k) * (80 * y - 40 * c)
        table += bytes([round(max(lightness, 0) * 255), round(128 + a), round(128 + b)])
    lut = struct.pack(">4s4xBBBx", b"mft1", 4, 3, 2) + struct.pack(">9i", *(65536, 0, 0, 0, 65536, 0, 0, 0, 65536))
    lut += bytes(range(256)) * 4 + table + bytes(range(256)) * 3
    lut += bytes(-len(lut) % 4)
    text = b"desc" + bytes(4) + struct.pack(">I", 5) + b"inks\0" + bytes(78)
    text += bytes(-len(text) % 4)
    white = struct.pack(">4s4x3i", b"XYZ ", 63190, 65536, 54061)
    tags, at, index = [(b"desc", text), (b"wtpt", white), (b"A2B0", lut)], 128 + 4 + 36, b""
    for name, body in tags:
        index += struct.pack(">4sII", name, at, len(body))
        at += len(body)
    body = struct.pack(">I", 3) + index + b"".join(part for _, part in tags)
    header = struct.pack(">I4xI4s4s4s", 128 + len(body), 0x02400000, b"prtr", b"CMYK", b"Lab ")
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + white[8:]
    return header.ljust(128, b"\0") + body


def test_a_jpeg_that_browsers_cannot_decode_is_stored_as_one_that_they_can() -> None:
    plain = encode(scene(), "JPEG")
    arithmetic = plain.replace(b"\xff\xc0", b"\xff\xc9", 1)
    assert (read_container(plain).is_plain, read_container(arithmetic).is_plain) == (True, False)


# Colours --------------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize(("icc", "name"), [(P3, "Display P3"), (ADOBE, "Adobe RGB (1998)")])
@pytest.mark.parametrize(("form", "options"), [("JPEG", {}), ("PNG", {}), ("WEBP", {"lossless": True}), ("WEBP", {})])
@pytest.mark.parametrize("orientation", [1, 6])
@pytest.mark.promise("S3")
def test_a_profile_stays_in_the_file(
    icc: bytes, name: str, form: str, options: dict[str, Any], orientation: int
) -> None:
    original = encode(scene(), form, icc_profile=icc, exif=exif_block(orientation), **options)
    photo = probe(original)
    assert decoded(photo.content).info["icc_profile"] == icc
    assert (photo.colour, is_in_normal_form(photo)) == (name, True)
    assert same(open_upright(photo.content), open_upright(original))
    assert probe(photo.content).content == photo.content


def test_a_profile_in_several_segments_stays_as_it_is() -> None:
    long = P3[:128] + P3[128:] + bytes(150_000)
    long = struct.pack(">I", len(long)) + long[4:]
    original = encode(scene(), "JPEG", icc_profile=long)
    assert original.count(b"ICC_PROFILE\0") == 3
    photo = probe(original)
    assert decoded(photo.content).info["icc_profile"] == long
    assert photo.colour == "Display P3"


@pytest.mark.parametrize(("colours", "stays"), [((), False), ((b"sRGB",), True)])
def test_a_gamma_that_only_browsers_go_by_goes(colours: tuple[bytes, ...], stays: bool) -> None:
    plain = encode(scene(), "PNG")
    chunks = [(b"gAMA", struct.pack(">I", 55556)), *((name, b"\0") for name in colours)]
    told = b"".join(
        struct.pack(">I", len(body)) + name + body + struct.pack(">I", zlib.crc32(name + body)) for name, body in chunks
    )
    photo = probe(plain[:33] + told + plain[33:])
    assert ((b"gAMA" in photo.content), is_in_normal_form(photo)) == (stays, True)
    assert (photo.content == plain) == (not stays)


def test_a_grey_profile_stays_with_a_grey_photo(grey_profile: bytes) -> None:
    photo = probe(encode(scene(mode="L"), "JPEG", icc_profile=grey_profile))
    assert (photo.colour, decoded(photo.content).info["icc_profile"]) == ("Grey 1.0", grey_profile)
    shown = np.asarray(open_upright(encode(PIL.Image.new("L", (2, 2), 55), "PNG", icc_profile=grey_profile)))
    assert np.abs(shown.astype(int) - 128).max() <= 2  # 55 of 255 with gamma 1 is 128 in sRGB


@pytest.fixture
def grey_profile() -> bytes:
    text = b"desc" + bytes(4) + struct.pack(">I", 9) + b"Grey 1.0\0" + bytes(78)
    text += bytes(-len(text) % 4)
    white = struct.pack(">4s4x3i", b"XYZ ", 63190, 65536, 54061)
    curve = struct.pack(">4s4xI", b"curv", 0)
    at, index = 128 + 4 + 36, b""
    tags = [(b"desc", text), (b"wtpt", white), (b"kTRC", curve)]
    for name, body in tags:
        index += struct.pack(">4sII", name, at, len(body))
        at += len(body)
    body = struct.pack(">I", 3) + index + b"".join(part for _, part in tags)
    header = struct.pack(">I4xI4s4s4s", 128 + len(body), 0x02400000, b"mntr", b"GRAY", b"XYZ ")
    header += struct.pack(">6H4s", 2026, 1, 1, 0, 0, 0, b"acsp") + bytes(28) + white[8:]
    return header.ljust(128, b"\0") + body


@pytest.mark.parametrize("form", ["JPEG", "PNG", "WEBP"])
@pytest.mark.parametrize("icc", [b"nonsense" * 20, P3.replace(b"RGB XYZ ", b"CMYKXYZ ")])
def test_a_profile_that_is_damaged_or_of_another_kind_goes(form: str, icc: bytes) -> None:
    original = encode(scene(), form, icc_profile=icc)
    photo = probe(original)
    assert photo.colour == "sRGB"
    assert "icc_profile" not in decoded(photo.content).info
    assert same(open_upright(original), decoded(original).convert("RGB"))
    assert photo.content == probe(encode(scene(), form)).content or form == "WEBP"


# HEIC and AVIF --------------------------------------------------------------------------------------------------------


@pytest.mark.parametrize("orientation", range(1, 9))
def test_a_heic_is_turned_exactly_once(orientation: int) -> None:
    original = encode(scene(128, 64), "HEIF", quality=-1, chroma=444, exif=exif_block(orientation).tobytes())
    photo = probe(original)
    assert (photo.width, photo.height) == ((64, 128) if orientation >= 5 else (128, 64))
    expected = turned(scene(128, 64), TURNS[orientation])
    assert np.abs(np.asarray(decoded(photo.content), int) - np.asarray(expected, int)).mean() < 2
    assert same(open_upright(original), decoded(photo.content))
    assert (photo.format, photo.camera, is_in_normal_form(photo)) == ("webp", "Pentax K-1", True)
    assert photo.changes == (normalform.AS_WEBP,)


def test_in_a_heic_its_own_turning_holds_and_exif_is_not_asked() -> None:
    unturned = encode(scene(128, 64), "HEIF", exif=exif_block(6))  # as an Exif object, pillow-heif writes no irot
    assert b"irot" not in unturned
    assert (probe(unturned).width, open_upright(unturned).width) == (128, 128)


@pytest.mark.parametrize("orientation", range(1, 9))
def test_an_avif_is_turned_exactly_once(orientation: int) -> None:
    original = encode(scene(128, 64), "AVIF", quality=95, exif=exif_block(orientation))
    photo = probe(original)
    assert (photo.width, photo.height) == ((64, 128) if orientation >= 5 else (128, 64))
    expected = turned(scene(128, 64), TURNS[orientation])
    assert np.abs(np.asarray(decoded(photo.content), int) - np.asarray(expected, int)).mean() < 4
    assert same(open_upright(original), decoded(photo.content))


@pytest.mark.parametrize("form", ["HEIF", "AVIF"])
def test_the_profile_of_a_phone_stays(form: str) -> None:
    photo = probe(encode(scene(), form, icc_profile=P3))
    assert (photo.colour, decoded(photo.content).info["icc_profile"]) == ("Display P3", P3)


@pytest.mark.parametrize("form", ["HEIF", "AVIF"])
def test_what_is_transparent_in_a_heic_is_white(form: str) -> None:
    clear = PIL.Image.new("RGBA", (64, 64), (255, 0, 0, 0))
    assert decoded(probe(encode(clear, form)).content).getpixel((9, 9)) == (255, 255, 255)


def test_of_several_pictures_in_a_heic_the_main_one_is_kept() -> None:
    file = pillow_heif.from_pillow(scene(64, 64))
    file.add_from_pillow(PIL.Image.new("RGB", (64, 64), "black"))
    content = io.BytesIO()
    file.save(content, quality=-1, chroma=444)
    photo = probe(content.getvalue())
    assert photo.changes == (normalform.MAIN_ONLY, normalform.AS_WEBP)
    assert np.abs(np.asarray(decoded(photo.content), int) - np.asarray(scene(64, 64), int)).mean() < 2


def test_of_several_pictures_in_a_jpeg_the_main_one_is_kept() -> None:
    other = PIL.Image.new("RGB", (96, 64), "black")
    original = encode(scene(), "MPO", save_all=True, append_images=[other])
    photo = probe(original)
    assert photo.content == probe(encode(scene(), "JPEG")).content
    assert photo.changes == (normalform.MAIN_ONLY,)


def test_an_avif_that_moves_is_refused() -> None:
    frames = [scene(), scene().rotate(90)]
    with pytest.raises(InvalidImage) as refusal:
        probe(encode(frames[0], "AVIF", save_all=True, append_images=frames[1:]))
    assert refusal.value.code == "image_animated"


@pytest.mark.parametrize("form", ["HEIF", "AVIF"])
def test_a_heic_that_is_cut_off_is_refused(form: str) -> None:
    whole = encode(scene(), form)
    for length in range(16, len(whole) - 40, 61):
        with pytest.raises(InvalidImage) as refusal:
            probe(whole[:length])
        assert refusal.value.code == "image_corrupt"


def test_a_photo_can_be_sent_from_process_to_process() -> None:
    photo = probe(encode(scene(), "JPEG", exif=exif_block(6)))
    assert pickle.loads(pickle.dumps(photo)) == photo  # noqa: S301
