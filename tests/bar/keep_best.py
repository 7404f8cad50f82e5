"""How often "keep best" takes the sharper of two photos of one scene, beside two measures that know no subject.

    python -m tests.bar.keep_best --data DATA [--cleanvision PYTHON]

DATA holds mff, gopro and stacks (images/, masks/ white where blurred, ignore/) and scenes.csv. Three questions a pair:
is it the photo with the smaller blurred area by the masks; is it the one whose subject is sharp, for the scenes that
have one subject (SUBJECT, named by one person, who had seen first results); and is it the sharper one where its sharp
part is not beside the subject, which is what "keep best" is for. PYTHON is an interpreter that has cleanvision, which
brings pandas, datasets and matplotlib and is no package of ours. Half of the scenes of mff and stacks taught the
network: those held out are told apart. Intervals are Wilson's, 95 %; pairs of a stack are not independent.
"""

import argparse
import csv
import json
import subprocess
from collections import defaultdict
from collections.abc import Iterator, Mapping
from itertools import combinations
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np
import PIL.Image

from annotate.core.culling import Look, rank
from annotate.core.exif import Exif
from annotate.core.imagefile import difference_hash, open_upright
from annotate.core.intervals import share_interval
from modelsvc.fusenet.data.masked import MaskedPhotos
from modelsvc.fusenet.serving.looks import look_of
from modelsvc.fusenet.serving.predictor import Predictor
from modelsvc.fusenet.training.fit import MEASURED_SCENES

SETS = ("mff", "gopro", "stacks")
SUBJECT = {  # the photo whose subject is sharp: "the rose, not the wall"; scenes of two equals are left out
    **dict.fromkeys(("flower", "lytro_01", "lytro_02", "lytro_03", "lytro_04", "lytro_06", "lytro_07"), "A"),
    **dict.fromkeys(("lytro_08", "lytro_09", "mffw_03", "mffw_06", "mffw_07"), "A"),
    **dict.fromkeys(("lytro_05", "lytro_10", "mffw_02"), "B"),
    **dict.fromkeys(("button", "fly", "gun"), "04"),
}
CLEANVISION = """
import json, sys
import PIL.Image
from cleanvision.issue_managers.image_property import BlurrinessProperty
import pandas
known = BlurrinessProperty()
raw = pandas.DataFrame([known.calculate(PIL.Image.open(path).convert("RGB")) for path in json.load(sys.stdin)])
scores = known.get_scores(raw, "blurry", normalizing_factor=0.01, color_threshold=0.18)
print(json.dumps(scores.iloc[:, 0].tolist()))
"""


class Pair(NamedTuple):
    """Two photos of a scene, the first with the smaller blurred area."""

    scene: str
    sharper: Path
    other: Path
    subject: Path | None  # the one whose subject is sharp
    is_held_out: bool


def pairs_of(data: Path, name: str) -> Iterator[Pair]:
    """All pairs of a scene; of gopro each sharp frame and its blurred one."""
    scenes = defaultdict(list)
    with (data / "scenes.csv").open() as file:
        for row in csv.DictReader(file):
            if row["set"] == name:
                scenes[row["scene"]].append(next((data / name / "images").glob(f"{row['key']}.*")))
    photos = MaskedPhotos(data / name, scale=640, is_blurred_white=True)
    held_out = {photos.scene_of(image) for image, _ in photos.parted(MEASURED_SCENES)[1].pairs}
    for scene, files in scenes.items():
        for one, other in combinations(sorted(files), 2):
            if name == "gopro":
                if one.stem.removesuffix("_blurred") == other.stem.removesuffix("_sharp"):
                    yield Pair(scene, other, one, other, True)
                continue
            marked = [file for file in (one, other) if scene in SUBJECT and file.stem.endswith(f"_{SUBJECT[scene]}")]
            sharper, softer = sorted((one, other), key=lambda file, both=(one, other): blurred_area(file, both))
            yield Pair(scene, sharper, softer, marked[0] if marked else None, scene in held_out)


def blurred_area(file: Path, both: tuple[Path, Path]) -> float:
    """The share of what the masks of both photos know that is blurred in `file`."""

    def mask(kind: str, of: Path) -> np.ndarray:
        path = of.parents[1] / kind / f"{of.stem}.png"
        return np.asarray(PIL.Image.open(path).convert("L")) > 127

    known = ~(mask("ignore", both[0]) | mask("ignore", both[1]))
    return float(mask("masks", file)[known].mean())


def laplacian_variance(file: Path) -> float:
    """Pech-Pacheco et al. (2000), on the whole photo."""
    grey = np.asarray(PIL.Image.open(file).convert("L"), np.float32)
    middle = grey[1:-1, 1:-1]
    return float((grey[:-2, 1:-1] + grey[2:, 1:-1] + grey[1:-1, :-2] + grey[1:-1, 2:] - 4 * middle).var())


def look_at(predictor: Predictor, file: Path) -> Look:
    """What `smartblur sort` keeps of a photo."""
    photo = open_upright(file.read_bytes())
    return look_of(file.stem, predictor.predict(photo), difference_hash(photo), Exif())


def scores_of(files: list[Path], cleanvision: str | None) -> dict[str, dict[Path, float]]:
    """File -> sharpness, by measures that know no subject."""
    scores = {"laplacian variance": {file: laplacian_variance(file) for file in files}}
    if cleanvision:
        paths = json.dumps([str(file) for file in files])
        said = subprocess.run([cleanvision, "-c", CLEANVISION], input=paths, capture_output=True, text=True, check=True)
        scores["cleanvision"] = dict(zip(files, json.loads(said.stdout.splitlines()[-1]), strict=True))
    return scores


def tell(taken: list[bool]) -> str:
    """How many of how many, with the interval of the share."""
    low, high = share_interval(sum(taken) / max(len(taken), 1), max(len(taken), 1))
    return f"{sum(taken)} of {len(taken)} [{low:.2f}, {high:.2f}]"


def main() -> None:
    """Print a table, and the pairs of the third question that "keep best" misses."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, metavar="DATA")
    parser.add_argument("--cleanvision", metavar="PYTHON")
    options = parser.parse_args()
    predictor, found = Predictor(device="cpu"), {name: list(pairs_of(options.data, name)) for name in SETS}
    files = sorted({file for pairs in found.values() for pair in pairs for file in (pair.sharper, pair.other)})
    looks = {file: look_at(predictor, file) for file in files}
    scores = scores_of(files, options.cleanvision)

    def taken(method: str, pair: Pair) -> Path:
        if method != "keep best":
            return max((pair.sharper, pair.other), key=scores[method].__getitem__)
        best = rank([looks[pair.sharper], looks[pair.other]])[0].look
        return pair.sharper if best is looks[pair.sharper] else pair.other

    print("| set | method | smaller blurred area | subject sharp | sharper, its sharp part not beside the subject |")
    print("| --- | --- | --- | --- | --- |")
    held_out = {f"{name}, held out": [pair for pair in found[name] if pair.is_held_out] for name in ("mff", "stacks")}
    everything: Mapping[str, Any] = {"all": [pair for pairs in found.values() for pair in pairs]}
    for name, pairs in {**found, **held_out, **everything}.items():
        for method in ("keep best", *scores):
            took = [(pair, taken(method, pair)) for pair in pairs]
            columns = (
                [file == pair.sharper for pair, file in took],
                [file == pair.subject for pair, file in took if pair.subject],
                [file == pair.sharper for pair, file in took if pair.subject in (None, pair.sharper)],
            )
            print(f"| {name} | {method} | {' | '.join(map(tell, columns))} |")
    missed = [
        f"{taken('keep best', pair).stem} over {pair.sharper.stem}"
        for pair in everything["all"]
        if pair.subject in (None, pair.sharper) and taken("keep best", pair) != pair.sharper
    ]
    print(f'\n"Keep best" took {", ".join(missed) or "none of the softer ones"}.')


if __name__ == "__main__":
    main()
