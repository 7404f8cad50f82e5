"""What people type about a project's releases."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.core.release.rights import is_own
from annotate.models import Project
from annotate.services.photos.licenses import NAMES

OWN_TERMS = "LicenseRef-Labels"


class PublicationForm(forms.Form):
    """The labels' licence, whom to cite, and what the dataset is."""

    label_license = forms.ChoiceField(
        label=_("Licence of the labels"),
        help_text=_("Of the blur maps, votes and the collection as such. Every photo keeps its own."),
    )
    authors = forms.CharField(
        label=_("Authors"),
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("Whom people cite, one a line: “Family, Given” for a person, one name for an organisation."),
    )
    description = forms.CharField(
        label=_("Description"),
        required=False,
        max_length=5_000,
        widget=forms.Textarea(attrs={"rows": 4}),
        help_text=_("What the photos show and why they were labelled, in a paragraph of plain text."),
    )
    license_texts = forms.CharField(
        label=_("Words of your own licences"),
        required=False,
        max_length=100_000,
        widget=forms.Textarea(attrs={"rows": 6}),
        help_text=_(
            "For each licence that begins with LicenseRef-: its identifier on a line, and below what it allows."
        ),
    )

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        named = [("", _("Choose one")), *((spdx, f"{name} ({spdx})") for spdx, name in NAMES.items())]
        kept = (self.initial or {}).get("label_license") or OWN_TERMS
        own = kept if is_own(kept) else OWN_TERMS
        self.fields["label_license"].choices = [*named, (own, _("Our own terms (%(name)s)") % {"name": own})]

    @classmethod
    def of(cls, project: Project) -> dict[str, Any]:
        """The form's values for a project that there is."""
        return {name: getattr(project, name) for name in cls.base_fields}

    def clean(self) -> dict[str, Any]:
        """The fields; who chooses terms of their own writes them down."""
        fields: dict[str, Any] = super().clean()
        chosen = fields.get("label_license", "")
        if is_own(chosen) and chosen not in fields.get("license_texts", ""):
            self.add_error(
                "license_texts", _("Write %(name)s on a line, and below it what it allows.") % {"name": chosen}
            )
        return fields
