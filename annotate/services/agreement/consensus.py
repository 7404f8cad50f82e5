"""What people's submitted work on an image comes to: made anew each time from their work, which is never changed."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
from django.db import transaction
from django.db.models import F
from django.db.models.functions import Now
from django.utils.translation import gettext as _

from annotate.core import voting
from annotate.core.blurmap import LevelMap, shows_blur
from annotate.core.errors import Conflict, InvalidDocument, InvalidVote
from annotate.core.regions import DESIRABILITIES, parse_document
from annotate.models import Annotation, Consensus, Image, MapMerge, Project, User, Vote, VotingFit, WebhookEvent
from annotate.services import audit, leases, webhooks
from annotate.services.agreement.merging import columns_of, is_long, merge_work, painted
from annotate.services.agreement.provenance import what_was_kept
from annotate.services.finding import facts
from annotate.services.queueing import stopping
from annotate.services.queueing.queue import lock_image, recount_slots

SURE_PPM = 750_000  # where votes differ, a label less likely than this goes to a curator
UNSETTLED_PPM = 100_000  # and so do maps that part too far to be merged on more of the photo than this
PPM_OF_PERCENT = 10_000
ROW_OF_MAP = ("level_px", "level_annotators", "agreement_ppm", "unsettled_ppm", "least_blur_px")

IMAGE_STATE = {
    Consensus.State.OPEN: Image.State.LABELLED,
    Consensus.State.AGREED: Image.State.AGREED,
    Consensus.State.DISPUTED: Image.State.DISPUTED,
}


@dataclass(frozen=True, slots=True)
class Trust:
    """How a project's votes are weighed: see `VotingFit`."""

    shares: voting.Floats
    crowd: voting.Floats
    confusions: dict[int, voting.Floats]

    @classmethod
    def of(cls, project_id: int) -> Trust:
        """By the project's last fit, or by what is assumed of a crowd that was never fitted."""
        if fit := VotingFit.objects.filter(project=project_id).first():
            people = {int(user): np.array(confusion) for user, confusion in fit.confusions.items()}
            return cls(np.array(fit.shares), np.array(fit.crowd), people)
        nobody = voting.fit_dawid_skene([], [], [])
        return cls(nobody.shares, nobody.crowd, {})

    def posterior(self, votes: Sequence[tuple[int, str]]) -> voting.Floats:
        """(4,) probability of each class after these (author, desirability)."""
        log_posterior = np.log(self.shares)
        for author, desirability in votes:
            confusion = self.confusions.get(author, self.crowd)
            log_posterior = voting.update_posterior(log_posterior, confusion[:, DESIRABILITIES.index(desirability)])
        return np.exp(log_posterior)


def check_labels(desirability: str, is_blurred: bool | None) -> None:
    """Refuse a map that says nothing, and a word that contradicts the map.

    Args:
        is_blurred: what `shows_blur` tells of the map.

    Raises:
        InvalidDocument: code nothing_labelled, no pixel has a level.
        InvalidVote: "none" though some pixel is blurred, or blur is judged though no pixel is.
    """
    if is_blurred is None:
        raise InvalidDocument(
            _("Nothing is labelled yet. Paint a region or give the rest a level."), code="nothing_labelled"
        )
    check_word(desirability, is_blurred)


def check_word(desirability: str, is_blurred: bool) -> None:
    """Refuse a word that contradicts the map, by whether that shows blur; raises InvalidVote."""
    if desirability == "none" and is_blurred:
        raise InvalidVote(_("You voted that there is no blur, but painted some. Change the vote or erase the blur."))
    if desirability != "none" and not is_blurred:
        raise InvalidVote(_("You judged the blur, but painted none. Paint where it is, or vote that there is none."))


def update_consensus(image_id: int) -> bool:
    """Merge anew what was submitted on the image. Call it in the transaction that changed what was submitted.

    The image's row is locked, so that of two people who submit at once the second sees the first. A curator's
    decision stands: only the count of votes changes. What takes long is left to a worker, `merge_left`; until it is
    done the image is open.

    Returns: whether it was left to a worker.
    """
    return merge_submitted(lock_image(image_id))


def merge_submitted(image: Image) -> bool:
    """As `update_consensus`, of an image that this transaction has locked, with its project."""
    work = list(_submitted(image))
    votes = _votes_of(image)
    if Consensus.objects.filter(image=image, decided_by=Consensus.DecidedBy.ADJUDICATED).update(**_counts(votes)):
        facts.note_judgement(image.pk)
        return False
    if not work:
        Consensus.objects.filter(image=image).delete()
        facts.note_judgement(image.pk)
        is_shown = hasattr(image, "preannotation")
        state = Image.State.PREANNOTATED if is_shown else Image.State.NEW
        _set_state(image, state, people_wanted=stopping.first_wanted(image.project, image.sha256))
        return False
    is_left = is_long(image, work)
    if is_left:
        _leave_to_worker(image)
    else:
        judge(image, votes, Trust.of(image.project_id), merge_work(image, work))
    return is_left


def _leave_to_worker(image: Image) -> None:
    """Have the image's maps merged anew: its row waits, and an attempt that goes on has lost its lease."""
    if not leases.begin_anew(MapMerge.objects.filter(image=image)):
        MapMerge.objects.create(image=image)
    is_open = {"state": Consensus.State.OPEN, "dispute": "", "revision": F("revision") + 1, "updated_at": Now()}
    was_merged = Consensus.objects.filter(image=image).update(**is_open)
    _set_state(image, Image.State.LABELLED if was_merged else image.state)


def merge_left(merge: MapMerge, lease: leases.Lease) -> dict[str, Any]:
    """Merge the maps of an image that were left to a worker, and judge by them.

    Nothing is locked meanwhile. Where people have changed their work, somebody else has merged it or will.

    Raises:
        LeaseLost: it was left once more since.
    """
    work = list(_submitted(merge.image))
    of_map = merge_work(merge.image, work) if work else None
    with transaction.atomic():
        image = lock_image(merge.image_id)
        lease.hold()
        MapMerge.objects.filter(pk=merge.pk).delete()
        is_same = _revisions(work) == _revisions(_submitted(image))
        weigh_votes(image.pk, of_map if is_same else None)
    return {}


def _revisions(work: Iterable[Annotation]) -> list[tuple[int, int]]:
    return [(each.pk, each.revision) for each in work]


def weigh_votes(image_id: int, of_map: Mapping[str, Any] | None = None) -> None:
    """Judge the image anew by its votes, as `update_consensus` does.

    Call it in the transaction that changed a vote. Votes on an image without a map wait for one.

    Args:
        of_map: what `merge_work` made; by default its maps are as they were merged, unless a worker merges them.
    """
    image = lock_image(image_id)
    votes = _votes_of(image)
    merged = Consensus.objects.filter(image=image)
    if merged.filter(decided_by=Consensus.DecidedBy.ADJUDICATED).update(**_counts(votes)):
        facts.note_judgement(image.pk)
        return
    if of_map := of_map or merged.filter(image__map_merge=None).values(*ROW_OF_MAP).first():
        judge(image, votes, Trust.of(image.project_id), of_map)


def _submitted(image: Image) -> Any:
    people = image.annotations.filter(layer=Annotation.Layer.PERSON, state=Annotation.State.SUBMITTED)
    return people.select_related("based_on").order_by("author")


def _votes_of(image: Image) -> list[tuple[int, str]]:
    votes = Vote.objects.filter(image=image).counted().order_by("author")
    return list(votes.values_list("author", "desirability"))


def _counts(votes: Sequence[tuple[int, str]]) -> dict[str, Any]:
    words = [word for _, word in votes]
    return {"vote_counts": [words.count(name) for name in DESIRABILITIES]}


def judge(image: Image, votes: Sequence[tuple[int, str]], trust: Trust, of_map: Mapping[str, Any]) -> None:
    """Write what the votes come to, beside `of_map`, and whether people agree. The image's row must be locked.

    Args:
        votes: (author, desirability) of everybody who submitted, and of who voted without a map.
        of_map: columns of the consensus that tell of the merged map, at least ROW_OF_MAP.
    """
    posterior = trust.posterior(votes)
    decision = voting.merge_votes(posterior)
    is_single = len(votes) == 1
    desirability = votes[0][1] if is_single else decision.desirability
    is_unanimous = {word for _, word in votes} == {desirability}
    is_sure = is_unanimous or (max(decision.posterior_ppm) >= SURE_PPM and not decision.is_disputed)
    wanted = stopping.people_wanted(image.project, image, posterior, of_map["level_annotators"], len(votes))
    is_open = of_map["level_annotators"] < wanted or not votes  # maps of other tools may come without a word
    dispute = "" if is_sure else Consensus.Dispute.VERDICT
    dispute = "" if is_open else dispute or find_dispute(image.project, desirability, of_map)
    is_agreed = not dispute and not image.is_questioned
    state = Consensus.State.AGREED if is_agreed else Consensus.State.DISPUTED
    fields = {
        **of_map,
        **_counts(votes),
        "state": Consensus.State.OPEN if is_open else state,
        "dispute": dispute,
        "desirability": desirability,
        "posterior_ppm": decision.posterior_ppm,
        "decided_by": Consensus.DecidedBy.SINGLE if is_single else Consensus.DecidedBy.POSTERIOR,
    }
    _store(image, wanted, **fields)
    facts.note_judgement(image.pk, Consensus(**fields))


def find_dispute(project: Project, desirability: str, of_map: Mapping[str, Any]) -> str:
    """Why maps that were merged are no consensus: a `Consensus.Dispute`, or "" where they are.

    A merged map carries the verdict if it shows blur exactly where the word says so, and at least half as much as the
    person painted who painted least of it.
    """
    agreement_ppm, blur_px = of_map["agreement_ppm"], blurred_px(of_map["level_px"])
    if of_map["level_annotators"] > 1 and agreement_ppm is None:
        return Consensus.Dispute.DISJOINT
    if agreement_ppm is not None and agreement_ppm < project.alike_percent * PPM_OF_PERCENT:
        return Consensus.Dispute.OVERLAP
    if of_map["unsettled_ppm"] > UNSETTLED_PPM:
        return Consensus.Dispute.UNSETTLED
    if (blur_px > 0) != (desirability != "none") or 2 * blur_px < of_map["least_blur_px"]:
        return Consensus.Dispute.CARRIES_NO_VERDICT
    return ""


def blurred_px(level_px: Sequence[int]) -> int:
    """How many pixels have a level above 0."""
    return sum(level_px[1:])


def _store(image: Image, people_wanted: int | None = None, /, **fields: Any) -> None:
    stored = Consensus.objects.filter(image=image).update(**fields, revision=F("revision") + 1, updated_at=Now())
    if not stored:
        Consensus.objects.create(image=image, **fields)
    wanted = {} if people_wanted is None else {"people_wanted": people_wanted}
    state = IMAGE_STATE[fields["state"]]
    _set_state(image, state, **wanted)
    if state == Image.State.DISPUTED != image.state:
        webhooks.announce(WebhookEvent.DISPUTE_OPENED, image.project_id, {"image": image.pk})


def _set_state(image: Image, state: str, **columns: int) -> None:
    Image.objects.filter(pk=image.pk).update(state=state, **columns)
    recount_slots([image.pk])


@transaction.atomic
def adjudicate(
    image: Image,
    *,
    by: User,
    document: object,
    desirability: str,
    reason: str,
    seen: int | None = None,
    work: Mapping[str, Any] | None = None,
) -> Consensus:
    """A curator's decision on the image: it holds whatever was or will be submitted, and all of that stays.

    Args:
        seen: the revision of the consensus that the curator knows of; None is any.
        work: more of the annotation that holds the decision, such as the time it took.

    Raises:
        Conflict: the image was withdrawn, or another curator settled it since `seen`.
        InvalidDocument: the document is malformed or labels nothing.
        InvalidVote: the word contradicts the map.
    """
    image = lock_in_use(image.pk)
    _check_seen(image, seen)
    check_labels(desirability, shows_blur(parse_document(document, level_count=image.project.level_count), image.size))
    levels = painted(image, document)
    Image.objects.filter(pk=image.pk).update(is_questioned=False)
    image.is_questioned = False
    annotation = _store_adjudication(image, by, document, {**(work or {}), **what_was_kept(image, document, levels)})
    hold(image, annotation, levels, desirability=desirability, reason=reason)
    details = {"desirability": desirability, "reason": reason, "annotation": annotation.pk}
    audit.record("consensus.settled", image, by=by, project=image.project_id, details=details)
    return Consensus.objects.get(image=image)


def hold(image: Image, adjudication: Annotation, levels: LevelMap, *, desirability: str, reason: str) -> None:
    """Write a curator's map and word as what holds, agreed unless somebody doubts it. The image must be locked."""
    _store(
        image,
        **_counts(_votes_of(image)),
        state=Consensus.State.DISPUTED if image.is_questioned else Consensus.State.AGREED,
        desirability=desirability,
        posterior_ppm=[1_000_000 * (name == desirability) for name in DESIRABILITIES],
        **columns_of(image, levels, [adjudication]),
        merge_rule="single",
        dispute="",
        decided_by=Consensus.DecidedBy.ADJUDICATED,
        adjudication=adjudication,
        reason=reason,
    )
    facts.note_judgement(image.pk)


def lock_in_use(image_id: int) -> Image:
    """The image, locked, if it is still to be judged.

    Raises:
        Conflict: code withdrawn.
    """
    image = lock_image(image_id)
    if image.is_withdrawn:
        raise Conflict(_("This photo was withdrawn. Bring it back among the photos to settle it."), code="withdrawn")
    return image


def _check_seen(image: Image, seen: int | None) -> None:
    """Refuse a decision that knows nothing of another curator's."""
    if seen is None:
        return
    settled = Consensus.objects.filter(image=image, decided_by=Consensus.DecidedBy.ADJUDICATED)
    if other := settled.exclude(revision=seen).select_related("adjudication__author").first():
        detail = _(
            "%(name)s has settled this photo meanwhile: “%(reason)s”. Settle once more to put yours in its place."
        )
        said = {"name": other.adjudication.author.username, "reason": other.reason}
        raise Conflict(detail, code="settled_meanwhile", **said)


def _store_adjudication(image: Image, by: User, document: object, work: Mapping[str, Any]) -> Annotation:
    said = {"document": document, "state": Annotation.State.SUBMITTED, "submitted_at": Now(), "updated_at": Now()}
    said |= work
    own = Annotation.objects.filter(image=image, author=by, layer=Annotation.Layer.ADJUDICATOR)
    if own.update(revision=F("revision") + 1, **said):
        return own.get()
    return Annotation.objects.create(image=image, author=by, layer=Annotation.Layer.ADJUDICATOR, revision=1, **said)
