"""Which model's map another map was made from, and on how many pixels it still is that map: by comparing the two."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import numpy as np

from annotate.core.blurmap import MAX_LEVELS, LevelMap, rasterize
from annotate.core.regions import parse_document
from annotate.models import Annotation, Image, Preannotation

KEPT_FIELDS = ("based_on", "based_on_model", "based_on_weights_sha256", "kept_ppm")
NOTHING_KEPT = {"based_on": None, "based_on_model": "", "based_on_weights_sha256": "", "kept_ppm": None}
OF_PEOPLE = ("merged-", "taken-")  # how ids of regions begin that a curator has from what people drew


def began_from(image: Image, raw: object) -> dict[str, Any]:
    """KEPT_FIELDS of work on the image, nothing compared yet: it began from the pre-annotation if it holds a region.

    Accepting the model's map puts its regions, ids and all, into the person's document. A map of one level has none:
    there the work counts as the model's if it is the same. A curator's document may hold regions that were made of
    people's: they are the model's if somebody's work is.

    Args:
        raw: the region document.
    """
    shown = Preannotation.objects.filter(image=image, is_hidden=False).first()
    if shown is None:
        return NOTHING_KEPT
    document, model = (parse_document(each, level_count=MAX_LEVELS) for each in (raw, shown.document))
    own, models = ({region.id for region in each.regions} for each in (document, model))
    is_second_hand = any(name.startswith(OF_PEOPLE) for name in own) and _somebody_began_from_it(image)
    if document != model and own.isdisjoint(models) and not is_second_hand:
        return NOTHING_KEPT
    return {
        "based_on": shown,
        "based_on_model": shown.model_name,
        "based_on_weights_sha256": shown.weights_sha256,
        "kept_ppm": None,
    }


def what_was_kept(image: Image, raw: object, levels: LevelMap) -> dict[str, Any]:
    """KEPT_FIELDS of work on the image that paints these (H, W) levels: see `began_from`."""
    fields = began_from(image, raw)
    shown = fields["based_on"]
    return fields | {"kept_ppm": _kept_ppm(image, shown, levels)} if shown else fields


def note_kept(image: Image, annotation: Annotation, levels: LevelMap) -> None:
    """Store on how many pixels work is still the model's that it began from, where nobody has compared them."""
    if annotation.based_on and annotation.kept_ppm is None:
        annotation.kept_ppm = _kept_ppm(image, annotation.based_on, levels)
        same = Annotation.objects.filter(pk=annotation.pk, revision=annotation.revision)
        same.update(kept_ppm=annotation.kept_ppm)


def _kept_ppm(image: Image, proposal: Preannotation, levels: LevelMap) -> int:
    model = rasterize(parse_document(proposal.document, level_count=MAX_LEVELS), image.size)
    return share_ppm(levels == model)


def _somebody_began_from_it(image: Image) -> bool:
    people = Annotation.objects.filter(image=image, layer=Annotation.Layer.PERSON)
    return people.filter(state=Annotation.State.SUBMITTED).exclude(based_on_model="").exists()


def made_from(image: Image, levels: LevelMap, sources: Sequence[Annotation]) -> dict[str, Any]:
    """The columns of a consensus that tell which model's map its own was made from: "" and 0 where it was none.

    Args:
        levels: (H, W) the map that holds.
        sources: the work that it was made of, and nobody else's.
    """
    begun = [each for each in sources if each.based_on_model]
    if not begun:
        return {"pre_model": "", "pre_kept_ppm": 0}
    proposal = next((each.based_on for each in begun if each.based_on), None)
    if proposal is None:  # it came with a release, which tells only what each person kept
        kept_ppm = sum(each.kept_ppm or 0 for each in begun) // len(begun)
    else:
        kept_ppm = _kept_ppm(image, proposal, levels)
    return {"pre_model": begun[0].based_on_model, "pre_kept_ppm": kept_ppm}


def share_ppm(is_kept: np.typing.NDArray[np.bool_]) -> int:
    """The share of True pixels in parts per million."""
    return int(np.count_nonzero(is_kept)) * 1_000_000 // is_kept.size
