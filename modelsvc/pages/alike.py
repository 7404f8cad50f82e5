"""More like this: the photos that show what one shows."""

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render

from annotate.models import Image, Project
from annotate.pages.access import project_page
from modelsvc.services.alike import photos_alike


@project_page("image.view")
def alike(request: HttpRequest, project: Project, image: int) -> HttpResponse:
    """A grid of the photos nearest to one, the nearest first."""
    row = get_object_or_404(Image.objects.for_lists(), pk=image, project=project)
    return render(request, "modelsvc/alike.html", {"project": project, "image": row, "found": photos_alike(row)})
