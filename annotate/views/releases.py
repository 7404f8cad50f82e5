"""HTTP of releases: cut one, watch it being built, take it home."""

from collections.abc import Iterable
from pathlib import PurePath

from django.http import StreamingHttpResponse
from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate import tasks
from annotate.models import Release, Scope
from annotate.permissions import get_for, get_project
from annotate.serializers.images import RefusalOutput
from annotate.serializers.releases import ReleaseInput, ReleaseOutput, ReleaseProgress
from annotate.services.releasing import releases
from annotate.views.images import AnyAccept

LISTED = Release.objects.defer("manifest")


class ReleaseList(generics.GenericAPIView):
    """The releases of a project."""

    token_scope = Scope.CURATE
    serializer_class = ReleaseOutput
    queryset = Release.objects.none()
    keyset_order = "-pk"

    @extend_schema(responses=ReleaseOutput(many=True))
    def get(self, request: Request, project: int) -> Response:
        """The project's releases, newest first."""
        owner = get_project(request.user, project, "release.view")
        page = self.paginate_queryset(LISTED.filter(project=owner))
        return self.get_paginated_response(ReleaseOutput(page, many=True).data)

    @extend_schema(request=ReleaseInput, responses={201: ReleaseOutput})
    def post(self, request: Request, project: int) -> Response:
        """Freeze the agreed photos as the next release; a worker builds it."""
        owner = get_project(request.user, project, "release.cut")
        body = ReleaseInput(data=request.data)
        body.is_valid(raise_exception=True)
        release = releases.cut_release(owner, by=request.user, **body.validated_data)
        tasks.build_releases.delay_on_commit()
        return Response(ReleaseOutput(release).data, status=201)


class ReleaseDetail(APIView):
    """One release."""

    @extend_schema(responses=ReleaseProgress)
    @method_decorator(conditional_page)
    def get(self, request: Request, release: int) -> Response:
        """How the release stands; 304 when nothing changed since the ETag the client has."""
        return Response(ReleaseProgress(get_for(request.user, LISTED, release, "release.view")).data)


class CancelRelease(APIView):
    """The stop button of a release."""

    token_scope = Scope.CURATE

    @extend_schema(request=None, responses={202: ReleaseOutput})
    def post(self, request: Request, release: int) -> Response:
        """Stop the building: at once if it waits, else within seconds."""
        row = get_for(request.user, LISTED, release, "release.cut")
        releases.cancel_release(row, by=request.user)
        row.refresh_from_db()
        return Response(ReleaseOutput(row).data, status=202)


class Download(APIView):
    """The files of a release."""

    content_negotiation_class = AnyAccept

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY, 409: RefusalOutput})
    def get(self, request: Request, release: int) -> StreamingHttpResponse:
        """The whole folder as one zip, the same bytes each time; 409 until the release is ready."""
        row = get_for(request.user, Release.objects.all(), release, "release.view")
        return zip_of(row.folder, releases.pack(row, by=request.user))


def zip_of(folder: str, pieces: Iterable[bytes]) -> StreamingHttpResponse:
    """A folder's zip, piece by piece, under the folder's name."""
    headers = {
        "Content-Disposition": f'attachment; filename="{PurePath(folder).name}.zip"',
        "Cache-Control": "private, no-store, no-transform",
        "X-Content-Type-Options": "nosniff",
    }
    return StreamingHttpResponse(pieces, content_type="application/zip", headers=headers)
