"""What people type about a project: its rules and its levels."""

import re
from decimal import Decimal
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.core.errors import SmartBlurError
from annotate.core.levels import FEWEST, MOST, Level
from annotate.models import Project


class ProjectForm(forms.Form):
    """A project's name, rules and number of people per photo."""

    name = forms.CharField(label=_("Name"), max_length=120, help_text=_("Such as “Street portraits 2026”."))
    guidelines = forms.CharField(
        label=_("Guidelines"),
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text=_(
            "What annotators should know beyond the guide. An empty line starts a new paragraph, # a heading, "
            "- a line of a list; **two stars** make words strong."
        ),
    )
    votes_wanted = forms.IntegerField(
        min_value=1,
        max_value=50,
        initial=2,
        label=_("People per photo, at least"),
        help_text=_("How many people label and judge each photo, independently. Two show where people differ."),
    )
    votes_most = forms.IntegerField(
        min_value=1,
        max_value=50,
        required=False,
        label=_("People per photo, at most"),
        help_text=_(
            "While their votes leave doubt, one more person is asked, up to this number. Leave it empty to ask as many "
            "as at least. One photo in twenty goes to the most in any case, so that the rule can be judged."
        ),
    )
    hidden_percent = forms.IntegerField(
        min_value=0,
        max_value=100,
        initial=10,
        label=_("Photos without the model's map, in percent"),
        help_text=_(
            "A random share is labelled without seeing what the model thinks. It shows how much time the map "
            "saves and how far it leads people."
        ),
    )

    alike_percent = forms.IntegerField(
        min_value=0,
        max_value=100,
        initial=40,
        label=_("Least overlap of two people's maps, in percent"),
        help_text=_(
            "Of the blur that two people painted, how much must be painted alike: the same place, the same amount. "
            "Photos below this go to a curator."
        ),
    )

    def clean(self) -> dict[str, Any]:
        """The fields; who leaves the most empty asks a fixed number of people."""
        fields: dict[str, Any] = super().clean()
        fields["votes_most"] = fields.get("votes_most") or fields.get("votes_wanted")
        return fields

    @classmethod
    def of(cls, project: Project) -> dict[str, Any]:
        """The form's values for a project that there is; a fixed number of people has no most."""
        values = {name: getattr(project, name) for name in cls.base_fields}
        is_fixed = project.votes_most == project.votes_wanted
        return values | ({"votes_most": None} if is_fixed else {})


class LevelForm(forms.Form):
    """One level of blur: what it is called, where it ends, what stands for it, and how much blur that is."""

    name = forms.CharField(label=_("Name"), max_length=40)
    sigma_to = forms.DecimalField(
        label=_("Ends at, in px"), min_value=Decimal("0.001"), max_value=1000, max_digits=7, decimal_places=3
    )
    sample_sigma = forms.DecimalField(
        label=_("Sample, in px"), min_value=0, max_value=1000, max_digits=7, decimal_places=3
    )
    amount = forms.DecimalField(label=_("Amount, in %"), min_value=0, max_value=100, max_digits=7, decimal_places=4)


class LevelForms(
    forms.formset_factory(  # type: ignore[misc]
        LevelForm, extra=0, min_num=FEWEST, max_num=MOST, absolute_max=MOST, validate_min=True, validate_max=True
    )
):
    """A whole scale: each level starts where the one before it ends; only ends are asked for, and the last has none."""

    PLACE = re.compile(r"levels\[(\d)\]\.(\w+)")

    @staticmethod
    def of(levels: list[Level]) -> list[dict[str, Any]]:
        """The forms' values for levels that there are."""
        shown = ("name", "sigma_to", "sample_sigma")
        return [{key: level[key] for key in shown} | {"amount": level["amount_ppm"] / 10_000} for level in levels]

    def get_form_kwargs(self, index: int | None) -> dict[str, Any]:
        """No level may be left empty."""
        return {"empty_permitted": False}

    def add_fields(self, form: forms.Form, index: int | None) -> None:
        """The last level is open above."""
        super().add_fields(form, index)
        if index == self.total_form_count() - 1:
            del form.fields["sigma_to"]

    @property
    def levels(self) -> list[Level]:
        """The scale that a valid set of forms describes."""
        rows = [form.cleaned_data for form in self.forms]
        ends = [None if (end := row.get("sigma_to")) is None else float(end) for row in rows]
        return [
            {
                "level": number,
                "name": row["name"],
                "sigma_from": start,
                "sigma_to": end,
                "sample_sigma": float(row["sample_sigma"]),
                "amount_ppm": int(row["amount"] * 10_000),
            }
            for number, (row, start, end) in enumerate(zip(rows, [0.0, *ends[:-1]], ends, strict=True))
        ]

    def refuse(self, refusal: SmartBlurError) -> bool:
        """Show what a service refused below the field it names; false where it names none."""
        found = self.PLACE.fullmatch(refusal.where or "")
        if not found:
            return False
        number, field = int(found[1]), {"amount_ppm": "amount"}.get(found[2], found[2])
        if field not in self.forms[number].fields:
            return False
        self.forms[number].add_error(field, refusal.detail)
        return True
