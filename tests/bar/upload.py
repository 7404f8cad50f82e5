"""How fast photos come in through the whole image gate: 1,000 JPEGs of 150 kB. `python -m tests.bar.upload`."""

import io
from typing import Any

import numpy as np
import PIL.Image

from tests.bar.common import Client, Target, Times, at_once, parser_of, target, verdict
from tests.bar.forms import send

CLIENTS = 4
FILES_A_REQUEST = 10
TARGETS = {"photos_per_s": {"min": 100}, "stored": {"min": 1}, "refused": {"max": 0}}


def big_photos(count: int) -> list[bytes]:
    """Different JPEGs of 1024 x 768 and about 150 kB each."""
    random = np.random.default_rng(11)
    grain = random.integers(-34, 35, (768, 1024, 3), dtype=np.int16)
    made = []
    for _ in range(count):
        small = PIL.Image.fromarray(random.integers(40, 216, (6, 8, 3), dtype=np.uint8))
        pixels = np.asarray(small.resize((1024, 768), PIL.Image.Resampling.BICUBIC), np.int16)
        pixels = pixels + np.roll(grain, random.integers(0, 700, 2), (0, 1))
        file = io.BytesIO()
        PIL.Image.fromarray(pixels.clip(0, 255).astype(np.uint8)).save(file, "JPEG", quality=62)
        made.append(file.getvalue())
    return made


def measure(measured: Target, count: int) -> dict[str, Any]:
    """Send the photos from several clients at once."""
    token = measured.tokens[0]
    project = Client(measured.url, token).ask("POST", "/api/projects/", {"name": "Figures: upload"})["id"]
    made = big_photos(count)
    pages = [made[start : start + FILES_A_REQUEST] for start in range(0, count, FILES_A_REQUEST)]
    times, results = Times(), []

    def bring(number: int) -> None:
        client = Client(measured.url, token)
        for page in pages[number::CLIENTS]:
            with times.one():
                results.extend(send(client, project, page)["results"])

    took = at_once(CLIENTS, bring)
    return {
        "photos": count,
        "mean_kb": round(sum(map(len, made)) / count / 1000),
        "photos_per_s": round(count / took, 1),
        "request_p50_ms": times.percentile_ms(0.5),
        "request_p99_ms": times.percentile_ms(0.99),
        "stored": len({result["image"]["id"] for result in results if "image" in result}),
        "refused": sum("error" in result for result in results),
    }


def main() -> None:
    """Measure and judge."""
    parser = parser_of(__doc__)
    parser.add_argument("--photos", type=int, default=1_000)
    arguments = parser.parse_args()
    with target(arguments) as measured:
        figures = measure(measured, arguments.photos)
    verdict("upload", figures, TARGETS | {"stored": {"min": arguments.photos}})


if __name__ == "__main__":
    main()
