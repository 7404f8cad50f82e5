"""What a release keeps of an image: everything that is known of its labels now, under pseudonyms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from annotate.core.release import Facts, Item, RegionsLine, VoteLine, Withdrawn, pseudonym
from annotate.models import Annotation, Consensus, Image, Release, ReleaseItem, Vote

MAPS_THAT_SHOW_WHOM_TO_TRUST = 4  # from here on `merge_level_maps` weighs people
ALL = 1_000_000


def agreed_images(project_id: int, licenses: Sequence[str]) -> QuerySet[Image]:
    """The images that a release may hold."""
    agreed = Image.objects.filter(project=project_id, state=Image.State.AGREED, is_withdrawn=False)
    return agreed.filter(license__in=licenses)


def withdrawn_since(project_id: int) -> list[Withdrawn]:
    """The images that ready releases hold and that were withdrawn since, each with the last release that has it."""
    gone = ReleaseItem.objects.filter(image__project=project_id, image__is_withdrawn=True)
    last = gone.filter(release__state=Release.State.DONE).order_by("key", "-release").distinct("key")
    return [Withdrawn(key=key, release=version) for key, version in last.values_list("key", "release__version")]


def with_labels(images: QuerySet[Image]) -> QuerySet[Image]:
    """The images with all that `Snapshot.item` reads."""
    submitted = Annotation.objects.filter(state=Annotation.State.SUBMITTED).order_by("author", "layer")
    counted = Prefetch("votes", Vote.objects.counted().order_by("author"))
    answers = Prefetch("votes", Vote.objects.gold().order_by("author"), to_attr="answers")
    prefetched = images.prefetch_related(Prefetch("annotations", submitted), counted, answers)
    return prefetched.select_related("consensus", "preannotation").defer("icc")


def first_releases(images: Sequence[Image]) -> dict[int, str]:
    """Image -> version of the first ready release that it is in."""
    items = ReleaseItem.objects.filter(image__in=images, release__state=Release.State.DONE)
    firsts = items.order_by("image", "release").distinct("image")
    return dict(firsts.values_list("image", "release__version"))


def time_text(moment: datetime) -> str:
    """A time as releases write it, to the second."""
    return moment.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")


@dataclass(frozen=True, slots=True)
class Snapshot:
    """The making of one release: it decides the pseudonyms."""

    salt: str
    name: str
    version: str
    tool_version: str

    def person(self, user_id: int) -> str:
        """The user's pseudonym in this release and no other."""
        return pseudonym(self.salt, "a", self.name, self.version, user_id)

    def item(self, image: Image, *, added_in: str) -> dict[str, Any]:
        """The image as JSON to be frozen: what `Item.from_json` reads."""
        annotations = list(image.annotations.all())
        people = [each for each in annotations if each.layer == Annotation.Layer.PERSON]
        settled_by = image.consensus.adjudication_id
        shown = [each for each in annotations if each in people or each.pk == settled_by]
        item = Item(
            facts=self._facts(image, people, added_in),
            annotations=tuple(self._regions(each) for each in shown),
            votes=(
                *(self._vote(vote) for vote in image.votes.all()),
                *(self._vote(vote, is_gold=1) for vote in image.answers),
            ),
            lineage=tuple(self._lineage(image, people)),
            load_image=_not_now,
            load_levels=_not_now,
        )
        return item.as_json()

    def _facts(self, image: Image, people: Sequence[Annotation], added_in: str) -> Facts:
        consensus = image.consensus
        kept = [each.kept_ppm for each in people if each.kept_ppm is not None]
        models = [each.based_on_model for each in people if each.based_on_model]
        return Facts(
            sha256=image.sha256,
            source_sha256=image.source_sha256,
            format=image.format,
            width=image.width,
            height=image.height,
            orientation=image.orientation,
            colour=image.colour,
            split=image.split,
            group=image.group,
            desirability=consensus.desirability,
            posterior_ppm=tuple(consensus.posterior_ppm),
            votes=tuple(consensus.vote_counts),
            decided_by=consensus.decided_by,
            level_agreement_ppm=ALL if consensus.agreement_ppm is None else consensus.agreement_ppm,
            level_annotators=consensus.level_annotators,
            pre_model=models[0] if models else "",
            pre_kept_ppm=sum(kept) // len(kept) if kept else 0,
            license=image.license,
            attribution=image.attribution,
            source_url=image.source_url,
            photographer=pseudonym(self.salt, "p", image.photographer) if image.photographer else "",
            added_in=added_in,
        )

    def _regions(self, annotation: Annotation) -> RegionsLine:
        return RegionsLine(
            annotation=str(annotation.pk),
            annotator=self.person(annotation.author_id),
            role="adjudicator" if annotation.layer == Annotation.Layer.ADJUDICATOR else "annotator",
            based_on=annotation.based_on_model,
            started=time_text(annotation.created_at),
            saved=time_text(annotation.updated_at),
            tool_version=self.tool_version,
            base=annotation.document["base"],
            regions=tuple(annotation.document["regions"]),
        )

    def _vote(self, vote: Vote, is_gold: int = 0) -> VoteLine:
        return VoteLine(
            annotator=self.person(vote.author_id),
            vote=vote.desirability,
            is_gold=is_gold,
            elapsed_ms=vote.elapsed_ms,
            saved=time_text(vote.updated_at),
        )

    def _lineage(self, image: Image, people: Sequence[Annotation]) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = [
            {"step": "ingest", "at": time_text(image.created_at), "source_sha256": image.source_sha256}
        ]
        if shown := image.shown_preannotation:
            weights = {"model": shown.model_name, "weights_sha256": shown.weights_sha256}
            steps.append({"step": "pre-annotation", "at": time_text(shown.created_at), **weights})
        steps += [self._annotation_step(annotation) for annotation in people]
        return [*steps, _consensus_step(image.consensus, people)]

    def _annotation_step(self, annotation: Annotation) -> dict[str, Any]:
        step = {
            "step": "annotation",
            "at": time_text(annotation.submitted_at or annotation.updated_at),
            "annotation": str(annotation.pk),
            "annotator": self.person(annotation.author_id),
            "revision": annotation.revision,
        }
        if annotation.based_on_model:
            step |= {
                "based_on": annotation.based_on_model,
                "based_on_weights_sha256": annotation.based_on_weights_sha256,
                "kept_ppm": annotation.kept_ppm,
            }
        return step


def _consensus_step(consensus: Consensus, people: Sequence[Annotation]) -> dict[str, Any]:
    """How the labels were made from the annotations; `verify_release(..., "deep")` does it again."""
    step = {"step": "consensus", "at": time_text(consensus.updated_at), "revision": consensus.revision}
    if consensus.adjudication_id:
        settled = {"levels_method": "single", "levels_from": [str(consensus.adjudication_id)]}
        return step | settled | {"votes_method": "adjudicated", "reason": consensus.reason}
    method = "ordered-median" if len(people) < MAPS_THAT_SHOW_WHOM_TO_TRUST else "pattern-em"
    return step | {
        "levels_method": "single" if len(people) == 1 else method,
        "levels_from": [str(annotation.pk) for annotation in people],
        "votes_method": "single" if consensus.decided_by == Consensus.DecidedBy.SINGLE else "dawid-skene",
    }


def _not_now() -> bytes:
    raise AssertionError("bytes are read when the release is built")
