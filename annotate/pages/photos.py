"""The photos of a project: the grid, and one photo with what was said about it."""

from itertools import zip_longest
from typing import Any
from urllib.parse import urlencode

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
    ImageQuerySet,
    Project,
    Remark,
    RemarkQuerySet,
    Rework,
    User,
    Vote,
)
from annotate.pages.access import project_page
from annotate.pages.rework import reworks_of, send_back_props
from annotate.services import consensus, gold
from annotate.services.tallies import skills_of

PAGE_SIZE = 48
FILTERS = (
    "state",
    "q",
    "desirability",
    "split",
    "uploader",
    "album",
    "batch",
    "differing",
    "withdrawn",
    "skipped",
    "noted",
)
CHOICES = {"state": Image.State.values, "desirability": Desirability.values, "split": Image.Split.values}


@ensure_csrf_cookie
@project_page("image.view")
def photos(request: HttpRequest, project: Project) -> HttpResponse:
    """The project's photos, newest first; state, search and place are in the address."""
    return show_photos(request, project, UploadForm())


def show_photos(request: HttpRequest, project: Project, form: UploadForm, **extra: object) -> HttpResponse:
    """The grid, and for curators the way to bring photos in."""
    counts = dict(project.photo_counts.filter(is_withdrawn=False).by("state"))
    asked, before = read_address(request, project), request.GET.get("before", "")
    found = gold.as_seen_by(find_photos(project, asked).for_lists(), request.user)
    if before.isdecimal():
        found = found.filter(pk__lt=int(before))
    shown = list(found[: PAGE_SIZE + 1])
    for image in shown:
        if image.is_test:
            image.disguise()
    page = {
        "project": project,
        "images": shown[:PAGE_SIZE],
        "asked": asked,
        "before": before,
        "choices": filter_choices(project),
        "gallery": gallery_props(project),
        "is_bringing": "bring" in request.GET or form.is_bound,
        "older": shown[PAGE_SIZE - 1].pk if len(shown) > PAGE_SIZE else None,
        "states": [(state, counts[state.value]) for state in Image.State if state.value in counts],
        "image_count": sum(counts.values()),
        "dispute_count": counts.get(Image.State.DISPUTED, 0) if "consensus.settle" in project.can else 0,
        "remark_count": "image.curate" in project.can and Remark.objects.filter(image__project=project).open().count(),
        "upload_form": form,
        "upload": "image.add" in project.can and upload_props(project),
    }
    return render(request, "annotate/photos.html", page | extra)


def read_address(request: HttpRequest, project: Project) -> dict[str, str]:
    """What the address asks for, as far as it makes sense and the person may know it."""
    asked = {name: request.GET[name].replace("\0", "") for name in FILTERS if request.GET.get(name)}
    for name, values in CHOICES.items():
        if asked.get(name) not in values:
            asked.pop(name, None)
    if "consensus.view" not in project.can:
        asked.pop("differing", None)
    if "image.curate" not in project.can:
        asked = {name: value for name, value in asked.items() if name not in ("skipped", "noted")}
    if "people.name" not in project.can:
        asked.pop("uploader", None)
    if not asked.get("batch", "0").isdecimal() or len(asked.get("batch", "")) > 18:
        del asked["batch"]
    return asked


def find_photos(project: Project, asked: dict[str, str]) -> ImageQuerySet:
    """The photos that an address asks for, newest first."""
    switches = {name: name in asked for name in ("differing", "withdrawn", "skipped", "noted")}
    return project.images.matching(**asked | switches).order_by("-id")


def filter_choices(project: Project) -> dict[str, Any]:
    """What the photos may be narrowed by beside words and state."""
    uploaders = User.objects.filter(Exists(project.images.filter(uploaded_by=OuterRef("pk")))).order_by("username")
    in_split = {split: Exists(project.images.filter(split=split)) for split in sorted(Image.Split.values)}
    found = Project.objects.filter(pk=project.pk).values(**in_split).get()
    return {
        "desirabilities": Desirability.choices,
        "splits": [split for split, is_there in found.items() if is_there],
        "uploaders": list(uploaders.values_list("username", flat=True)) if "people.name" in project.can else [],
        "has_withdrawn": project.photo_counts.filter(is_withdrawn=True).total() > 0,
    }


def gallery_props(project: Project) -> dict[str, Any]:
    """What the grid starts with."""
    curates = "image.curate" in project.can
    return {
        "project": {"id": project.pk},
        "photos_url": reverse("pages:photos", args=[project.pk]),
        "states": {state.value: str(state.label) for state in Image.State},
        "can_curate": curates,
        "can_see_maps": "consensus.view" in project.can,
        **({"skipped": marked(project, "skip"), "noted": marked(project, "note")} if curates else {}),
        "give_url": reverse("pages:batch-new", args=[project.pk]),
    }


def marked(project: Project, kind: str) -> list[int]:
    """Photos that somebody skipped, or pinned a note on, and that no curator has dealt with."""
    open_ones = Remark.objects.filter(image__project=project, kind=kind).open()
    return sorted(set(open_ones.values_list("image", flat=True)))


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
    """The photos before and after this one, in the state that the person goes through."""
    asked = read_address(request, project)
    others = find_photos(project, asked).values_list("pk", flat=True)
    newer, older = others.filter(pk__gt=image.pk).order_by("pk"), others.filter(pk__lt=image.pk).order_by("-pk")
    beside = list(newer[:1].union(older[:1]))
    return {
        "asked": asked | {"label": Image.State(asked["state"]).label} if "state" in asked else asked,
        "query": urlencode(asked),
        "newer": next((pk for pk in beside if pk > image.pk), None),
        "older": next((pk for pk in beside if pk < image.pk), None),
    }


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
