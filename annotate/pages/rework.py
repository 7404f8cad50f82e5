"""Work that is sent back, on the page of its photo: asking, accepting, taking back."""

from typing import Any

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST

from annotate.models import Annotation, Image, Project, Rework, User
from annotate.pages.access import project_page, refusals_told
from annotate.pages.notices import Undo, tell
from annotate.services.labelling import rework as services
from annotate.workforms import ReturnForm


def reworks_of(user: User, image: Image) -> list[Rework]:
    """What was sent back of the photo, as far as the user may see, newest first."""
    rows = Rework.objects.visible_to(user).filter(image=image)
    people = rows.select_related("asked_by", "asked_of", "annotation__author")
    found = list(people.defer("document", "annotation__document").order_by("-id"))
    for each in found:
        each.image = image
    return found


def send_back_props(project: Project, image: Image, submitted: list[Annotation]) -> dict[str, Any] | None:
    """What sending work back starts with; None where there is none."""
    people = [each for each in submitted if each.layer == Annotation.Layer.PERSON]
    return people and {
        "project": project.pk,
        "image": {name: getattr(image, name) for name in ("id", "width", "height", "file_name")},
        "people": [{"annotation": each.pk, "name": each.author.username} for each in people],
    }


@require_POST
@project_page("work.return")
def send_back(request: HttpRequest, project: Project, image: int) -> HttpResponse:
    """Send somebody's work back, by the plain form."""
    photo = get_object_or_404(project.images, pk=image)
    form = ReturnForm(request.POST)
    if not form.is_valid():
        tell(request, next(iter(form.errors.values()))[0], level=messages.ERROR, at="sent-back")
        return redirect("pages:photo", project.pk, image)
    work = get_object_or_404(photo.annotations.select_related("author"), pk=form.cleaned_data["annotation"])
    with refusals_told(request, at="sent-back"):
        to = services.find_person(name) if (name := form.cleaned_data["to"]) else None
        asked = services.return_work(work, by=request.user, reason=form.cleaned_data["reason"], place=form.place, to=to)
        undo = Undo(reverse("pages:rework-answer", args=[project.pk, image, asked.pk]))
        tell(request, _("Sent back. It counts again once it is handed in."), undo=undo)
    return redirect("pages:photo", project.pk, image)


def ask_again(row: Rework) -> Undo | None:
    """The undo of a request that was taken back; None where another person's copy is gone with it."""
    if row.asked_of_id != row.annotation.author_id:
        return None
    place = {"x": row.x, "y": row.y} if row.x is not None else {}
    address = reverse("pages:photo-send-back", args=[row.image.project_id, row.image_id])
    return Undo.by(address, annotation=row.annotation_id, reason=row.reason, **place)


@require_POST
@project_page("work.return")
def answer(request: HttpRequest, project: Project, image: int, rework: int) -> HttpResponse:
    """Accept what was done again, or take a request back."""
    rows = Rework.objects.select_related("annotation__author", "asked_of", "image")
    row = get_object_or_404(rows, pk=rework, image=image, image__project=project)
    with refusals_told(request, at=f"rework-{rework}"):
        if "accept" in request.POST:
            services.accept(row, by=request.user)
            tell(request, _("Accepted."), undo=Undo.by(request.path, reopen=1))
        elif "reopen" in request.POST:
            services.reopen(row, by=request.user)
            tell(request, _("It waits for your answer again."), undo=Undo.by(request.path, accept=1))
        else:
            services.withdraw(row, by=request.user)
            tell(request, _("Taken back: the work counts as before."), undo=ask_again(row))
    return redirect("pages:photo", project.pk, image)
