"""HTTP of labelling: the next photo, drafts, submits, skips, votes, and what they come to."""

from django.http import Http404, HttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate import tasks
from annotate.models import Annotation, Consensus, Image, Scope
from annotate.permissions import get_for, get_project
from annotate.serializers.images import RefusalOutput
from annotate.serializers.labelling import (
    AnnotationOutput,
    ConsensusInput,
    ConsensusOutput,
    DifferencesOutput,
    DraftInput,
    DraftOutput,
    NextInput,
    NotesInput,
    SkipInput,
    StaleOutput,
    SubmittedOutput,
    TaskOutput,
    UnvotedOutput,
    VoteInput,
    VoteOutput,
)
from annotate.services import reviews
from annotate.services.agreement import consensus
from annotate.services.labelling import annotations, votes
from annotate.services.queueing import gold, queue
from annotate.services.queueing.workload import Waiting, count_waiting
from annotate.views.images import AnyAccept

UNVOTED = 24
TASK = TaskOutput()  # one for all: to make its fields takes as long as to find the photo


class NextImage(APIView):
    """The queue of a project."""

    token_scope = Scope.LABEL

    @extend_schema(request=NextInput, responses={200: TaskOutput, 204: None})
    def post(self, request: Request, project: int) -> Response:
        """Lease the next photo, or the one named, to the caller; 204 when nothing is left to label.

        With `after`, the photo that comes after that one, so that it can be fetched in good time: one ahead, no more.
        """
        owner = get_project(request.user, project, "image.label")
        body = NextInput(data=request.data)
        body.is_valid(raise_exception=True)
        if (chosen := body.validated_data.get("image")) is None:
            annotation = queue.claim_next_image(owner, by=request.user, after=body.validated_data.get("after"))
        else:
            image = get_for(request.user, owner.images.all(), chosen, "image.label")
            annotation = queue.claim_image(image, by=request.user)
        return Response(TASK.to_representation(annotation)) if annotation else Response(status=204)


class AnnotationDetail(APIView):
    """One author's work on one photo."""

    @extend_schema(responses=AnnotationOutput)
    def get(self, request: Request, annotation: int) -> Response:
        """One's own annotation, or for curators anybody's."""
        return Response(
            AnnotationOutput(get_for(request.user, Annotation.objects.all(), annotation, "annotation.view")).data
        )


class Draft(APIView):
    """The saving of an annotation."""

    token_scope = Scope.LABEL

    @extend_schema(request=DraftInput, responses={200: DraftOutput, 409: StaleOutput})
    def put(self, request: Request, annotation: int) -> Response:
        """Save the document; the same save_id twice is one revision, an old base_revision a 409 with the newer."""
        body = DraftInput(data=request.data)
        body.is_valid(raise_exception=True)
        try:
            revision = annotations.save_draft(annotation, by=request.user, **body.validated_data)
        except annotations.NewerExists as refusal:
            newer = AnnotationOutput(refusal.newer).data
            return Response(refusal.as_problem() | {"annotation": newer}, status=409)
        return Response({"revision": revision})


class Notes(APIView):
    """What the author pinned on the photo."""

    token_scope = Scope.LABEL

    @extend_schema(request=NotesInput, responses=NotesInput)
    def put(self, request: Request, annotation: int) -> Response:
        """Keep these notes in place of those before; twice is once."""
        get_for(request.user, Annotation.objects.filter(author=request.user), annotation, "image.label")
        body = NotesInput(data=request.data)
        body.is_valid(raise_exception=True)
        notes = [dict(note) for note in body.validated_data["notes"]]
        return Response({"notes": annotations.keep_notes(annotation, by=request.user, notes=notes).notes})


class Submit(APIView):
    """The handing in of an annotation."""

    token_scope = Scope.LABEL

    @extend_schema(request=None, responses=SubmittedOutput)
    def post(self, request: Request, annotation: int) -> Response:
        """Hand in the saved document and the vote; twice is once. After a test photo comes what the expert said."""
        submitted = annotations.submit_annotation(annotation, by=request.user)
        submitted.feedback = gold.feedback_on(submitted)
        if submitted.is_left_to_worker:
            tasks.merge_maps.delay_on_commit()
        return Response(SubmittedOutput(submitted).data)


class Skip(APIView):
    """The leaving of a photo to others."""

    token_scope = Scope.LABEL

    @extend_schema(request=SkipInput, responses={204: None})
    def post(self, request: Request, annotation: int) -> Response:
        """Give the photo back, with a reason; it does not come again."""
        own = get_for(request.user, Annotation.objects.filter(author=request.user), annotation, "image.label")
        body = SkipInput(data=request.data)
        body.is_valid(raise_exception=True)
        queue.skip_image(own.image, by=request.user, reason=body.validated_data["reason"])
        return Response(status=204)


class Return(APIView):
    """The giving back of a photo that was only looked ahead to."""

    token_scope = Scope.LABEL

    @extend_schema(request=None, responses={204: None})
    def post(self, request: Request, annotation: int) -> Response:
        """Give the photo back to the queue if no work is in it; it may come again."""
        own = get_for(request.user, Annotation.objects.filter(author=request.user), annotation, "image.label")
        queue.return_image(own.image, by=request.user)
        return Response(status=204)


class CastVote(APIView):
    """A person's word on a photo."""

    token_scope = Scope.LABEL

    @extend_schema(request=VoteInput, responses=VoteOutput)
    def put(self, request: Request, image: int) -> Response:
        """Vote, or change one's vote."""
        photo = get_for(request.user, Image.objects.select_related("project"), image, "image.label")
        body = VoteInput(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(VoteOutput(votes.cast_vote(photo, by=request.user, **body.validated_data)).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, image: int) -> Response:
        """Take one's vote back, as if it had not been cast; twice is once."""
        photo = get_for(request.user, Image.objects.select_related("project"), image, "image.label")
        votes.withdraw_vote(photo, by=request.user)
        return Response(status=204)


class Unvoted(APIView):
    """The photos of a project that wait for one's vote."""

    @extend_schema(responses={200: UnvotedOutput, 409: RefusalOutput})
    def get(self, request: Request, project: int) -> Response:
        """The next photos to vote on without drawing a map; nothing is leased, everybody may vote on each once."""
        owner = get_project(request.user, project, "image.label")
        queue.refuse_paused(owner, request.user)
        waiting = owner.images.wanting_vote_of(request.user)
        count = count_waiting([owner.pk], request.user).get(owner.pk, Waiting()).to_vote
        page = {"count": count, "results": waiting.for_lists()[:UNVOTED]}
        return Response(UnvotedOutput(page).data)


class ImageConsensus(APIView):
    """What people's work on a photo comes to."""

    token_scope = Scope.CURATE

    @extend_schema(responses=ConsensusOutput)
    @method_decorator(conditional_page)
    def get(self, request: Request, image: int) -> Response:
        """Votes, posterior and agreement; 404 until somebody has submitted."""
        photo = get_for(request.user, Image.objects.all(), image, "consensus.view")
        return Response(ConsensusOutput(consensus_of(photo)).data)

    @extend_schema(request=ConsensusInput, responses=ConsensusOutput)
    def put(self, request: Request, image: int) -> Response:
        """Settle the photo: the curator's map and word hold from now on; everybody's own work stays."""
        photo = get_for(request.user, Image.objects.select_related("project"), image, "consensus.settle")
        body = ConsensusInput(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(ConsensusOutput(consensus.adjudicate(photo, by=request.user, **body.validated_data)).data)


class Differences(APIView):
    """Where people's maps of a photo part."""

    @extend_schema(responses=DifferencesOutput)
    @method_decorator(conditional_page)
    def get(self, request: Request, image: int) -> Response:
        """The places where those who submitted say different things, the largest first."""
        rows = Image.objects.select_related("project")
        work, found = reviews.differences_of(get_for(request.user, rows, image, "consensus.settle"))
        return Response(DifferencesOutput({"annotations": [each.pk for each in work], "differences": found}).data)


class ConsensusLevels(APIView):
    """The merged blur map of a photo."""

    content_negotiation_class = AnyAccept

    @extend_schema(responses={(200, "image/png"): OpenApiTypes.BINARY})
    @method_decorator(conditional_page)
    def get(self, request: Request, image: int) -> HttpResponse:
        """The level PNG: 8-bit grey, 0 sharp, 255 unlabelled."""
        photo = get_for(request.user, Image.objects.all(), image, "consensus.view")
        return HttpResponse(bytes(consensus_of(photo).levels_png), content_type="image/png")


def consensus_of(image: Image) -> Consensus:
    """The image's consensus; raises Http404 while there is none."""
    found = Consensus.objects.filter(image=image).first()
    if found is None:
        raise Http404
    return found
