"""How people label: one person's card, one's own, and everybody's as a list or as CSV."""

import csv
import io
from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, render
from django.utils.translation import gettext_lazy as _

from annotate.core.skills import FEWEST_PHOTOS
from annotate.forms.people import EraseForm, RoleForm
from annotate.models import Annotation, Desirability, GoldAnswer, Membership, Project, SkillCard, User
from annotate.pages.access import project_page
from annotate.pages.heat import heat
from annotate.services import audit
from annotate.services.accounts import erasure

MEASURES = {
    "alpha_blur": (
        _("Blur or none"),
        _("Krippendorff's alpha of whether there is blur at all: 1 is perfect, 0 is chance."),
    ),
    "alpha_rank": (
        _("Good, OK or bad"),
        _("Krippendorff's alpha of the order good, OK, bad where there is blur: a larger step weighs more."),
    ),
    "gwet_rank": (
        _("The same, for skewed votes"),
        _("Gwet's AC2: alpha falls to nothing where nearly all photos are of one kind, this does not."),
    ),
    "kappa": (
        _("Everybody against the others"),
        _("Quadratic weighted kappa of each vote against what the others' votes come to without it."),
    ),
}
MILLION = 1_000_000
LIT = ("alpha_blur", "alpha_rank")  # the measures that Krippendorff's bounds are of
ORDERS = {
    "name": lambda row: row.user.username.lower(),
    "photos": lambda row: -row.card.photo_count if row.card else 1,
    "agreement": lambda row: row.kappa if row.kappa is not None else 2 * MILLION,
}


def share(ppm: int | None) -> float | None:
    """Parts per million as a number."""
    return None if ppm is None else ppm / MILLION


CSV_FIGURES: dict[str, Callable[[SkillCard], object]] = {
    "photos": lambda card: card.photo_count,
    "votes": lambda card: card.vote_count,
    "minutes_per_photo": lambda card: card.ms_per_photo and round(card.ms_per_photo / 60_000, 2),
    "compared_votes": lambda card: card.judged_count,
    "kappa": lambda card: share(card.kappa_ppm[0]),
    "kappa_low": lambda card: share(card.kappa_ppm[1]),
    "kappa_high": lambda card: share(card.kappa_ppm[2]),
    "compared_maps": lambda card: card.compared_count,
    "level_bias": lambda card: share(card.bias_ppm[0]),
    "level_bias_low": lambda card: share(card.bias_ppm[1]),
    "level_bias_high": lambda card: share(card.bias_ppm[2]),
    "map_overlap": lambda card: share(card.overlap_ppm),
    "model_maps": lambda card: card.kept_count,
    "model_kept": lambda card: share(card.kept_ppm),
    "change_of_last_200": lambda card: card.drift.value,
}


@dataclass(frozen=True)
class Person:
    """Somebody who is or was in a project, with what is known of their work there."""

    user: User
    member: Membership | None
    card: SkillCard | None
    gold: tuple[int, int]  # right answers to test photos, and all

    @property
    def gold_ppm(self) -> int | None:
        """Share of right answers to test photos; None without any."""
        right, count = self.gold
        return right * MILLION // count if count else None

    @property
    def kappa(self) -> int | None:
        """Agreement with the others, where it stands on enough photos."""
        return self.card.kappa_ppm[0] if self.card and self.card.is_judged else None


def people_of(project: Project, order: str = "name", **narrowed: Any) -> list[Person]:
    """The members of the project, and those who have left their work there.

    Args:
        order: a key of ORDERS.
        narrowed: conditions on the user, such as `user=7`.
    """
    members = {each.user_id: each for each in project.memberships.filter(**narrowed).select_related("user")}
    cards = {each.user_id: each for each in project.skill_cards.filter(**narrowed).select_related("user")}
    users = {row.user_id: row.user for row in [*cards.values(), *members.values()]}
    gold = GoldAnswer.objects.tallies(project)
    people = [Person(user, members.get(pk), cards.get(pk), gold.get(pk, (0, 0))) for pk, user in users.items()]
    return sorted(people, key=lambda row: (ORDERS[order](row), row.user.username))


def agreement_of(project: Project) -> list[dict[str, Any]]:
    """The project's measures of agreement, as far as they are counted, each with its words."""
    fit = getattr(project, "voting_fit", None)
    known = fit.agreement if fit else {}
    return [
        {"name": word, "meaning": meaning, "interval": [known[name][part] for part in ("value", "low", "high")]}
        | {"photos": known[name]["photos"], "is_told": known[name]["photos"] >= FEWEST_PHOTOS, "is_lit": name in LIT}
        for name, (word, meaning) in MEASURES.items()
        if name in known
    ]


@project_page("people.view")
def person(request: HttpRequest, project: Project, person: int) -> HttpResponse:
    """One person's card, the releases that hold their labels, and what may be done about their membership."""
    return show_person(request, project, find_person(project, person), EraseForm())


def find_person(project: Project, user: int) -> Person:
    """Who is or was in the project, or whose labels came into it, or 404."""
    if found := people_of(project, user=user):
        return found[0]
    authors = User.objects.filter(pk__in=Annotation.objects.filter(image__project=project).values("author"))
    return Person(get_object_or_404(authors, pk=user), None, None, (0, 0))


def show_person(
    request: HttpRequest, project: Project, row: Person, form: EraseForm, *, new_link: str = ""
) -> HttpResponse:
    """The person's page; `form` is an erasure that was refused, `new_link` one that is shown this once."""
    page = {
        "releases": erasure.releases_holding(project, row.user),
        "roles": RoleForm.base_fields["role"].choices,
        "form": form,
        "new_link": new_link,
    }
    return render(request, "annotate/person.html", page | card_page(project, row))


@project_page("image.label")
def my_card(request: HttpRequest, project: Project) -> HttpResponse:
    """One's own card."""
    return render(request, "annotate/my_card.html", card_page(project, find_person(project, request.user.pk)))


def card_page(project: Project, row: Person) -> dict[str, Any]:
    """What a page needs to show a person's card."""
    table = heat(row.card.confusion, Desirability.labels) if row.card else None
    return {"project": project, "person": row, "card": row.card, "confusion": table, "fewest": FEWEST_PHOTOS}


@project_page("people.view")
def people_csv(request: HttpRequest, project: Project) -> HttpResponse:
    """Everybody's figures for spreadsheets, also those that stand on few photos: how many stands beside them."""
    table = io.StringIO()
    writer = csv.writer(table)
    writer.writerow(["person", "role", *CSV_FIGURES, "test_answers", "test_right"])
    writer.writerows(csv_row(each) for each in people_of(project))
    audit.record("people.downloaded", project, by=request.user, project=project)
    headers = {"Content-Disposition": f'attachment; filename="people-{project.pk}.csv"'}
    return HttpResponse(table.getvalue(), content_type="text/csv; charset=utf-8", headers=headers)


def csv_row(row: Person) -> list[object]:
    """A person's line; a name that a spreadsheet would take for a formula is marked as text."""
    name, card = row.user.username, row.card
    figures = [figure(card) if card else "" for figure in CSV_FIGURES.values()]
    who = [f"'{name}" if name[0] in "+-@=" else name, row.member.role if row.member else ""]
    return [*who, *figures, row.gold[1], share(row.gold_ppm)]
