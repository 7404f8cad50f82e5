"""HTTP of batches: photos that are given to people until a day."""

from typing import Any

from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.models import Batch, Scope, User
from annotate.permissions import get_for, get_project, with_role
from annotate.serializers.batches import BatchChanges, BatchInput, BatchOutput
from annotate.serializers.images import search_of
from annotate.services.queueing import batches


def answer_with(rows: list[Batch], asker: User) -> Any:
    """The batches as the asker sees them."""
    return BatchOutput(batches.with_shares(batches.with_progress(rows)), many=True, context={"user": asker}).data


class BatchList(generics.GenericAPIView):
    """The batches of a project."""

    token_scope = Scope.CURATE
    serializer_class = BatchOutput
    queryset = Batch.objects.none()
    keyset_order = "-pk"

    @extend_schema(responses=BatchOutput(many=True))
    def get(self, request: Request, project: int) -> Response:
        """Those given to you or to everybody, newest first; for curators all of them."""
        row = get_project(request.user, project, "batch.view")
        rows = with_role(Batch.objects.visible_to(request.user), request.user).filter(project=row)
        return self.get_paginated_response(answer_with(self.paginate_queryset(rows), request.user))

    @extend_schema(request=BatchInput, responses={201: BatchOutput})
    def post(self, request: Request, project: int) -> Response:
        """Give photos to people: their queues bring these first, what is due first before the rest."""
        row = get_project(request.user, project, "batch.give")
        body = BatchInput(data=request.data)
        body.is_valid(raise_exception=True)
        asked = body.validated_data
        if "matching" in asked:
            asked["images"] = search_of(row, asked.pop("matching")).ids(batches.MAX_IMAGES + 1)
        batch = batches.give_batch(row, by=request.user, **asked)
        batch.my_role = row.my_role
        return Response(answer_with([batch], request.user)[0], status=201)


class BatchDetail(APIView):
    """One batch."""

    token_scope = Scope.CURATE

    @extend_schema(responses=BatchOutput)
    def get(self, request: Request, batch: int) -> Response:
        """How far it is, by whom and until when."""
        row = get_for(request.user, Batch.objects.all(), batch, "batch.view")
        return Response(answer_with([row], request.user)[0])

    @extend_schema(request=BatchChanges, responses=BatchOutput)
    def patch(self, request: Request, batch: int) -> Response:
        """Change what you send: its name, day or people, or close it and open it again."""
        row = get_for(request.user, Batch.objects.all(), batch, "batch.give")
        body = BatchChanges(data=request.data)
        body.is_valid(raise_exception=True)
        fields = dict(body.validated_data)
        is_closed = fields.pop("is_closed", None)
        changed = batches.change_batch(row, by=request.user, **fields) if fields else row
        if is_closed is not None:
            changed = batches.close_batch(changed, by=request.user, is_closed=is_closed)
        changed.my_role = row.my_role
        return Response(answer_with([changed], request.user)[0])
