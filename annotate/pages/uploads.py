"""Photos that come in by the plain form, and withdrawing photos from a page; the islands do the same over the API."""

from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.http import require_POST

from annotate import tasks
from annotate.forms.photos import UploadForm
from annotate.models import Project
from annotate.pages.access import project_page, refusals_told
from annotate.pages.notices import Link, Undo, tell
from annotate.pages.photos import show_photos
from annotate.services.photos import curation
from annotate.services.photos.images import Arrival, ingest_images

MOST_DIGITS = curation.MAX_IMAGES * 20


@require_POST
@project_page("image.add")
def upload(request: HttpRequest, project: Project) -> HttpResponse:
    """Take in the files of the plain form; what is wrong with one stops none of the others."""
    form = UploadForm(request.POST, request.FILES)
    if not form.is_valid():
        return show_photos(request, project, form)
    files = ((file.name, file) for file in form.cleaned_data["files"])
    arrivals = ingest_images(files, project=project, by=request.user, source=form.cleaned_data["source"])
    tasks.render_derivatives.delay_on_commit()
    tell_arrivals(request, project, arrivals)
    return redirect("pages:photos", project.pk)


def tell_arrivals(request: HttpRequest, project: Project, arrivals: list[Arrival]) -> None:
    """Say how many came in, how many were here, and what was wrong with which."""
    new = [arrival.image.pk for arrival in arrivals if arrival.is_new]
    refused = [arrival for arrival in arrivals if arrival.error]
    known = [arrival for arrival in arrivals if not arrival.is_new and not arrival.error]
    if new:
        said = ngettext("%(count)s photo came in.", "%(count)s photos came in.", len(new)) % {"count": len(new)}
        tell(request, said, undo=acting(project, "withdraw", new))
    if known:
        tell_known(request, project, known)
    for arrival in arrivals:
        if arrival.is_new and arrival.note:
            tell(request, f"{arrival.file_name}: {arrival.note}", level=messages.INFO)
        if arrival.twin:
            names = {"file": arrival.file_name, "other": arrival.twin.file_name}
            said = _("%(file)s looks like %(other)s, which is here. Withdraw one of them?") % names
            look = Link(_("Look at both"), reverse("pages:photo", args=[project.pk, arrival.twin.pk]))
            tell(request, said, look=look, level=messages.WARNING)
    for arrival in refused:
        tell(request, f"{arrival.file_name}: {arrival.error.detail}", level=messages.ERROR)


def tell_known(request: HttpRequest, project: Project, known: list[Arrival]) -> None:
    """Say that photos were here, and which of them are withdrawn: these can be taken in again."""
    said = ngettext(
        "%(count)s was here already; nothing is kept twice.",
        "%(count)s were here already; nothing is kept twice.",
        len(known),
    )
    tell(request, said % {"count": len(known)}, level=messages.INFO)
    if any(arrival.image.is_withdrawn for arrival in known):
        look = Link(_("Bring them back"), reverse("pages:photos", args=[project.pk]) + "?withdrawn=only")
        tell(request, _("Some of these are withdrawn, so nobody gets them."), look=look, level=messages.WARNING)


def acting(project: Project, act: str, images: list[int]) -> Undo | None:
    """The form that does an act of curators with these photos; None where they are too many for one."""
    if len(images) > curation.MAX_IMAGES:
        return None
    return Undo.by(reverse("pages:photos-act", args=[project.pk]), act=act, images=",".join(map(str, images)))


@require_POST
@project_page("image.curate")
def act(request: HttpRequest, project: Project) -> HttpResponse:
    """Withdraw photos, or bring them back."""
    written = request.POST.get("images", "")[:MOST_DIGITS].split(",")
    images = [int(each) for each in written if each.isdecimal() and len(each) < 19]
    name, act_id = request.POST.get("act", ""), uuid4()
    if name not in ("withdraw", "restore"):
        raise Http404
    with refusals_told(request):
        count = curation.act_on_images(project, images, name, by=request.user, act_id=act_id)
        if name == "withdraw":
            said = ngettext("%(count)s photo is withdrawn.", "%(count)s photos are withdrawn.", count)
        else:
            said = ngettext("%(count)s photo is back.", "%(count)s photos are back.", count)
        tell(request, said % {"count": count}, undo=Undo(reverse("pages:photos-undo", args=[project.pk, act_id])))
    return redirect("pages:photos", project.pk)


@require_POST
@project_page("image.curate")
def undo(request: HttpRequest, project: Project, act: UUID) -> HttpResponse:
    """Put back what an act with photos changed."""
    with refusals_told(request):
        count = curation.undo_act(project, act, by=request.user, undo_id=uuid4())
        said = ngettext("%(count)s photo is as before.", "%(count)s photos are as before.", count)
        tell(request, said % {"count": count})
    return redirect("pages:photos", project.pk)
