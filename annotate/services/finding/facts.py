"""Counting anew what photos are looked for by: after each change of what it comes from, and of all that never was.

Who changes a consensus, a prediction or a sharpness map notes the photo; a sweep counts what was noted, and may stop
at any time.
"""

from __future__ import annotations

import time
from collections.abc import Collection, Iterable, Sequence
from dataclasses import asdict
from typing import Any

import numpy as np
import PIL.Image
from django.db import connection, transaction
from django.db.models import IntegerField, OuterRef, Subquery
from django.db.models.fields.json import KT
from django.db.models.functions import Cast

from annotate.core import facts as core
from annotate.core.blurmap import MAX_LEVELS, LevelMap, decode_levels, rasterize
from annotate.core.regions import DESIRABILITIES, Document, parse_document
from annotate.models import Annotation, Consensus, Image, PhotoFacts, PhotoNews, Preannotation, Project
from annotate.models.photos import PARTED_PPM
from annotate.services.borders import differs_by_border
from annotate.services.finding.bursts import regroup
from annotate.services.photos.twins import all_alike

CHUNK = 50
LOCK = 5_040  # of Postgres's advisory locks: one counts at a time, or an older count could overwrite a newer
NOT_JUDGED = {"agreement_ppm": None, "is_differing": False, "vote_apart_ppm": None}
NO_VERDICT = {"verdict": "", "verdict_ppm": None, "entropy_ppm": None}
NO_MAP = dict.fromkeys(("shares_ppm", "largest", "subject_ppm", "background", "map_apart_ppm"))


def note(images: Collection[int]) -> None:
    """Let the facts of these images be counted anew."""
    PhotoNews.objects.bulk_create([PhotoNews(image_id=image) for image in images])


def uncounted(project: Project) -> int:
    """How many of a project's photos are yet to be counted, or to be counted anew."""
    return project.images.filter(pk__in=PhotoNews.objects.values("image")).count()


def note_judgement(image_id: int, merged: Consensus | None = None) -> None:
    """Tell what people's words on an image come to now, and let the rest of its facts be counted anew.

    Args:
        merged: their consensus, where it is at hand.
    """
    PhotoFacts.objects.filter(pk=image_id).update(**_judged_by(merged) if merged else _judged(_without_maps(image_id)))
    note([image_id])


def _without_maps(image_id: int) -> Image:
    heavy = ("consensus__levels_png", "preannotation__document", "preannotation__subject", "preannotation__content")
    return Image.objects.select_related("consensus", "preannotation").defer(*heavy).get(pk=image_id)


def _judged_by(merged: Consensus) -> dict[str, Any]:
    """As `_judged`; the database looks up what the model says, in the statement that writes it."""
    said = _verdict(merged.desirability, merged.posterior_ppm) | _agreement(merged)
    model = Preannotation.objects.filter(image=OuterRef("image"))
    likely = Cast(KT(f"probabilities_ppm__{DESIRABILITIES.index(said['verdict'])}"), IntegerField())
    return said | {"vote_apart_ppm": core.ALL - Subquery(model.values(likely=likely))}


def count_noted(*, within_s: float) -> bool:
    """Count what was noted until the time is up, the longest waiting first; whether any is left."""
    until = time.monotonic() + within_s
    while time.monotonic() < until:
        if not _count_chunk():
            return False
    return PhotoNews.objects.exists()


@transaction.atomic
def _count_chunk() -> int:
    with connection.cursor() as cursor:
        cursor.execute("SELECT pg_try_advisory_xact_lock(%s)", [LOCK])
        if not cursor.fetchone()[0]:
            return 0
    news = list(PhotoNews.objects.order_by("pk")[:CHUNK])
    refresh({each.image_id for each in news})
    PhotoNews.objects.filter(pk__in=[each.pk for each in news]).delete()
    return len(news)


def refresh(images: Iterable[int]) -> None:
    """Count the facts of these images from what is known of them now."""
    related = ("project", "facts", "derivative", "consensus", "preannotation")
    rows = list(Image.objects.filter(pk__in=images).select_related(*related).order_by("pk"))
    work = _work_on(rows)
    for image in rows:
        seen = _seen(image, work.get(image.pk, []))
        seen["parts_by_border"] = image.state == Image.State.DISPUTED and differs_by_border(image)
        PhotoFacts.objects.filter(pk=image.pk).update(**_judged(image), **seen)
    for project in {image.project for image in rows}:
        new = [each for each in rows if each.project == project and not each.facts.has_twin and not each.is_withdrawn]
        PhotoFacts.objects.filter(pk__in=all_alike(project, new), has_twin=False).update(has_twin=True)
        regroup(project, {each.pk for each in rows if each.project == project})


def _work_on(images: Sequence[Image]) -> dict[int, list[Any]]:
    """Image -> the documents that people handed in, or the one that a curator settled on."""
    settled = {each.consensus.adjudication_id for each in images if hasattr(each, "consensus")} - {None}
    people = Annotation.objects.filter(image__in=images, state=Annotation.State.SUBMITTED)
    work: dict[int, dict[bool, list[Any]]] = {}
    rows = people.filter(layer__in=[Annotation.Layer.PERSON, Annotation.Layer.ADJUDICATOR]).order_by("pk")
    for pk, image, layer, document in rows.values_list("pk", "image", "layer", "document"):
        if layer == Annotation.Layer.PERSON or pk in settled:
            work.setdefault(image, {}).setdefault(pk in settled, []).append(document)
    return {image: found.get(True) or found[False] for image, found in work.items()}


def _judged(image: Image) -> dict[str, Any]:
    """What people's words come to, or what the model says where there are none."""
    merged, model = getattr(image, "consensus", None), getattr(image, "preannotation", None)
    posterior = merged.posterior_ppm if merged else model.probabilities_ppm if model else None
    if posterior is None:
        return NO_VERDICT | NOT_JUDGED
    said = _verdict(merged.desirability if merged else "", posterior)
    if merged is None:
        return said | NOT_JUDGED
    place = DESIRABILITIES.index(said["verdict"])
    vote_apart_ppm = core.ALL - model.probabilities_ppm[place] if model else None
    return said | _agreement(merged) | {"vote_apart_ppm": vote_apart_ppm}


def _verdict(desirability: str, posterior_ppm: Sequence[int]) -> dict[str, Any]:
    """What was decided, or else what is likeliest."""
    verdict = desirability or DESIRABILITIES[int(np.argmax(posterior_ppm))]
    likely_ppm = posterior_ppm[DESIRABILITIES.index(verdict)]
    return {"verdict": verdict, "verdict_ppm": likely_ppm, "entropy_ppm": core.entropy_ppm(posterior_ppm)}


def _agreement(merged: Consensus) -> dict[str, Any]:
    return {"agreement_ppm": merged.agreement_ppm, "is_differing": is_differing(merged)}


def is_differing(merged: Consensus) -> bool:
    """Whether people gave different words, or maps whose blur overlaps by less than four fifths."""
    parted = merged.agreement_ppm is not None and merged.agreement_ppm < PARTED_PPM
    return parted or merged.dispute == Consensus.Dispute.DISJOINT or sum(map(bool, merged.vote_counts)) > 1


def _seen(image: Image, work: Sequence[Any]) -> dict[str, Any]:
    """What the map that counts shows, and how sharp the photo is."""
    merged, model = getattr(image, "consensus", None), getattr(image, "preannotation", None)
    is_peoples = bool(merged and merged.levels_png)
    models = rasterize(_parsed(model.document), image.size) if model else None
    levels = decode_levels(bytes(merged.levels_png)) if is_peoples else models
    source = PhotoFacts.Source.PEOPLE if is_peoples else PhotoFacts.Source.MODEL if model else ""
    found = {"source": source, "scene": "", "sharpest_mpx": _sharpest(image), **NO_MAP}
    documents = work if is_peoples else [model.document] if model else []
    found["kind"] = core.commonest_kind(map(_parsed, documents), image.size)
    if levels is None:
        return found
    of_map = core.facts_of_map(levels, _subject(image), len(image.project.levels))
    if is_peoples and models is not None:
        amounts = [level["amount_ppm"] for level in image.project.levels]
        found["map_apart_ppm"] = core.apart_ppm(levels, models, amounts)
    return found | (asdict(of_map) if of_map else {})


def _subject(image: Image) -> core.Mask | None:
    """(H, W) what draws the eye, as the model sees it."""
    model = getattr(image, "preannotation", None)
    if model is None or not model.subject or not model.subject["regions"]:
        return None
    painted: LevelMap = rasterize(_parsed(model.subject | {"base": None}), image.size)
    return painted < MAX_LEVELS


def _sharpest(image: Image) -> int | None:
    """Read from the sharpness map once: photos never change."""
    derivative = getattr(image, "derivative", None)
    if image.facts.sharpest_mpx is not None or not (derivative and derivative.sharpness):
        return image.facts.sharpest_mpx
    try:
        with derivative.sharpness.open("rb") as file, PIL.Image.open(file) as png:
            return core.sharpest_mpx(np.asarray(png), image.size)
    except OSError:  # lost or damaged: one such file must not hold up the others
        return None


def _parsed(document: object) -> Document:
    return parse_document(document, level_count=MAX_LEVELS)
