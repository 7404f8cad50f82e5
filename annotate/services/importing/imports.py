"""A release comes back: its photos, everybody's regions and votes, and what they came to, into an empty project."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from typing import Any

from django.db import transaction
from django.utils import timezone

from annotate.core.blurmap import decode_levels, level_areas
from annotate.core.errors import Conflict
from annotate.core.regions import EMPTY, parse_document
from annotate.core.release import Facts, Item, RegionsLine, ReleaseFolder, VoteLine
from annotate.models import Annotation, Consensus, GoldAnswer, Image, Project, User, Vote
from annotate.services import audit
from annotate.services.finding.facts import note_judgement
from annotate.services.photos.images import EXTENSIONS, Source, ingest_image
from annotate.services.releasing import publication

LAYERS = {"annotator": Annotation.Layer.PERSON, "adjudicator": Annotation.Layer.ADJUDICATOR}


def import_release(release: ReleaseFolder, project: Project, *, by: User) -> Iterator[Image]:
    """Bring every image of a verified release into `project`, one transaction each, and yield it when it is in.

    Stopped half way, it goes on from there when called again. Its people become users who cannot sign in.

    Raises:
        Conflict: the project holds something else.
        SmartBlurError: a photo or a licence is not accepted here; `where` names the image.
    """
    _adopt_levels(release, project)
    details = {"content_id": release.content_id, "version": release.manifest.version}
    audit.record("release.imported", project, by=by, project=project, details=details)
    done = dict(Consensus.objects.filter(image__project=project).values_list("image__source_sha256", "image"))
    for item in release.items():
        if item.facts.source_sha256 in done:
            yield Image.objects.get(pk=done[item.facts.source_sha256])
            continue
        with transaction.atomic():
            image = _import_item(item, project, by)
        yield image


def _adopt_levels(release: ReleaseFolder, project: Project) -> None:
    """Give an empty project the release's levels; refuse one that holds photos which are not the release's."""
    known = set(project.images.values_list("source_sha256", flat=True))
    if known - {record.source_sha256 for record in release.records()}:
        raise Conflict("The project holds other photos. Import into an empty project.", code="project_not_empty")
    levels = [level.as_project() for level in release.manifest.levels]
    if known and project.levels != levels:
        raise Conflict("The project has other levels. Import into an empty project.", code="other_levels")
    project.levels = levels
    told = {"guidelines": release.manifest.guidelines} | publication.told_by(release.manifest)
    for name, value in told.items():
        setattr(project, name, getattr(project, name) or value)
    project.save(update_fields=["levels", *told])


def _import_item(item: Item, project: Project, by: User) -> Image:
    facts = item.facts
    image, _ = bring_photo(item, project, by=by)
    steps = _steps_of(item)
    take_facts(image, item, state=Image.State.AGREED, open_slots=0)
    annotations = {
        line.annotation: _import_annotation(line, image, steps.get(line.annotation, {}))
        for line in item.annotations
        if line.role in LAYERS
    }
    drew = {line.annotator for line in item.annotations if line.role == "annotator"}
    for vote in item.votes:
        said = {"desirability": vote.vote, "elapsed_ms": vote.elapsed_ms, "updated_at": time_of(vote.saved)}
        said["stands_alone"] = vote.annotator not in drew and not vote.is_gold
        author = stand_in(vote.annotator, project)
        Vote.objects.create(image=image, author=author, created_at=time_of(vote.saved), **said)
        if vote.is_gold:
            _import_answer(vote, image, author, facts.desirability)
    _import_consensus(item, image, annotations, steps.get("consensus", {}))
    return image


def bring_photo(item: Item, project: Project, *, by: User) -> tuple[Image, bool]:
    """The photo of a release in the project, and whether it is new there; raises SmartBlurError where it is refused."""
    facts = item.facts
    return ingest_image(
        item.load_image(),
        file_name=f"{facts.key}.{EXTENSIONS[facts.format]}",
        project=project,
        by=by,
        source=Source(facts.license, facts.attribution, facts.photographer, facts.source_url),
    )


def take_facts(image: Image, item: Item, **columns: Any) -> None:
    """Write what a release knows of the photo beside its bytes, and `columns`."""
    facts, shot = item.facts, _steps_of(item).get("ingest", {})
    Image.objects.filter(pk=image.pk).update(
        camera=shot.get("camera", "")[:160],
        captured_at=time_of(shot["captured_at"]) if "captured_at" in shot else None,
        source_sha256=facts.source_sha256,
        split=facts.split,
        group=facts.group,
        **columns,
    )


def _steps_of(item: Item) -> dict[str, dict[str, Any]]:
    """The steps of a photo's lineage, by the annotation that they tell of, else by name."""
    return {step.get("annotation", step["step"]): dict(step) for step in item.lineage}


def _import_annotation(line: RegionsLine, image: Image, step: dict[str, Any]) -> Annotation:
    parse_document(line.document, level_count=image.project.level_count)
    return Annotation.objects.create(
        image=image,
        author=stand_in(line.annotator, image.project),
        layer=LAYERS[line.role],
        state=Annotation.State.SUBMITTED,
        document=line.document,
        revision=step.get("revision", 1),
        based_on_model=line.based_on,
        based_on_weights_sha256=step.get("based_on_weights_sha256", ""),
        kept_ppm=step.get("kept_ppm"),
        created_at=time_of(line.started),
        updated_at=time_of(line.saved),
        submitted_at=time_of(step.get("at", line.saved)),
    )


def _import_answer(vote: VoteLine, image: Image, author: User, expert_desirability: str) -> None:
    """An answer to a test photo: a release holds its word and no map."""
    Annotation.objects.create(
        image=image,
        author=author,
        layer=Annotation.Layer.GOLD,
        state=Annotation.State.SUBMITTED,
        document=EMPTY.as_json(),
        submitted_at=time_of(vote.saved),
    )
    GoldAnswer.objects.create(
        image=image,
        author=author,
        desirability=vote.vote,
        expert_desirability=expert_desirability,
        is_right=vote.vote == expert_desirability,
        answered_at=time_of(vote.saved),
    )


def _import_consensus(item: Item, image: Image, annotations: dict[str, Annotation], step: dict[str, Any]) -> None:
    facts, png, people = item.facts, item.load_levels(), step.get("people", {})
    settled = [annotation for annotation in annotations.values() if annotation.layer == Annotation.Layer.ADJUDICATOR]
    Consensus.objects.create(
        image=image,
        state=Consensus.State.AGREED,
        desirability=facts.desirability,
        posterior_ppm=facts.posterior_ppm,
        vote_counts=facts.votes,
        levels_png=png,
        level_px=level_areas(decode_levels(png), image.project.level_count),
        level_annotators=facts.level_annotators,
        agreement_ppm=people.get("overlap_ppm", _agreement(facts)),
        level_kappas_ppm=people.get("level_kappas_ppm", []),
        unsettled_ppm=people.get("unsettled_ppm", 0),
        merge_rule=step.get("levels_method", ""),
        pre_model=facts.pre_model,
        pre_kept_ppm=facts.pre_kept_ppm,
        decided_by=facts.decided_by,
        adjudication=settled[0] if settled else None,
        reason=step.get("reason", ""),
        revision=step.get("revision", 1),
        updated_at=time_of(step.get("at", "")),
    )
    note_judgement(image.pk)


def _agreement(facts: Facts) -> int | None:
    return None if facts.level_annotators < 2 else facts.level_agreement_ppm


def stand_in(pseudonym: str, project: Project) -> User:
    """The user who stands for somebody of a release."""
    return named_stand_in(f"{pseudonym}.{project.pk}")


def named_stand_in(name: str) -> User:
    """The user of that name who stands for somebody of elsewhere: no password, no access."""
    person, is_new = User.objects.get_or_create(username=name, defaults={"is_active": False})
    if is_new:
        person.set_unusable_password()
        person.save(update_fields=["password"])
    return person


def time_of(text: str) -> datetime:
    """A time as releases write it; now where none was written."""
    return datetime.fromisoformat(text).astimezone(UTC) if text else timezone.now()
