"""What people type to cut a release."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from annotate.models import Release


class ReleaseForm(forms.Form):
    """A release's name, number and the licences that may be in it."""

    name = forms.RegexField(
        label=_("Name"),
        regex=r"^[a-z0-9]+(-[a-z0-9]+)*$",
        max_length=60,
        help_text=_("Part of the folder's name."),
        error_messages={"invalid": _("Use small letters and digits, with hyphens between words.")},
    )
    version = forms.RegexField(
        label=_("Version"),
        regex=r"^\d+\.\d+\.\d+$",
        max_length=20,
        help_text=_(
            "Raise the first number when labels mean something else, the second when photos are added, "
            "the third for corrections."
        ),
        error_messages={"invalid": _("Write three numbers with dots between, such as 1.2.0.")},
    )
    notes = forms.CharField(
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        label=_("What is new"),
        help_text=_("Goes into the release's change log."),
    )
    layout = forms.ChoiceField(
        label=_("Layout"),
        choices=[
            (Release.Layout.FOLDER, _("A file for each photo and each map: opens in any program")),
            (Release.Layout.SHARDS, _("Shards: tar files of some thousand photos, read in a stream or by an index")),
        ],
        widget=forms.RadioSelect,
        required=False,  # without one it is as suggested
    )
    validation_percent = forms.IntegerField(
        label=_("Validation photos, in percent"), min_value=1, max_value=40, initial=10, required=False
    )
    test_percent = forms.IntegerField(
        label=_("Test photos, in percent"),
        min_value=1,
        max_value=40,
        initial=10,
        required=False,
        help_text=_(
            "Both of photos that have no part yet: those that were in a release before, or drawn for tests, stay there."
        ),
    )
    licenses = forms.MultipleChoiceField(
        label=_("Licences"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one licence.")},
    )

    def clean(self) -> dict[str, Any]:
        """The fields; a share that is left empty is a tenth."""
        fields: dict[str, Any] = super().clean()
        shares = {name: fields.get(name) or 10 for name in ("validation_percent", "test_percent")}
        return fields | shares

    def __init__(self, *args: Any, counts: dict[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["licenses"].choices = [
            (spdx, f"{spdx}, " + ngettext("%(count)s photo", "%(count)s photos", count) % {"count": count})
            for spdx, count in counts.items()
        ]
