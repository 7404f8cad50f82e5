"""HTTP of settling: the disputes that wait, a decision on one, and a curator's own map, which settles it in the end."""

from uuid import UUID

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.models import Image, Scope
from annotate.permissions import get_for, get_project
from annotate.serializers.labelling import ConsensusOutput, SettleInput, SettlingOutput
from annotate.serializers.settling import DecisionInput, DisputeOutput, DisputesInput, DisputesOutput
from annotate.services.agreement import decisions, disputes, settling


class Settling(APIView):
    """The map that a curator draws to settle a photo; it is saved as any annotation is."""

    token_scope = Scope.CURATE

    @extend_schema(request=None, responses=SettlingOutput)
    def post(self, request: Request, image: int) -> Response:
        """One's own map as it was left, else one that begins from what holds now."""
        rows = Image.objects.select_related("project", "consensus", "preannotation")
        photo = get_for(request.user, rows, image, "consensus.settle")
        begun = settling.open_map(photo, by=request.user)
        begun.image = photo
        return Response(SettlingOutput(begun).data)


class Settle(APIView):
    """The end of that."""

    token_scope = Scope.CURATE

    @extend_schema(request=SettleInput, responses=ConsensusOutput)
    def post(self, request: Request, image: int) -> Response:
        """Let one's own map and word hold for the photo. Everybody's work stays; twice is once."""
        photo = get_for(request.user, Image.objects, image, "consensus.settle")
        body = SettleInput(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(ConsensusOutput(settling.settle_map(photo, by=request.user, **body.validated_data)).data)


class DisputeList(APIView):
    """The photos of a project that wait for a curator."""

    @extend_schema(parameters=[DisputesInput], responses=DisputesOutput)
    def get(self, request: Request, project: int) -> Response:
        """Their ids, in the order asked for."""
        row = get_project(request.user, project, "consensus.settle")
        asked = DisputesInput(data=request.query_params.dict())
        asked.is_valid(raise_exception=True)
        return Response({"ids": disputes.order_disputes(row, **asked.validated_data)})


class Dispute(APIView):
    """One photo that people see differently."""

    @extend_schema(responses=DisputeOutput)
    def get(self, request: Request, image: int) -> Response:
        """Why it is disputed, everybody's map and vote, and where the maps part; 409 until somebody has submitted."""
        rows = Image.objects.select_related("project", "consensus")
        photo = get_for(request.user, rows, image, "consensus.settle")
        return Response(DisputeOutput(disputes.open_dispute(photo)).data)


class Decision(APIView):
    """A curator's word on a dispute."""

    token_scope = Scope.CURATE

    @extend_schema(request=DecisionInput, responses=ConsensusOutput)
    def post(self, request: Request, image: int) -> Response:
        """Let a map, with places taken from others, and a word hold for the photo. Everybody's work stays."""
        photo = get_for(request.user, Image.objects, image, "consensus.settle")
        body = DecisionInput(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(ConsensusOutput(decisions.decide(photo, by=request.user, **body.validated_data)).data)


class UndoDecision(APIView):
    """The way back from it."""

    token_scope = Scope.CURATE

    @extend_schema(request=None, responses=ConsensusOutput)
    def post(self, request: Request, image: int, act: UUID) -> Response:
        """Make the photo a dispute again, as it was before."""
        photo = get_for(request.user, Image.objects, image, "consensus.settle")
        return Response(ConsensusOutput(decisions.undo_decision(photo, act, by=request.user)).data)
