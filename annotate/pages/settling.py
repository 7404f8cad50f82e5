"""Settling: the stream of all disputes; one photo by a person's map, the merged one, or a map of the curator's own."""

from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.cache import never_cache
from django.views.decorators.csrf import ensure_csrf_cookie
from django.views.decorators.http import require_POST

from annotate.core.errors import SmartBlurError
from annotate.forms.photos import SETTLING_REASONS, MapForm, SettleForm
from annotate.models import Annotation, Image, Project
from annotate.pages.access import project_page, refusals_told
from annotate.pages.notices import Link, Undo, tell
from annotate.pages.photos import get_photo, show_photo
from annotate.pages.projects import workbench_props
from annotate.services import reviews
from annotate.services.agreement import decisions, disputes, settling


@ensure_csrf_cookie
@never_cache  # the way back would bring what is settled again
@project_page("consensus.settle")
def stream(request: HttpRequest, project: Project) -> HttpResponse:
    """All disputes, one after the other; order and person are in the address, and which photo comes first."""
    return render(request, "annotate/stream.html", {"project": project, "props": stream_props(request, project)})


def stream_props(request: HttpRequest, project: Project) -> dict[str, Any]:
    """What the stream starts with."""
    order, person, first = (request.GET.get(name, "") for name in ("order", "person", "first"))
    order = order if order in disputes.ORDERS else next(iter(disputes.ORDERS))
    people = disputes.disputing_people(project)
    chosen = next((each.pk for each in people if str(each.pk) == person), None)
    ids = disputes.order_disputes(project, order, chosen)
    return {
        "levels": project.named_levels,
        "ids": sorted(ids, key=lambda image: str(image) != first),
        "order": order,
        "orders": [{"value": value, "label": str(label)} for value, label in disputes.ORDERS.items()],
        "person": chosen,
        "people": [{"id": each.pk, "name": each.username, "count": each.dispute_count} for each in people],
        "reasons": [{"value": value, "sentence": str(words)} for value, words in SETTLING_REASONS.items()],
        "home_url": reverse("pages:queue", args=[project.pk]),
        "photos_url": reverse("pages:photos", args=[project.pk]),
        "borders_url": reverse("pages:borders", args=[project.pk]),
    }


@require_POST
@project_page("consensus.settle")
def settle(request: HttpRequest, project: Project, image: int) -> HttpResponse:
    """Take a map and the curator's word as what holds for the photo."""
    row = get_photo(request, project, image)
    form = SettleForm(request.POST)
    if form.is_valid():
        act = uuid4()
        decision = {name: form.cleaned_data[name] for name in ("annotation", "takes", "desirability", "reason", "seen")}
        try:
            decisions.decide(row, by=request.user, act_id=act, **decision)
        except SmartBlurError as refusal:
            form.add_error(None, refusal.detail)
        else:
            undo = Undo.by(address_of(request, row, "photo-reopen"), act=act)
            tell(request, _("Settled. Everybody's own work stays as it is."), undo=undo)
            return redirect(address_of(request, row))
    return show_photo(request, project, row, form)


@require_POST
@project_page("consensus.settle")
def reopen(request: HttpRequest, project: Project, image: int) -> HttpResponse:
    """Take a decision of one's own back: the photo is what it was before."""
    row = get_photo(request, project, image)
    with refusals_told(request):
        decisions.undo_decision(row, form_act(request), by=request.user)
        tell(request, _("Taken back: the photo is as it was before you settled it."))
    return redirect(f"{address_of(request, row)}#settle")


def form_act(request: HttpRequest) -> UUID:
    """The number of the act that the form names, or 404."""
    act = request.POST.get("act", "")
    if not is_uuid(act):
        raise Http404
    return UUID(act)


def chosen_map(image: Image, form: MapForm) -> object:
    """The document of the map that the curator chose, with the places taken from others."""
    chosen = form.cleaned_data["annotation"]
    base = chosen and get_object_or_404(
        image.annotations.exclude(layer=Annotation.Layer.SETTLING), pk=chosen, state=Annotation.State.SUBMITTED
    )
    return reviews.compose(image, base, form.cleaned_data["takes"])


def way_back(request: HttpRequest, image: Image) -> str:
    """Where the curator came from: the stream, with the photo first, or the photo's page."""
    if "stream" in request.GET:
        return reverse("pages:stream", args=[image.project_id]) + f"?first={image.pk}"
    return address_of(request, image)


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
        back = way_back(request, row)
        reasons = [str(sentence) for sentence in SETTLING_REASONS.values()]
        own = {"review_url": back, "reasons": reasons, "home_url": back, "progress": None}
        props = workbench_props(request, project, str(row.pk)) | own
        return render(request, "annotate/workbench.html", {"project": project, "props": props})
    form = MapForm(request.POST)
    if not form.is_valid():
        tell(request, next(iter(form.errors.values()))[0], level=messages.ERROR, at="settle")
        return redirect(f"{address_of(request, row)}#settle")
    with refusals_told(request, at="settle"):
        settling.begin_map(row, by=request.user, document=chosen_map(row, form))
        return redirect(address_of(request, row, "photo-edit"))
    return redirect(address_of(request, row))


@require_POST
@project_page("consensus.settle")
def discard(request: HttpRequest, project: Project, image: int) -> HttpResponse:
    """Throw away the map that the curator has begun, or take that back."""
    row = get_photo(request, project, image)
    with refusals_told(request):
        if "restore" in request.POST:
            settling.restore_map(row, by=request.user)
            tell(request, _("Your map is here again."), undo=Undo(address_of(request, row, "photo-edit-discard")))
        else:
            settling.discard_map(row, by=request.user)
            undo = Undo.by(address_of(request, row, "photo-edit-discard"), restore=1)
            tell(request, _("Your map is thrown away. What the others drew is as it was."), undo=undo)
    return redirect(f"{address_of(request, row)}#settle")


# What only differs by a border ----------------------------------------------------------------------------------------


@project_page("consensus.settle")
def borders(request: HttpRequest, project: Project) -> HttpResponse:
    """The disputes that differ by a border only, to be accepted at once."""
    page = {"project": project, "images": disputes.find_border_cases(project), "most": disputes.MOST_BORDERS}
    return render(request, "annotate/borders.html", page)


@require_POST
@project_page("consensus.settle")
def accept_borders(request: HttpRequest, project: Project) -> HttpResponse:
    """Let the merged map and everybody's word hold for the ticked photos."""
    images = [int(number) for number in request.POST.getlist("images") if number.isdecimal()]
    act = uuid4()
    with refusals_told(request, at="borders"):
        reason = _("The maps differ only by a border.")
        count = decisions.accept_borders(project, images, by=request.user, act_id=act, reason=reason)
        if count:
            said = ngettext("%(count)s photo is settled.", "%(count)s photos are settled.", count) % {"count": count}
            look = Link(_("See them"), reverse("pages:photos", args=[project.pk]) + "?state=agreed")
            tell(request, said, look=look, undo=Undo(reverse("pages:borders-undo", args=[project.pk, act])))
        else:
            tell(request, _("Tick at least one photo."), level=messages.ERROR, at="borders")
    return redirect("pages:borders", project.pk)


@require_POST
@project_page("consensus.settle")
def undo_borders(request: HttpRequest, project: Project, act: UUID) -> HttpResponse:
    """Make them the disputes again that they were."""
    with refusals_told(request):
        count = decisions.undo_many(project, act, by=request.user)
        said = ngettext("%(count)s photo is open again.", "%(count)s photos are open again.", count)
        tell(request, said % {"count": count})
    return redirect("pages:borders", project.pk)


def is_uuid(text: str) -> bool:
    """Whether it is the number of an act."""
    try:
        return str(UUID(text)) == text
    except ValueError:
        return False
