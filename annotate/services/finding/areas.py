"""Areas of an atlas as filters: `7_120-300_410-290_380-520` are the photos inside that polygon of atlas 7.

An atlas never moves a photo, so that an area of it means the same photos for as long as the atlas is kept; those that
come later join where they are placed.
"""

from __future__ import annotations

import re

from django.db.models import BooleanField, Case, F, Func, Q, Value, When
from django.utils.translation import gettext as _

from annotate.core.errors import SmartBlurError
from annotate.models import AtlasPlace, Project

MOST_CORNERS = 100
LONGEST = 1_100  # characters of so many corners, and of the atlas's number
AREA = re.compile(rf"([0-9]{{1,15}})((?:_[0-9]{{1,4}}-[0-9]{{1,4}}){{3,{MOST_CORNERS}}})")


def inside(project: Project, area: str) -> Q:
    """Facts of the photos inside an area or on its border; crossing borders leave no hole.

    None where the project has no such atlas, or no longer.

    Raises:
        SmartBlurError: code invalid_filter.
    """
    if not (found := AREA.fullmatch(area)):
        raise SmartBlurError(_("This is no area of an atlas."), where="lasso", code="invalid_filter")
    corners = [tuple(map(int, corner.split("-"))) for corner in found[2].split("_")[1:]]
    xs, ys = zip(*corners, strict=True)
    ring = Value(",".join(f"({x},{y})" for x, y in corners))
    polygon = Func(ring, template="(%(expressions)s)::polygon")
    place = Func(F("x"), F("y"), function="point")
    holds = Func(polygon, place, template="%(expressions)s", arg_joiner=" @> ", output_field=BooleanField())
    half = Case(When(holds, then=True), default=False)  # to the planner; "@>" alone it takes for one in a thousand
    near = AtlasPlace.objects.filter(atlas=found[1], atlas__project=project)
    near = near.filter(x__range=(min(xs), max(xs)), y__range=(min(ys), max(ys)))
    return Q(image__in=near.filter(half).values("image"))
