"""HTTP of photos: they come in, are listed, and their bytes go out to members only."""

from collections.abc import Callable, Collection
from typing import Any
from uuid import UUID

from django.http import FileResponse, HttpResponse
from django.utils.cache import get_conditional_response
from django.utils.translation import gettext as _
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, OpenApiResponse, extend_schema
from rest_framework import generics
from rest_framework.exceptions import NotFound
from rest_framework.negotiation import BaseContentNegotiation
from rest_framework.parsers import MultiPartParser
from rest_framework.renderers import BaseRenderer
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate import tasks
from annotate.core.errors import InvalidImage
from annotate.models import Derivative, Image, Scope
from annotate.permissions import get_for, get_project
from annotate.serializers import images as shapes
from annotate.services.finding.bursts import bursts_of, members_of
from annotate.services.finding.search import ON, Search, in_order
from annotate.services.photos import curation
from annotate.services.photos.images import Arrival, Source, ingest_images
from annotate.services.photos.keeping import MOST_COMPARED, candidates_of, propose
from annotate.services.queueing import gold

IDS_AT_ONCE = 20_000


class ImageList(generics.GenericAPIView):
    """The photos of a project."""

    token_scope = Scope.UPLOAD
    serializer_class = shapes.ImageOutput
    queryset = Image.objects.none()
    parser_classes = [MultiPartParser]

    @extend_schema(parameters=[shapes.ImageFilterInput], responses=shapes.ImageOutput(many=True))
    def get(self, request: Request, project: int) -> Response:
        """The project's photos, oldest first unless asked otherwise; withdrawn ones are a list of their own."""
        ids = self.paginator.paginate_ids(find_images(request, project).ids, request)
        page = in_order(gold.as_seen_by(Image.objects.for_lists(), request.user), ids)
        return self.get_paginated_response(shapes.ImageOutput(page, many=True).data)

    @extend_schema(
        request={"multipart/form-data": shapes.UploadInput},
        responses={200: shapes.UploadOutput, 201: shapes.UploadOutput, 422: shapes.UploadOutput},
    )
    def post(self, request: Request, project: int) -> Response:
        """Bring photos in, many at once; each file gets its own result, and a bad one stops none of the others.

        201 when at least one is new, 200 when the project had them all, 422 when none was accepted.
        """
        row = get_project(request.user, project, "image.add")
        body = shapes.UploadInput(data=form_of(request))
        body.is_valid(raise_exception=True)
        source = Source(**{name: value for name, value in body.validated_data.items() if name != "files"})
        files = ((file.name, file) for file in body.validated_data["files"])
        arrivals = ingest_images(files, project=row, by=request.user, source=source)
        if any(arrival.is_new for arrival in arrivals):
            tasks.render_derivatives.delay_on_commit()
        return answer_upload(arrivals)


def find_images(request: Request, project: int, beside: Collection[str] = ()) -> Search:
    """What the query asks for, but for the names `beside` and those of the page."""
    row = get_project(request.user, project, "image.view")
    known = ("cursor", "page_size", *beside)
    asked = {name: value for name, value in request.query_params.items() if name not in known}
    wanted = shapes.ImageFilterInput(data=asked)
    wanted.is_valid(raise_exception=True)
    return shapes.search_of(row, wanted.validated_data)


class ImageIds(generics.GenericAPIView):
    """The order of a list of photos."""

    serializer_class = shapes.ImageIdsOutput
    queryset = Image.objects.none()

    @extend_schema(
        parameters=[
            shapes.ImageFilterInput,
            OpenApiParameter("cursor", int),
            OpenApiParameter("page_size", int),
            OpenApiParameter("bursts", bool, description="Tell which of the photos are of which burst."),
        ],
        responses=shapes.ImageIdsOutput,
    )
    def get(self, request: Request, project: int) -> Response:
        """The ids of the photos that a list holds, in its order: any of them is a cursor, here and of the list."""
        self.paginator.page_size = self.paginator.max_page_size = IDS_AT_ONCE
        ids = self.paginator.paginate_ids(find_images(request, project, ["bursts"]).ids, request)
        told = {"bursts": bursts_of(ids)} if request.query_params.get("bursts") in ON else {}
        return Response({"ids": ids, "next": self.paginator.next, **told})


class Burst(APIView):
    """A burst of photos."""

    @extend_schema(responses=shapes.BurstOutput)
    def get(self, request: Request, project: int, burst: int) -> Response:
        """Its photos that are not withdrawn, and which of them is proposed to be kept, of 36 at most, and why."""
        row = get_project(request.user, project, "image.curate")
        ids = list(members_of(row, burst)[:MOST_COMPARED])
        if not ids:
            raise NotFound
        proposed, why = propose(candidates_of(row, ids, seen_by=request.user))
        return Response({"images": ids, "proposed": proposed.pk, "file_name": proposed.file_name, "why": why})


class Curation(APIView):
    """What curators do with many photos at once."""

    token_scope = Scope.CURATE

    @extend_schema(request=shapes.CurationInput, responses=shapes.CurationOutput)
    def post(self, request: Request, project: int) -> Response:
        """Put photos first in the queue, withdraw them, send them to review ...: all of them or none."""
        row = get_project(request.user, project, "image.curate")
        body = shapes.CurationInput(data=request.data)
        body.is_valid(raise_exception=True)
        asked = dict(body.validated_data)
        if "matching" in asked:
            asked["images"] = shapes.search_of(row, asked.pop("matching")).ids(curation.MAX_IMAGES + 1)
        return Response({"changed": curation.act_on_images(row, by=request.user, **asked)})


class UndoCuration(APIView):
    """The way back from an act."""

    token_scope = Scope.CURATE

    @extend_schema(request=shapes.UndoInput, responses=shapes.CurationOutput)
    def post(self, request: Request, project: int, act: UUID) -> Response:
        """Put back what the act changed, if nobody has changed it since."""
        row = get_project(request.user, project, "image.curate")
        body = shapes.UndoInput(data=request.data)
        body.is_valid(raise_exception=True)
        return Response({"changed": curation.undo_act(row, act, by=request.user, **body.validated_data)})


def form_of(request: Request) -> dict[str, Any]:
    """The form's fields, with all of its files under `files`."""
    data = {name: request.data.get(name) for name in request.data if name not in request.FILES}
    return data | {name: request.FILES.getlist(name) for name in request.FILES}


def answer_upload(arrivals: list[Arrival]) -> Response:
    """The results in order; the first refusal speaks for all where nothing was accepted."""
    shape = shapes.ImageOutput()  # one for all: to build it takes longer than to check a photo
    body: dict[str, Any] = {"results": [result_of(arrival, shape) for arrival in arrivals]}
    if any(arrival.is_new for arrival in arrivals):
        return Response(body, status=201)
    if any(arrival.image for arrival in arrivals):
        return Response(body, status=200)
    first = arrivals[0]
    return Response(first.error.as_problem() | {"where": first.file_name} | body, status=422)


def result_of(arrival: Arrival, shape: shapes.ImageOutput) -> dict[str, Any]:
    """One file's result."""
    if arrival.error:
        return {"file_name": arrival.file_name, "error": arrival.error.as_problem()}
    image = shape.to_representation(arrival.image)
    result = {"file_name": arrival.file_name, "image": image, "duplicate": not arrival.is_new, "note": arrival.note}
    return result | ({"looks_like": shape.to_representation(arrival.twin)} if arrival.twin else {})


class ImageDetail(APIView):
    """One photo."""

    @extend_schema(responses=shapes.ImageDetailOutput)
    def get(self, request: Request, image: int) -> Response:
        """What is known of the photo: size, state, where it comes from and on what terms."""
        seen = gold.as_seen_by(Image.objects.for_lists(), request.user)
        return Response(shapes.ImageDetailOutput(get_for(request.user, seen, image, "image.view")).data)


# Bytes ----------------------------------------------------------------------------------------------------------------


class AnyAccept(BaseContentNegotiation):
    """Bytes go out as what they are, whatever the client says it prefers; problems go out as JSON."""

    def select_parser(self, request: Request, parsers: list) -> None:
        """Nothing is read."""

    def select_renderer(self, request: Request, renderers: list[BaseRenderer], format_suffix: Any = None) -> tuple:
        """The renderer of problems."""
        return renderers[0], renderers[0].media_type


class Photo(APIView):
    """The bytes of one photo."""

    content_negotiation_class = AnyAccept

    @extend_schema(responses={(200, "image/*"): OpenApiTypes.BINARY, 304: None})
    def get(self, request: Request, image: int) -> HttpResponse:
        """The photo as it is stored: upright, 8-bit grey or RGB, with its colour profile and no other metadata."""
        rows = Image.objects.only("file", "format", "sha256")
        row = get_for(request.user, rows, image, "image.view")
        return send_bytes(request, row.file.open, content_type=f"image/{row.format}", etag=row.sha256)


class Preview(APIView):
    """The preview of one photo."""

    content_negotiation_class = AnyAccept

    @extend_schema(
        responses={
            (200, "image/jpeg"): OpenApiTypes.BINARY,
            202: OpenApiResponse(shapes.RefusalOutput, "preview_pending: ask again in a second"),
            304: None,
            422: OpenApiResponse(shapes.RefusalOutput, "preview_failed"),
        }
    )
    def get(self, request: Request, image: int) -> HttpResponse:
        """An upright JPEG of at most 640 px, as soon as a worker has made it."""
        return send_derivative(request, image, "preview", "image/jpeg")


class Sharpness(APIView):
    """How sharp one photo is from place to place."""

    content_negotiation_class = AnyAccept

    @extend_schema(
        responses={
            (200, "image/png"): OpenApiTypes.BINARY,
            202: OpenApiResponse(shapes.RefusalOutput, "sharpness_pending: ask again in a second"),
            304: None,
            422: OpenApiResponse(shapes.RefusalOutput, "sharpness_failed"),
        }
    )
    def get(self, request: Request, image: int) -> HttpResponse:
        """An 8-bit grey PNG, a pixel for each square of the photo: 255 sharp to 1 blurred, 0 nothing to judge by."""
        return send_derivative(request, image, "sharpness", "image/png")


def send_derivative(request: Request, image: int, name: str, content_type: str) -> HttpResponse:
    """What a worker has made of a photo; 202 while it waits, 422 where it could not be made."""
    columns = ("sha256", "derivative__state", f"derivative__{name}", "derivative__error")
    row = get_for(request.user, Image.objects.select_related("derivative").only(*columns), image, "image.view")
    derivative = row.derivative
    if made := getattr(derivative, name):
        return send_bytes(request, made.open, content_type=content_type, etag=f"{row.sha256}-{name}")
    if derivative.state == Derivative.State.FAILED:
        raise InvalidImage(derivative.error, code=f"{name}_failed")
    detail = {
        "preview": _("The preview is being made. Ask again in a second."),
        "sharpness": _("The sharpness map is being made. Ask again in a second."),
    }[name]
    problem = {"code": f"{name}_pending", "detail": detail}
    return Response(problem, status=202, headers={"Retry-After": "1"})


class PhotoResponse(FileResponse):
    """A file sent in pieces that suit photos."""

    block_size = 64 * 2**10


def send_bytes(request: Request, open_file: Callable[[str], Any], *, content_type: str, etag: str) -> HttpResponse:
    """A file that never changes, with a fixed type and no right to run anything; 304 where the client has it."""
    headers = {
        "ETag": f'"{etag}"',
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Security-Policy": "sandbox",
        "X-Content-Type-Options": "nosniff",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Content-Disposition": "inline",
    }
    known = get_conditional_response(request, etag=headers["ETag"])
    if known is not None:
        return known
    try:
        file = open_file("rb")
    except FileNotFoundError:
        raise NotFound("The server has lost this file. Tell its operator.", code="file_missing") from None
    return PhotoResponse(file, content_type=content_type, headers=headers)
