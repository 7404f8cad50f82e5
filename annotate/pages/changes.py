"""The list of changes on a release's page: how many of each kind, and photos with a slider between their two maps."""

from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from annotate.models import Desirability, Release, ReleaseItem
from annotate.services.releasing.changes import KINDS, PAGE, Changed, read_changes

NAMES = {
    "added": gettext_lazy("New"),
    "removed": gettext_lazy("Left out"),
    "moved_split": gettext_lazy("Moved"),
    "image": gettext_lazy("Other file"),
    "levels": gettext_lazy("Map"),
    "desirability": gettext_lazy("Verdict"),
    "votes_only": gettext_lazy("Votes only"),
}


def change_page(request: HttpRequest, release: Release) -> dict[str, Any] | None:
    """What changed since the release before, as `?change=` and `?page=` ask; None where there is no such list."""
    kind = request.GET.get("change", "")
    kind = kind if kind in KINDS else ""
    asked = request.GET.get("page", "1")
    number = max(1, int(asked)) if asked.isdecimal() and len(asked) < 7 else 1
    found = read_changes(release, kind, number)
    if found is None:
        return None
    return {
        "kind": kind,
        "counts": [(name, NAMES[name], count) for name, count in found.counts.items()],
        "photos": [_photo(changed, release) for changed in found.photos],
        "page": number,
        "pages": (pages := max(1, -(-found.photo_count // PAGE))),
        "before": min(number - 1, pages),
        "after": number + 1 if number < pages else 0,
    }


def _photo(changed: Changed, release: Release) -> dict[str, Any]:
    """What is shown of a photo; the slider only where both releases have a map of it and they differ."""
    item = changed.after or changed.before
    image = item and item.image
    has_slider = changed.before and changed.after and any(each["change"] == "levels" for each in changed.changes)
    sides = [_side(changed.before), _side(changed.after)] if has_slider else []
    photo_url = f"/api/images/{image.pk}/preview/" if image and not image.is_withdrawn else ""
    return {
        "id": f"change-{changed.key}",
        "name": image.file_name if image else changed.key,
        "image": image,
        "photo_url": photo_url,
        "said": [_in_words(each) for each in changed.changes],
        "split": {"sides": sides, "photo_url": photo_url} if sides else None,
    }


def _side(item: ReleaseItem) -> dict[str, str]:
    place = [item.release.project_id, item.release_id, item.key]
    return {"name": item.release.version, "url": reverse("pages:released-map", args=place)}


def _in_words(change: dict[str, Any]) -> str:
    before, after = change["from"] or {}, change["to"] or {}
    values = {"before": _word(before), "after": _word(after)}
    sentences = {
        "added": _("New, in %(after)s."),
        "removed": _("No longer in it; it was in %(before)s."),
        "moved_split": _("From %(before)s to %(after)s."),
        "image": _("Another file of the photo."),
        "levels": _("Another blur map."),
        "desirability": _("Verdict: %(before)s, now %(after)s."),
        "votes_only": _("Votes for none, good, ok, bad: %(before)s, now %(after)s."),
    }
    return sentences[change["change"]] % values


def _word(side: dict[str, Any]) -> str:
    """What a side of a change says, in a word; the old name of a split under today's."""
    if "desirability" in side:
        return str(Desirability(side["desirability"]).label)
    if "votes" in side:
        return "/".join(map(str, side["votes"]))
    return side.get("split", "")
