"""HTTP of exports: ask for a release in another tool's format, watch it being built, take it home."""

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
from annotate.models import Export, Release, Scope
from annotate.permissions import get_for
from annotate.serializers.exports import ExportInput, ExportOutput, ExportProgress
from annotate.serializers.images import RefusalOutput
from annotate.services.releasing import exports
from annotate.views.images import AnyAccept
from annotate.views.releases import zip_of


class ExportList(generics.GenericAPIView):
    """The exports of a release."""

    token_scope = Scope.READ
    serializer_class = ExportOutput
    queryset = Export.objects.none()
    keyset_order = "-pk"

    @extend_schema(responses=ExportOutput(many=True))
    def get(self, request: Request, release: int) -> Response:
        """The release's exports, newest first."""
        row = get_for(request.user, Release.objects.defer("manifest"), release, "release.view")
        page = self.paginate_queryset(row.exports.all())
        return self.get_paginated_response(ExportOutput(page, many=True).data)

    @extend_schema(request=ExportInput, responses={201: ExportOutput})
    def post(self, request: Request, release: int) -> Response:
        """Ask for the release in a format; a worker builds it, once for all who ask for the same."""
        rows = Release.objects.select_related("project").defer("manifest")
        row = get_for(request.user, rows, release, "release.view")
        body = ExportInput(data=request.data)
        body.is_valid(raise_exception=True)
        export = exports.start_export(row, by=request.user, **body.validated_data)
        tasks.build_exports.delay_on_commit()
        return Response(ExportOutput(export).data, status=201)


class ExportDetail(APIView):
    """One export."""

    @extend_schema(responses=ExportProgress)
    @method_decorator(conditional_page)
    def get(self, request: Request, export: int) -> Response:
        """How the export stands; 304 when nothing changed since the ETag the client has."""
        return Response(ExportProgress(get_for(request.user, Export.objects.all(), export, "release.view")).data)


class CancelExport(APIView):
    """The stop button of an export."""

    token_scope = Scope.READ

    @extend_schema(request=None, responses={202: ExportOutput})
    def post(self, request: Request, export: int) -> Response:
        """Stop the building: at once if it waits, else within seconds."""
        row = get_for(request.user, Export.objects.all(), export, "release.view")
        exports.cancel_export(row)
        row.refresh_from_db()
        return Response(ExportOutput(row).data, status=202)


class DownloadExport(APIView):
    """The files of an export."""

    content_negotiation_class = AnyAccept

    @extend_schema(responses={(200, "application/zip"): OpenApiTypes.BINARY, 409: RefusalOutput})
    def get(self, request: Request, export: int) -> StreamingHttpResponse:
        """The whole folder as one zip, the same bytes each time; 409 until the export is ready."""
        row = get_for(request.user, Export.objects.all(), export, "release.view")
        return zip_of(row.folder, exports.pack_export(row, by=request.user))
