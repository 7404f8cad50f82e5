"""What a release keeps of an image: everything that is known of its labels now, under pseudonyms."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any

from django.db.models import Prefetch, QuerySet

from annotate.core.blurmap import decode_levels
from annotate.core.release import Facts, Item, RegionsLine, VoteLine, Withdrawn, pseudonym, undated
from annotate.models import Annotation, Consensus, Image, Project, Release, ReleaseItem, Role, Vote
from annotate.services.agreement.provenance import made_from
from annotate.services.finding.search import read_query

ALL = 1_000_000


def agreed_images(project: Project, licenses: Sequence[str], photos: str = "") -> QuerySet[Image]:
    """The images that a release may hold: of those that the query `photos` asks for, where there is one."""
    agreed = project.images.filter(state=Image.State.AGREED, is_withdrawn=False, license__in=licenses)
    return agreed.filter(pk__in=read_query(project, photos, role=Role.OWNER).facts().ids()) if photos else agreed


def withdrawn_since(project_id: int) -> list[Withdrawn]:
    """The images that ready releases hold and that were withdrawn since, each with the last release that has it."""
    gone = ReleaseItem.objects.filter(image__project=project_id, image__is_withdrawn=True)
    last = gone.filter(release__state=Release.State.DONE).order_by("key", "-release").distinct("key")
    return [Withdrawn(key=key, release=version) for key, version in last.values_list("key", "release__version")]


def with_labels(images: QuerySet[Image]) -> QuerySet[Image]:
    """The images with all that `Snapshot.item` reads; merged maps and models' documents only where it asks for them."""
    submitted = Annotation.objects.filter(state=Annotation.State.SUBMITTED).order_by("author", "layer")
    counted = Prefetch("votes", Vote.objects.counted().order_by("author"))
    answers = Prefetch("votes", Vote.objects.gold().order_by("author"), to_attr="answers")
    prefetched = images.prefetch_related(Prefetch("annotations", submitted), counted, answers)
    return prefetched.select_related("consensus", "preannotation").defer(
        "consensus__levels_png", "preannotation__document"
    )


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
        sources = [each for each in shown if each.pk == settled_by] if settled_by else people
        made = _made_from(image, sources)
        item = Item(
            facts=self._facts(image, added_in, made),
            annotations=tuple(self._regions(each) for each in shown),
            votes=(
                *(self._vote(vote) for vote in image.votes.all()),
                *(self._vote(vote, is_gold=1) for vote in image.answers),
            ),
            lineage=tuple(self._lineage(image, shown, sources, made)),
            load_image=_not_now,
            load_levels=_not_now,
        )
        return item.as_json()

    def _facts(self, image: Image, added_in: str, made: dict[str, Any]) -> Facts:
        consensus = image.consensus
        return Facts(
            sha256=image.sha256,
            source_sha256=image.source_sha256,
            format=image.format,
            width=image.width,
            height=image.height,
            split=image.split,
            group=image.group,
            desirability=consensus.desirability,
            posterior_ppm=tuple(consensus.posterior_ppm),
            votes=tuple(consensus.vote_counts),
            decided_by=consensus.decided_by,
            level_agreement_ppm=ALL if consensus.level_annotators < 2 else consensus.agreement_ppm or 0,
            level_annotators=consensus.level_annotators,
            pre_model=made["pre_model"],
            pre_kept_ppm=made["pre_kept_ppm"],
            license=image.license,
            attribution=undated(image.attribution),
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

    def _lineage(
        self, image: Image, shown: Sequence[Annotation], sources: Sequence[Annotation], made: dict[str, Any]
    ) -> list[dict[str, Any]]:
        steps: list[dict[str, Any]] = [
            {"step": "ingest", "at": time_text(image.created_at), "source_sha256": image.source_sha256} | _shot(image)
        ]
        if proposal := image.shown_preannotation:
            weights = {"model": proposal.model_name, "weights_sha256": proposal.weights_sha256}
            steps.append({"step": "pre-annotation", "at": time_text(proposal.created_at), **weights})
        steps += [self._annotation_step(annotation) for annotation in sorted(shown, key=_is_curators)]
        return [*steps, _consensus_step(image.consensus, sources, made)]

    def _annotation_step(self, annotation: Annotation) -> dict[str, Any]:
        step = {
            "step": "review" if _is_curators(annotation) else "annotation",
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


def _is_curators(annotation: Annotation) -> bool:
    return annotation.layer == Annotation.Layer.ADJUDICATOR


def _made_from(image: Image, sources: Sequence[Annotation]) -> dict[str, Any]:
    """Which model's map the one that holds was made from, compared now where nobody has compared them before."""
    consensus = image.consensus
    if consensus.pre_kept_ppm is not None:
        return {"pre_model": consensus.pre_model, "pre_kept_ppm": consensus.pre_kept_ppm}
    return made_from(image, decode_levels(bytes(consensus.levels_png)), sources)


def _shot(image: Image) -> dict[str, str]:
    """The camera and the time, as far as known: by them new frames of a burst find it, in another project, too."""
    shot = {"camera": image.camera, "captured_at": image.captured_at and image.captured_at.isoformat()}
    return {name: value for name, value in shot.items() if value}


def _consensus_step(consensus: Consensus, sources: Sequence[Annotation], made: dict[str, Any]) -> dict[str, Any]:
    """How the labels were made from the annotations; `verify_release(..., "deep")` does it again."""
    step = {"step": "consensus", "at": time_text(consensus.updated_at), "revision": consensus.revision}
    step |= {"levels_method": consensus.merge_rule, "levels_from": [str(annotation.pk) for annotation in sources]}
    if made["pre_model"]:
        step |= {"based_on": made["pre_model"], "kept_ppm": made["pre_kept_ppm"]}
    if consensus.agreement_ppm is not None:
        step["people"] = {
            "overlap_ppm": consensus.agreement_ppm,
            "level_kappas_ppm": consensus.level_kappas_ppm,
            "unsettled_ppm": consensus.unsettled_ppm,
        }
    if consensus.adjudication_id:
        return step | {"votes_method": "adjudicated", "reason": consensus.reason}
    is_single = consensus.decided_by == Consensus.DecidedBy.SINGLE
    return step | {"votes_method": "single" if is_single else "dawid-skene"}


def _not_now() -> bytes:
    raise AssertionError("bytes are read when the release is built")
