"""Why the next photos of the queue are next."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import render
from django.utils.translation import gettext_lazy as _

from annotate.core.ranking import RANDOM_SHARE, TEST_SHARE, WEIGHTS
from annotate.models import Project, QueuePlace, QueueRanking
from annotate.pages.access import project_page
from annotate.services import ranking

SHOWN = 24
MEANINGS = {
    "entropy": (_("Open question"), _("How divided the votes are, or the model where nobody has voted")),
    "uncertainty": (_("Model unsure"), _("How unsure the model is of its blur map")),
    "novelty": (_("Unlike the rest"), _("How far it is from the nearest labelled photo, in what the model sees")),
}


@project_page("queue.explain")
def why_next(request: HttpRequest, project: Project) -> HttpResponse:
    """The photos that are given out next, each with the parts of its score."""
    places = list(ranking.explained(project)[:SHOWN])
    page = {
        "project": project,
        "places": [(each, parts_of(each)) for each in places],
        "ranking": QueueRanking.objects.filter(project=project).first(),
        "test_count": project.images.filter(split="test", open_slots__gt=0).count(),
        "random_percent": round(100 * RANDOM_SHARE),
        "test_percent": round(100 * TEST_SHARE),
        "weights": [(*MEANINGS[name], round(100 * weight)) for name, weight in WEIGHTS.items()],
    }
    return render(request, "annotate/why_next.html", page)


def parts_of(place: QueuePlace) -> list[tuple[str, str, int | None]]:
    """Word, meaning and size of each part of the photo's score; None where it is not known."""
    return [(*MEANINGS[name], getattr(place, f"{name}_ppm")) for name in WEIGHTS]
