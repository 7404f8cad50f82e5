"""HTTP of work that a curator sends back."""

from collections.abc import Callable

from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.models import Annotation, Rework, Scope
from annotate.permissions import get_for, get_project, with_role
from annotate.serializers.rework import ReworkFilterInput, ReworkInput, ReworkOutput
from annotate.services.labelling import rework as services


class ReturnWork(APIView):
    """The sending back of what somebody handed in."""

    token_scope = Scope.CURATE

    @extend_schema(request=ReworkInput, responses={201: ReworkOutput})
    def post(self, request: Request, annotation: int) -> Response:
        """Send the work back with a reason; it counts no more until it is handed in again."""
        rows = Annotation.objects.select_related("author").filter(layer=Annotation.Layer.PERSON)
        row = get_for(request.user, rows, annotation, "work.return")
        body = ReworkInput(data=request.data)
        body.is_valid(raise_exception=True)
        to = services.find_person(name) if (name := body.validated_data.pop("to", None)) else None
        asked = services.return_work(row, by=request.user, to=to, **body.validated_data)
        asked.my_role = row.my_role
        return Response(ReworkOutput(asked).data, status=201)


class ReworkList(generics.GenericAPIView):
    """What was sent back in a project."""

    serializer_class = ReworkOutput
    queryset = Rework.objects.none()
    keyset_order = "-pk"

    @extend_schema(parameters=[ReworkFilterInput], responses=ReworkOutput(many=True))
    def get(self, request: Request, project: int) -> Response:
        """What was asked of you or is about your work, newest first; for curators all of it."""
        get_project(request.user, project, "image.label")
        asked = {name: value for name, value in request.query_params.items() if name not in ("cursor", "page_size")}
        wanted = ReworkFilterInput(data=asked)
        wanted.is_valid(raise_exception=True)
        rows = Rework.objects.visible_to(request.user).filter(image__project=project, **wanted.validated_data)
        page = self.paginate_queryset(with_role(rows, request.user).select_related("asked_by", "asked_of"))
        return self.get_paginated_response(ReworkOutput(page, many=True).data)


def answer(request: Request, pk: int, service: Callable[..., Rework]) -> Rework:
    """The request for rework, answered by a curator."""
    rows = Rework.objects.select_related("annotation__author", "asked_of", "asked_by", "image")
    row = get_for(request.user, rows, pk, "work.return")
    answered = service(row, by=request.user)
    answered.my_role = row.my_role
    return answered


class AcceptRework(APIView):
    """The end of a request that was met."""

    token_scope = Scope.CURATE

    @extend_schema(request=None, responses=ReworkOutput)
    def post(self, request: Request, rework: int) -> Response:
        """Take what was handed in again; twice is once."""
        return Response(ReworkOutput(answer(request, rework, services.accept)).data)


class WithdrawRework(APIView):
    """The way back from sending work back."""

    token_scope = Scope.CURATE

    @extend_schema(request=None, responses=ReworkOutput)
    def post(self, request: Request, rework: int) -> Response:
        """Take the request back while nobody has begun: the work counts as before; twice is once."""
        return Response(ReworkOutput(answer(request, rework, services.withdraw)).data)
