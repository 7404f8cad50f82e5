"""Settling a photo: by one person's map or the merged one, place by place, or by a map of the curator's own."""

from django.contrib import messages
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST

from annotate.core.errors import SmartBlurError
from annotate.forms import SETTLING_REASONS, MapForm, SettleForm
from annotate.models import Annotation, Image, Project
from annotate.pages.access import project_page, refusals_told
from annotate.pages.photos import get_photo, show_photo
from annotate.pages.projects import workbench_props
from annotate.services import consensus, reviews, settling


@require_POST
@project_page("consensus.settle")
def settle(request: HttpRequest, project: Project, image: int) -> HttpResponse:
    """Take a map and the curator's word as what holds for the photo."""
    row = get_photo(request, project, image)
    form = SettleForm(request.POST)
    if form.is_valid():
        decision = {name: form.cleaned_data[name] for name in ("desirability", "reason")}
        try:
            consensus.adjudicate(row, by=request.user, document=chosen_map(row, form), **decision)
        except SmartBlurError as refusal:
            form.add_error(None, refusal.detail)
        else:
            messages.success(request, _("Settled. Everybody's own work stays as it is."))
            return redirect(address_of(request, row))
    return show_photo(request, project, row, form)


def chosen_map(image: Image, form: MapForm) -> object:
    """The document of the map that the curator chose, with the places taken from others."""
    chosen = form.cleaned_data["annotation"]
    base = chosen and get_object_or_404(
        image.annotations.exclude(layer=Annotation.Layer.SETTLING), pk=chosen, state=Annotation.State.SUBMITTED
    )
    return reviews.compose(image, base, form.cleaned_data["takes"])


def address_of(request: HttpRequest, image: Image, name: str = "photo") -> str:
    """A page of the photo, among the photos that the curator goes through."""
    query = request.GET.urlencode()
    return reverse(f"pages:{name}", args=[image.project_id, image.pk]) + (f"?{query}" if query else "")


@ensure_csrf_cookie
@project_page("consensus.settle")
def edit(request: HttpRequest, project: Project, image: int) -> HttpResponse:
    """The workbench on the curator's own map of the photo; posted to, it begins one from the map that was chosen."""
    row = get_photo(request, project, image)
    if request.method != "POST":
        back = address_of(request, row)
        reasons = [str(sentence) for sentence in SETTLING_REASONS.values()]
        own = {"review_url": back, "reasons": reasons, "home_url": back, "progress": None}
        props = workbench_props(request, project, str(row.pk)) | own
        return render(request, "annotate/workbench.html", {"project": project, "props": props})
    form = MapForm(request.POST)
    if not form.is_valid():
        messages.error(request, next(iter(form.errors.values()))[0])
        return redirect(f"{address_of(request, row)}#settle")
    with refusals_told(request):
        settling.begin_map(row, by=request.user, document=chosen_map(row, form))
        return redirect(address_of(request, row, "photo-edit"))
    return redirect(address_of(request, row))


@require_POST
@project_page("consensus.settle")
def discard(request: HttpRequest, project: Project, image: int) -> HttpResponse:
    """Throw away the map that the curator has begun."""
    row = get_photo(request, project, image)
    with refusals_told(request):
        settling.discard_map(row, by=request.user)
        messages.success(request, _("Your map is thrown away. What the others drew is as it was."))
    return redirect(f"{address_of(request, row)}#settle")
