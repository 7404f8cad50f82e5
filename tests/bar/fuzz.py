"""Random bytes, grown where they reach new code (atheris), against the readers of what comes from outside.

`python -m tests.bar.fuzz [--seconds 60]`. Each reader may refuse in its own words; anything else is a fault, and so is
an input that takes more than two seconds of the processor. The faulty input is left in .cache/fuzz/.
"""

import argparse
import io
import json
import subprocess
import sys
import tempfile
import time
import zipfile
from collections.abc import Callable
from pathlib import Path

from tests.bar.common import verdict

PROMISES = ("S14",)
TARGETS = {"faults": {"max": 0}, "slowest_ms": {"max": 2000}, "inputs": {"min": 1000}}
FOUND = Path(__file__).resolve().parents[2] / ".cache" / "fuzz"


def gate(data: bytes) -> None:
    """The image gate: headers, pixels, metadata."""
    from annotate.core.imagefile import probe

    probe(data)


def rewriter(data: bytes) -> None:
    """The rewriter of JPEG, PNG and WebP alone: no pixel is decoded."""
    from annotate.core.containers import read_container

    read_container(data)


def outlines(data: bytes) -> None:
    """The parser of drawn documents."""
    from annotate.core.errors import SmartBlurError
    from annotate.core.regions import parse_document

    try:
        document = json.loads(data)
    except (ValueError, RecursionError) as error:
        raise SmartBlurError(str(error)) from None
    parse_document(document, level_count=4)


def archive(data: bytes) -> None:
    """The unpacking of releases."""
    from annotate.core.release import unpack_release

    with tempfile.TemporaryDirectory() as folder:
        packed = Path(folder, "release.zip")
        packed.write_bytes(data)
        unpack_release(packed, Path(folder, "release"), max_bytes=2**20)


READERS: dict[str, Callable[[bytes], None]] = {
    "gate": gate,
    "rewriter": rewriter,
    "outlines": outlines,
    "archive": archive,
}


def seeds_of(reader: str) -> list[bytes]:
    """Sound inputs to begin with."""
    if reader == "outlines":
        ring = [0, 0, 160, 0, 160, 160, 0, 160]
        region = {"id": "a", "level": 2, "kind": "defocus", "rings": [ring], "z": 0}
        return [json.dumps(each).encode() for each in ({"base": 0, "regions": []}, {"base": 0, "regions": [region]})]
    if reader == "archive":
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as packed:
            packed.writestr("r/release.json", "{}")
            packed.writestr("r/train/a.txt", "a" * 100)
        return [file.getvalue()]
    import PIL.Image

    image, made = PIL.Image.linear_gradient("L").resize((24, 16)).convert("RGB"), []
    for form in ("JPEG", "PNG", "WEBP"):
        image.save(file := io.BytesIO(), form, **({"comment": b"mine"} if form == "JPEG" else {}))
        made.append(file.getvalue())
    return made


def is_refused(reader: str, data: bytes) -> bool:
    """Whether the reader refuses the bytes in its own words; whatever else it raises is a fault."""
    from annotate.core.errors import SmartBlurError

    try:
        READERS[reader](data)
    except SmartBlurError:
        return True
    return False


def fuzz(reader: str, seconds: float) -> None:
    """Feed the reader in this process until the time is up, a line of JSON each second; a fault ends it."""
    import atheris

    with atheris.instrument_imports(include=["annotate", "PIL"]):
        import annotate.core.imagefile
        import annotate.core.regions
        import annotate.core.release  # noqa: F401
    folder = FOUND / reader
    folder.mkdir(parents=True, exist_ok=True)
    for number, seed in enumerate(seeds_of(reader)):
        (folder / f"seed-{number}").write_bytes(seed)
    slowest, inputs, told_at = 0.0, 0, time.monotonic()

    def one(data: bytes) -> None:
        nonlocal slowest, inputs, told_at
        began = time.process_time()
        is_refused(reader, data)
        slowest, inputs = max(slowest, time.process_time() - began), inputs + 1
        if time.monotonic() - told_at > 1:
            print(json.dumps({"inputs": inputs, "slowest_ms": round(slowest * 1000)}), flush=True)
            told_at = time.monotonic()

    limits = [f"-max_total_time={seconds:.0f}", "-max_len=4096", "-timeout=10", f"-artifact_prefix={folder}/fault-"]
    atheris.Setup([sys.argv[0], str(folder), *limits], one)
    atheris.Fuzz()


def main() -> None:
    """Measure and judge: a process for each reader, since a fault may end it."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--seconds", type=float, default=60)
    parser.add_argument("--reader", choices=READERS, help="only this one, in this process")
    arguments = parser.parse_args()
    if arguments.reader:
        fuzz(arguments.reader, arguments.seconds)
        return
    faults, inputs, slowest = [], 0, 0
    for reader in READERS:
        command = [sys.executable, "-m", "tests.bar.fuzz", "--reader", reader, "--seconds", str(arguments.seconds)]
        done = subprocess.run(command, capture_output=True, text=True)
        told = [json.loads(line) for line in done.stdout.splitlines() if line.startswith('{"inputs"')]
        inputs += told[-1]["inputs"] if told else 0
        slowest = max(slowest, told[-1]["slowest_ms"] if told else 0)
        if done.returncode:
            faults.append(reader)
            print(done.stderr[-4000:], file=sys.stderr)
    verdict("fuzz", {"faults": len(faults), "of": faults, "inputs": inputs, "slowest_ms": slowest}, TARGETS)


if __name__ == "__main__":
    main()
