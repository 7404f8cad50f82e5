"""HTTP of labels that other tools made: a file comes in, is read, mapped, brought in, and taken back."""

from django.db.models import F
from django.utils.decorators import method_decorator
from django.utils.translation import gettext as _
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema
from rest_framework import generics
from rest_framework.parsers import MultiPartParser
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate import tasks
from annotate.core.errors import Conflict
from annotate.models import LabelImport, LabelImportQuerySet, Scope
from annotate.permissions import get_for, get_project
from annotate.serializers import labels as shapes
from annotate.serializers.images import RefusalOutput
from annotate.services.importing import label_imports


def listed() -> LabelImportQuerySet:
    """Imports without what is heavy."""
    return LabelImport.objects.annotate(rows_read=F("report__rows")).defer("report", "mapping")


def answer(request: Request, work: LabelImport, status: int = 200) -> Response:
    """The import as it is now; a worker is woken if it waits for one."""
    if work.state == work.State.QUEUED:
        tasks.import_labels.delay_on_commit()
    row = get_for(request.user, listed(), work.pk, "labels.view")
    return Response(shapes.LabelImportProgress(row).data, status=status)


class LabelImportList(generics.GenericAPIView):
    """The files of labels that came into a project."""

    token_scope = Scope.UPLOAD
    serializer_class = shapes.LabelImportOutput
    queryset = LabelImport.objects.none()
    parser_classes = [MultiPartParser]
    keyset_order = "-pk"

    @extend_schema(responses=shapes.LabelImportOutput(many=True))
    def get(self, request: Request, project: int) -> Response:
        """Those that came in, the newest first."""
        row = get_project(request.user, project, "labels.view")
        page = self.paginate_queryset(listed().filter(project=row))
        return self.get_paginated_response(shapes.LabelImportOutput(page, many=True).data)

    @extend_schema(request={"multipart/form-data": shapes.LabelFileInput}, responses={201: shapes.LabelImportProgress})
    def post(self, request: Request, project: int) -> Response:
        """Send a file of labels; a worker reads it, and nothing else changes until it is applied."""
        row = get_project(request.user, project, "labels.import")
        body = shapes.LabelFileInput(data=request.data)
        body.is_valid(raise_exception=True)
        file = body.validated_data["file"]
        work = label_imports.start_import(row, file, by=request.user, file_name=file.name, **body.reading)
        return answer(request, work, 201)


class LabelImportDetail(APIView):
    """One file of labels."""

    token_scope = Scope.UPLOAD

    @extend_schema(responses=shapes.LabelImportProgress)
    @method_decorator(conditional_page)
    def get(self, request: Request, labels: int) -> Response:
        """How it stands; 304 when nothing changed since the ETag the client has."""
        row = get_for(request.user, listed(), labels, "labels.view")
        return Response(shapes.LabelImportProgress(row).data)

    @extend_schema(responses={204: None})
    def delete(self, request: Request, labels: int) -> Response:
        """Forget a file of which nothing is brought in."""
        row = get_for(request.user, LabelImport.objects.all(), labels, "labels.import")
        label_imports.discard(row, by=request.user)
        return Response(status=204)


class LabelReport(APIView):
    """What is in a file of labels."""

    @extend_schema(responses={200: shapes.ReportOutput, 409: RefusalOutput})
    def get(self, request: Request, labels: int) -> Response:
        """What the dry run found and what came of it; 409 until the file is read to its end."""
        row = get_for(request.user, LabelImport.objects.all(), labels, "labels.view")
        if not row.is_read:
            raise Conflict(_("The file is not read to its end yet."), code="not_read")
        return Response(shapes.ReportOutput.of(row))


class ReadLabels(APIView):
    """Another reading of a file."""

    token_scope = Scope.UPLOAD

    @extend_schema(request=shapes.ReadingInput, responses={202: shapes.LabelImportProgress})
    def post(self, request: Request, labels: int) -> Response:
        """Read it again, as another format or with other options; only before anything is brought in."""
        row = get_for(request.user, LabelImport.objects.all(), labels, "labels.import")
        body = shapes.ReadingInput(data=request.data)
        body.is_valid(raise_exception=True)
        reading = body.reading
        reading["format"] = reading["format"] or row.format
        return answer(request, label_imports.read_again(row, by=request.user, **reading), 202)


class ApplyLabels(APIView):
    """The moment when a file of labels begins to count."""

    token_scope = Scope.UPLOAD

    @extend_schema(request=shapes.MappingInput, responses={202: shapes.LabelImportProgress})
    def post(self, request: Request, labels: int) -> Response:
        """Bring its maps and votes in, never over anybody's work; repeated, what was left alone before."""
        row = get_for(request.user, LabelImport.objects.all(), labels, "labels.import")
        body = shapes.MappingInput(data=request.data)
        body.is_valid(raise_exception=True)
        return answer(request, label_imports.apply(row, by=request.user, mapping=body.validated_data or None), 202)


class CancelLabels(APIView):
    """The stop button of an import."""

    token_scope = Scope.UPLOAD

    @extend_schema(request=None, responses={202: shapes.LabelImportProgress})
    def post(self, request: Request, labels: int) -> Response:
        """Stop its step: at once if it waits, else within seconds; what came in stays and can be taken back."""
        row = get_for(request.user, LabelImport.objects.all(), labels, "labels.import")
        label_imports.cancel(row, by=request.user)
        return answer(request, row, 202)


class UndoLabels(APIView):
    """The way back from an import."""

    token_scope = Scope.UPLOAD

    @extend_schema(request=None, responses={202: shapes.LabelImportProgress})
    def post(self, request: Request, labels: int) -> Response:
        """Take back all that it brought, but for what somebody built on since."""
        row = get_for(request.user, LabelImport.objects.all(), labels, "labels.import")
        return answer(request, label_imports.undo(row, by=request.user), 202)
