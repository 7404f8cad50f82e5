"""The photos of a project: the grid, and one photo with what was said about it."""

from collections import Counter
from itertools import zip_longest
from typing import Any

from django.db.models import Exists, OuterRef, Q, Subquery
from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.urls import reverse
from django.views.decorators.csrf import ensure_csrf_cookie

from annotate.core.regions import SUBPIXEL
from annotate.forms.photos import MapForm, SettleForm, UploadForm
from annotate.models import (
    Annotation,
    Desirability,
    Image,
    Project,
    Remark,
    RemarkQuerySet,
    Rework,
    Vote,
)
from annotate.pages.access import project_page
from annotate.pages.finding import panel
from annotate.pages.rework import reworks_of, send_back_props
from annotate.services.agreement import consensus
from annotate.services.finding.bursts import bursts_of
from annotate.services.finding.search import ON, Search, in_order, read
from annotate.services.photos.twins import has_undecided
from annotate.services.queueing import gold
from annotate.services.releasing.tallies import skills_of

PAGE_SIZE = 48
BURSTS = "bursts"  # in the address: each of them as one tile


@ensure_csrf_cookie
@project_page("image.view")
def photos(request: HttpRequest, project: Project) -> HttpResponse:
    """The project's photos, newest first; state, search and place are in the address."""
    return show_photos(request, project, UploadForm())


def show_photos(request: HttpRequest, project: Project, form: UploadForm, **extra: object) -> HttpResponse:
    """The grid, and for curators the way to bring photos in."""
    counts: dict[str, int] = {}
    withdrawn_count = 0
    for state, is_withdrawn, count in project.photo_counts.by("state", "is_withdrawn"):
        if is_withdrawn:
            withdrawn_count += count
        else:
            counts[state] = count
    has_withdrawn = withdrawn_count > 0
    search, before = read_address(request, project), request.GET.get("before", "")
    after = int(before) if before.isascii() and before.isdecimal() and len(before) < 19 else None
    ids = search.ids(PAGE_SIZE + 1, after=after)
    shown = in_order(gold.as_seen_by(Image.objects.for_lists(), request.user), ids[:PAGE_SIZE])
    for image in shown:
        if image.is_test:
            image.disguise()
    is_together = request.GET.get(BURSTS) in ON
    remarks = Remark.objects.filter(image__project=project).open().only("kind", "image")
    page = {
        "project": project,
        "images": stacked(shown) if is_together else shown,
        "is_together": is_together,
        "asked": search.asked,
        "before": before,
        "has_withdrawn": has_withdrawn,
        "panel": panel(search, has_withdrawn=has_withdrawn, photo_count=sum(counts.values()) + withdrawn_count),
        "gallery": gallery_props(project, remarks) | {"query": search.query},
        "is_bringing": "bring" in request.GET or form.is_bound,
        "older": ids[PAGE_SIZE - 1] if len(ids) > PAGE_SIZE else None,
        "states": [(state, counts[state.value]) for state in Image.State if state.value in counts],
        "image_count": sum(counts.values()),
        "dispute_count": counts.get(Image.State.DISPUTED, 0) if "consensus.settle" in project.can else 0,
        "remark_count": len(remarks) if "image.curate" in project.can else 0,
        "has_twins": "image.curate" in project.can and has_undecided(project),
        "upload_form": form,
        "upload": "image.add" in project.can and upload_props(project),
    }
    return render(request, "annotate/photos.html", page | extra)


def stacked(images: list[Image]) -> list[Image]:
    """The images of a page, each burst as its first, with its `burst` and `burst_count`: how many of it are there."""
    burst_of = bursts_of([image.pk for image in images])
    counts = Counter(burst_of.values())
    shown: dict[int, Image] = {}
    for image in images:
        image.burst = burst_of.get(image.pk, image.pk)
        image.burst_count = counts[image.burst]
        shown.setdefault(image.burst, image)
    return list(shown.values())


def read_address(request: HttpRequest, project: Project) -> Search:
    """What the address asks for, as far as it makes sense and the person may know it."""
    given = [(name, value) for name, value in request.GET.items() if value]
    return read(project, given, is_strict=False)


def gallery_props(project: Project, remarks: RemarkQuerySet) -> dict[str, Any]:
    """What the grid starts with; `remarks` wait for a curator."""
    return {
        "project": {"id": project.pk},
        "photos_url": reverse("pages:photos", args=[project.pk]),
        "states": {state.value: str(state.label) for state in Image.State},
        "can_curate": "image.curate" in project.can,
        "can_see_maps": "consensus.view" in project.can,
        **(marked(remarks) if "image.curate" in project.can else {}),
        "give_url": reverse("pages:batch-new", args=[project.pk]),
        "twins_url": reverse("pages:twins", args=[project.pk]),
    }


def marked(remarks: RemarkQuerySet) -> dict[str, list[int]]:
    """Photos that somebody skipped, and those with a note pinned on them."""
    return {
        name: sorted({each.image_id for each in remarks if each.kind == kind})
        for name, kind in (("skipped", Remark.Kind.SKIP), ("noted", Remark.Kind.NOTE))
    }


def upload_props(project: Project) -> dict[str, Any]:
    """What the drop zone starts with."""
    return {
        "project": {"id": project.pk, "name": project.name},
        "photos_url": reverse("pages:photos", args=[project.pk]),
        "sign_in_url": reverse("pages:sign-in"),
    }


@project_page("image.view")
def photo(request: HttpRequest, project: Project, image: int) -> HttpResponse:
    """One photo: its facts and, as far as the person may see, what was said about it."""
    return show_photo(request, project, get_photo(request, project, image), form=None)


def get_photo(request: HttpRequest, project: Project, image: int) -> Image:
    """The project's photo, with what the model and the people came to, or 404."""
    rows = project.images.select_related("project", "consensus", "preannotation", "uploaded_by")
    returned = Exists(Rework.objects.filter(image=OuterRef("pk")))
    rows = rows.annotate(was_sent_back=returned)
    found = get_object_or_404(gold.as_seen_by(rows, request.user), pk=image)
    if found.is_test:
        found.disguise()
    return found


def show_photo(request: HttpRequest, project: Project, image: Image, form: MapForm | None) -> HttpResponse:
    """The photo's page; `form` is a decision that was refused."""
    annotations = visible_work(request, image)
    begun = own_map_of(request, annotations)
    if begun and not begun.revision and not begun.notes:
        annotations.remove(begun)  # nothing is drawn on it yet
    page = {
        "project": project,
        "image": image,
        "annotations": annotations,
        "notes": notes_of(annotations),
        "remarks": remarks_of(request, project, image),
        "submitted": [each for each in annotations if each.state == Annotation.State.SUBMITTED],
        "form": form or SettleForm(),
        **neighbours(request, project, image),
        "desirabilities": Desirability.choices,
        "reworks": reworks_of(request.user, image) if image.was_sent_back else [],
    }
    if (shown := image.shown_preannotation) and may_hear_the_model(request, project, image):
        page["model_said"] = list(zip(Desirability.values, shown.probabilities_ppm, strict=True))
    if "consensus.settle" in project.can:
        page["review"] = review_props(project, image, page["submitted"])
        page["send_back"] = send_back_props(project, image, page["submitted"])
        page["begun"] = begun
        skills = skills_of(project.pk, str)
        for each in annotations:
            each.skill_ppm = skills.get(str(each.author_id), {}).get("skill_ppm")
    if "consensus.view" in project.can and hasattr(image, "consensus"):
        merged = image.consensus
        priors = [round(share * 1_000_000) for share in consensus.Trust.of(project.pk).shares]
        page["said"] = list(zip(Desirability.values, priors, merged.posterior_ppm, merged.vote_counts, strict=True))
        pixels = image.width * image.height
        rows = zip_longest(project.named_levels, merged.level_px, [None, *merged.level_kappas_ppm])
        page["levels"] = [
            (level, area * 1_000_000 // pixels, kappa) for level, area, kappa in rows if level and area is not None
        ]  # no areas in a row older than they are
    return render(request, "annotate/photo.html", page)


def may_hear_the_model(request: HttpRequest, project: Project, image: Image) -> bool:
    """Whether the model's word on the photo leads nobody: annotators give their own first."""
    return "consensus.view" in project.can or image.votes.filter(author=request.user).exists()


def review_props(project: Project, image: Image, submitted: list[Annotation]) -> dict[str, Any] | None:
    """What the comparison of people's maps starts with; None where there is nobody to compare."""
    people = [each for each in submitted if each.layer == Annotation.Layer.PERSON]
    if not people:
        return None
    return {
        "image": {name: getattr(image, name) for name in ("id", "width", "height", "file_name")},
        "levels": project.named_levels,
        "people": [{"annotation": each.pk, "name": each.author.username, "vote": each.vote} for each in people],
    }


def notes_of(annotations: list[Annotation]) -> list[dict[str, Any]]:
    """What people pinned on the photo, each with its author and its place in whole pixels."""
    return [
        {"author": each.author.username, "x": note["x"] // SUBPIXEL, "y": note["y"] // SUBPIXEL, "text": note["text"]}
        for each in annotations
        for note in each.notes
    ]


def remarks_of(request: HttpRequest, project: Project, image: Image) -> RemarkQuerySet:
    """Skips of the photo, and what curators made of its notes: one's own, for curators everybody's."""
    told = Remark.objects.of_project(project).filter(~Q(kind=Remark.Kind.NOTE, outcome=""), image=image)
    return told if "image.curate" in project.can else told.filter(author=request.user)


def neighbours(request: HttpRequest, project: Project, image: Image) -> dict[str, Any]:
    """The photos before and after this one, of those that the person goes through."""
    search = read_address(request, project)
    asked = dict(search.asked)
    if "state" in asked:
        asked["label"] = Image.State(asked["state"]).label
    newer, older = search.beside(image.pk)
    return {"asked": asked, "query": search.query, "newer": newer, "older": older}


def visible_work(request: HttpRequest, image: Image) -> list[Annotation]:
    """The work on the photo that the person may see, a map of their own just begun too, with its author's `vote`."""
    said = Vote.objects.filter(image=OuterRef("image"), author=OuterRef("author")).values("desirability")
    own_map = Q(layer=Annotation.Layer.SETTLING, author=request.user)
    begun = Q(revision__gt=0) | ~Q(notes=[]) | own_map
    rows = Annotation.objects.visible_to(request.user).filter(begun, image=image).annotate(vote=Subquery(said))
    annotations = list(rows.select_related("author").defer("document").order_by("id"))
    for each in annotations:
        if each.layer == Annotation.Layer.ADJUDICATOR:
            each.vote = image.consensus.desirability
        elif each.layer not in Annotation.OWN:
            each.vote = ""
    return annotations


def own_map_of(request: HttpRequest, annotations: list[Annotation]) -> Annotation | None:
    """The map of the photo that the curator has begun, among the work on it."""
    own = (each for each in annotations if each.layer == Annotation.Layer.SETTLING and each.author == request.user)
    return next(own, None)
