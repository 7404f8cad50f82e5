"""Services of pre-annotation: which photos a version has still to look at, what it said of them, and who sees it."""

from __future__ import annotations

from typing import Any, NamedTuple

from django.db import transaction
from django.db.models import Max

from annotate.models import Image, Preannotation
from annotate.services import leases
from annotate.services.labelling.preannotations import save_preannotation
from modelsvc.models import ModelVersion, PreannotationBatch, Prediction

BATCH_IMAGES = 32  # so few that several workers share a hundred; each keeps its network loaded between batches
WINDOW = 5_000  # photos of a state that a sweep looks at for each version, twice at most
SHOWN_AT_ONCE = 1_000
UNTOUCHED = (Image.State.NEW, Image.State.PREANNOTATED)


class Window(NamedTuple):
    """Images of a project that nobody has labelled, in order; `last` is the last one looked at, None at the end."""

    ids: list[int]
    last: int | None


def look_around() -> int:
    """Queue what predicting versions have not seen of the untouched images, show what those in production have; count.

    A sweep looks at a bounded number of images for each version, in turn, and at those that came last.
    """
    return sum(look_around_for(version) for version in ModelVersion.objects.predicting())


def look_around_for(version: ModelVersion) -> int:
    """One version's turn: the batches made and the maps shown; none where it learned another number of levels."""
    if not version.knows_the_scale():
        return 0
    with transaction.atomic():
        version = ModelVersion.objects.select_for_update(no_key=True).get(pk=version.pk)
        newest = version.batches.aggregate(last=Max("last_image"))["last"] or 0
        window = _window(version, version.looked_to)
        seen = _seen(version, window)
        batch_count = _queue(version, window, seen)
        if window.last is not None and newest > window.last:  # new photos do not wait until the turn comes round
            latest = _window(version, newest)
            batch_count += _queue(version, latest, _seen(version, latest))
    shown_count = _show(version, seen)
    if shown_count < SHOWN_AT_ONCE:
        ModelVersion.objects.filter(pk=version.pk).update(looked_to=window.last or 0)
    return batch_count + shown_count


def _window(version: ModelVersion, after: int) -> Window:
    """As many images after one as a sweep may look at, by a walk along the index of states for each state."""
    rows = Image.objects.filter(project=version.project_id, pk__gt=after).order_by("pk").values_list("pk", flat=True)
    found = [list(rows.filter(state=state)[:WINDOW]) for state in UNTOUCHED]
    last = min((ids[-1] for ids in found if len(ids) == WINDOW), default=None)
    return Window(sorted(pk for ids in found for pk in ids if last is None or pk <= last), last)


def _seen(version: ModelVersion, window: Window) -> set[int]:
    """The images of the window that the version has said something of."""
    if not window.ids:
        return set()
    here = version.predictions.filter(image__gte=window.ids[0], image__lte=window.ids[-1])
    return set(here.values_list("image", flat=True)).intersection(window.ids)


def _queue(version: ModelVersion, window: Window, seen: set[int]) -> int:
    """Make batches of the images that the version has not looked at, and count them."""
    unseen = [pk for pk in window.ids if pk not in seen]
    if not unseen:
        return 0
    # A batch may have ended without a prediction of a photo: one try a version, or it would come back for ever.
    near = version.batches.filter(last_image__gte=unseen[0], first_image__lte=unseen[-1])
    tried = {image for batch in near.values_list("image_ids", flat=True) for image in batch}
    ids = _untouched([pk for pk in unseen if pk not in tried])
    count = -(-len(ids) // BATCH_IMAGES)
    shares = [ids[len(ids) * n // count : len(ids) * (n + 1) // count] for n in range(count)]  # as even as can be
    PreannotationBatch.objects.bulk_create(
        PreannotationBatch(version=version, image_ids=share, first_image=share[0], last_image=share[-1])
        for share in shares
    )
    return count


def _show(version: ModelVersion, seen: set[int]) -> int:
    """Show what the version thought of untouched images before it was promoted, and count them."""
    if version.stage != ModelVersion.Stage.PRODUCTION or not seen:
        return 0
    shown = Preannotation.objects.filter(image__in=seen, model_version=version.pk).values_list("image", flat=True)
    hidden = _untouched(sorted(seen.difference(shown)))[:SHOWN_AT_ONCE]
    predictions = version.predictions.filter(image__in=hidden).select_related("image__project")
    return sum(_show_below(version, each) for each in predictions)


def _untouched(ids: list[int]) -> list[int]:
    return list(Image.objects.untouched().filter(pk__in=ids).order_by("pk").values_list("pk", flat=True))


def _show_below(version: ModelVersion, prediction: Prediction) -> bool:
    return version.knows_the_scale() and save_preannotation(
        prediction.image,
        model_name=version.name,
        model_version=version.pk,
        weights_sha256=version.weights_sha256,
        document=prediction.document,
        probabilities_ppm=prediction.probabilities_ppm,
        uncertainty_ppm=prediction.uncertainty_ppm,
        no_evidence=prediction.no_evidence,
        no_evidence_ppm=prediction.no_evidence_ppm,
        subject=prediction.subject,
        content=prediction.content,
    )


def follow_stage(version: ModelVersion) -> None:
    """Stop the batches of a version that predicts no longer, and go on with what was stopped of one that does again."""
    if version.stage in ModelVersion.PREDICTING:
        leases.allow_more_attempts(version.batches.filter(state=PreannotationBatch.State.CANCELLED))
    else:
        leases.cancel_all(version.batches.all())


def store_prediction(lease: leases.Lease, image: Image, **fields: Any) -> bool:
    """Keep what the batch's version thinks of an image and show it where no human has begun; False if it was there.

    Args:
        fields: all that is said in a `Prediction`.

    Raises:
        LeaseLost: another attempt owns the batch.
    """
    version = lease.work.version
    with transaction.atomic():
        lease.hold()
        prediction, is_new = Prediction.objects.get_or_create(version=version, image=image, defaults=fields)
        in_production = ModelVersion.objects.in_production().filter(pk=version.pk)  # now, not when the batch began
        if is_new and in_production.exists():
            _show_below(version, prediction)
    return is_new
