"""HTTP of saved sets: questions about a project's photos under a name."""

from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.models import SavedSet, Scope
from annotate.permissions import get_for, get_project
from annotate.serializers.sets import SavedSetInput, SavedSetOutput
from annotate.services.finding import saved


class SavedSetList(generics.GenericAPIView):
    """The saved sets of a project."""

    token_scope = Scope.CURATE
    serializer_class = SavedSetOutput
    queryset = SavedSet.objects.none()

    @extend_schema(responses=SavedSetOutput(many=True))
    def get(self, request: Request, project: int) -> Response:
        """The project's saved sets, the oldest first."""
        row = get_project(request.user, project, "image.view")
        page = self.paginate_queryset(SavedSet.objects.filter(project=row))
        return self.get_paginated_response(SavedSetOutput(page, many=True).data)

    @extend_schema(request=SavedSetInput, responses={201: SavedSetOutput})
    def post(self, request: Request, project: int) -> Response:
        """Keep a question about photos under a name that the project has not."""
        row = get_project(request.user, project, "image.curate")
        body = SavedSetInput(data=request.data)
        body.is_valid(raise_exception=True)
        made = saved.save_set(row, by=request.user, **body.validated_data)
        return Response(SavedSetOutput(made).data, status=201)


class SavedSetDetail(APIView):
    """One saved set."""

    token_scope = Scope.CURATE

    @extend_schema(responses={204: None})
    def delete(self, request: Request, set: int) -> Response:
        """Forget it; what was made of its photos stays."""
        saved.forget_set(get_for(request.user, SavedSet.objects.all(), set, "image.curate"), by=request.user)
        return Response(status=204)
