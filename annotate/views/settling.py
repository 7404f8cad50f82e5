"""HTTP of a curator's own map of a photo: drawn like anybody's, it settles the photo in the end."""

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.models import Image
from annotate.permissions import get_for
from annotate.serializers.labelling import ConsensusOutput, SettleInput, SettlingOutput
from annotate.services import settling


class Settling(APIView):
    """The map that a curator draws to settle a photo; it is saved as any annotation is."""

    @extend_schema(request=None, responses=SettlingOutput)
    def post(self, request: Request, image: int) -> Response:
        """One's own map as it was left, else one that begins from what holds now."""
        rows = Image.objects.select_related("project", "consensus", "preannotation").defer("icc")
        photo = get_for(request.user, rows, image, "consensus.settle")
        begun = settling.open_map(photo, by=request.user)
        begun.image = photo
        return Response(SettlingOutput(begun).data)


class Settle(APIView):
    """The end of that."""

    @extend_schema(request=SettleInput, responses=ConsensusOutput)
    def post(self, request: Request, image: int) -> Response:
        """Let one's own map and word hold for the photo. Everybody's work stays; twice is once."""
        photo = get_for(request.user, Image.objects.defer("icc"), image, "consensus.settle")
        body = SettleInput(data=request.data)
        body.is_valid(raise_exception=True)
        return Response(ConsensusOutput(settling.settle_map(photo, by=request.user, **body.validated_data)).data)
