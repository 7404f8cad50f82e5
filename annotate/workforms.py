"""What people type to give work, to send it back, and to copy a project."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.models import Batch, Project

EVERYBODY, SOME = "everybody", "some"


class BatchForm(forms.Form):
    """A batch: what it is called, who gets it, until when."""

    name = forms.CharField(
        label=_("Name"), max_length=120, help_text=_("Such as “Week 12” or “Portraits, first half”.")
    )
    who = forms.ChoiceField(
        label=_("For whom"),
        choices=[(EVERYBODY, _("Everybody in the project")), (SOME, _("These people"))],
        widget=forms.RadioSelect,
        initial=EVERYBODY,
    )
    people = forms.MultipleChoiceField(label=_("People"), required=False, widget=forms.CheckboxSelectMultiple)
    due_on = forms.DateField(
        label=_("Last day"),
        required=False,
        widget=forms.DateInput(attrs={"type": "date"}, format="%Y-%m-%d"),
        help_text=_("What is due first comes first in their queues. Afterwards it is marked as overdue."),
    )

    def __init__(self, *args: Any, project: Project, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        names = project.memberships.order_by("user__username").values_list("user__username", flat=True)
        self.fields["people"].choices = [(name, name) for name in names]

    def clean(self) -> dict[str, Any]:
        """The fields, with `is_for_everybody` in place of `who`."""
        fields: dict[str, Any] = super().clean()
        fields["is_for_everybody"] = fields.pop("who", EVERYBODY) == EVERYBODY
        return fields

    @staticmethod
    def of(batch: Batch) -> dict[str, Any]:
        """The form's values for a batch that there is."""
        names = [each.username for each in batch.people.all()]
        who = EVERYBODY if batch.is_for_everybody else SOME
        return {"name": batch.name, "who": who, "people": names, "due_on": batch.due_on}


class CopyForm(forms.Form):
    """A project that begins as another."""

    name = forms.CharField(label=_("Name"), max_length=120)
    with_members = forms.BooleanField(label=_("Its people, each in the same role"), required=False, initial=True)
    with_photos = forms.BooleanField(label=_("Its photos, without any labels"), required=False)


class ReturnForm(forms.Form):
    """Work that is sent back by the plain form: whose, why, to whom."""

    annotation = forms.IntegerField(min_value=1, max_value=2**63 - 1)
    reason = forms.CharField(label=_("What should be done again?"), max_length=400)
    to = forms.CharField(label=_("Who does it again"), max_length=150, required=False)
    x = forms.IntegerField(min_value=0, max_value=2**31 - 1, required=False)
    y = forms.IntegerField(min_value=0, max_value=2**31 - 1, required=False)

    @property
    def place(self) -> tuple[int, int] | None:
        """What is meant on the photo, in 1/16 px; None where nothing is."""
        x, y = self.cleaned_data["x"], self.cleaned_data["y"]
        return None if x is None or y is None else (x, y)
