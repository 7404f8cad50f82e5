"""HTTP of atlases: where photos lie that show alike things."""

import base64
from dataclasses import asdict

from django.utils.decorators import method_decorator
from django.views.decorators.http import conditional_page
from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response
from rest_framework.views import APIView

from annotate.permissions import get_project
from annotate.serializers.atlas import AtlasInput, AtlasOutput
from annotate.serializers.images import search_of
from annotate.services.finding.atlas import NO_POINTS, points_of


class AtlasPoints(APIView):
    """The atlas of a project."""

    @extend_schema(parameters=[AtlasInput], responses=AtlasOutput)
    @method_decorator(conditional_page)
    def get(self, request: Request, project: int) -> Response:
        """Where each photo lies, which of them the filters find, and what colours them; 304 where nothing changed."""
        row = get_project(request.user, project, "consensus.view")
        wanted = AtlasInput(data=request.query_params.dict())
        wanted.is_valid(raise_exception=True)
        by = wanted.validated_data.pop("by")
        atlas = row.atlases.shown().first()
        points = asdict(points_of(atlas, search_of(row, wanted.validated_data), by) if atlas else NO_POINTS)
        packed = base64.b64encode(points.pop("packed")).decode()
        return Response(points | {"atlas": atlas and atlas.pk, "points": packed})
