"""What people type about photos: what comes in, and what a curator decides."""

from typing import Any

from django import forms
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _

from annotate.core.errors import SmartBlurError
from annotate.forms import add_refusal
from annotate.models import Desirability
from annotate.services.photos.decoding import MAX_FILE_BYTES
from annotate.services.photos.images import Source
from annotate.services.photos.licenses import NAMES

OWN_PHOTOS = ("LicenseRef-Own", _("Our own photos, not for others"))
LICENSES = [("", _("Choose one")), OWN_PHOTOS, *((spdx, f"{name} ({spdx})") for spdx, name in NAMES.items())]
SETTLING_REASONS = {  # the usual ones
    "ambiguous": _("The photo is ambiguous."),
    "misread": _("The guideline was misread."),
    "slip": _("It was a slip."),
}


PHOTOS = "image/jpeg,image/png,image/webp,image/avif,image/heic,image/heif,.heic,.heif,.hif,.avif"


class ManyFilesInput(forms.ClearableFileInput):
    """A file input that takes many."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """A list of uploaded files; an empty file is for the photo gate to refuse, by its name."""

    widget = ManyFilesInput(attrs={"accept": PHOTOS})

    def clean(self, value: Any, initial: Any = None) -> list[Any]:
        """Each file, checked; at least one."""
        return [super(ManyFilesField, self).clean(file, initial) for file in value or [None]]


class UploadForm(forms.Form):
    """Photos and on what terms they come; `cleaned_data["source"]` is their Source."""

    files = ManyFilesField(
        label=_("Photos"),
        allow_empty_file=True,
        help_text=format_lazy(
            _(
                "JPEG, PNG, WebP, HEIC or AVIF, up to {most} MiB each. Photos stay as they look; "
                "place and serial numbers are removed."
            ),
            most=MAX_FILE_BYTES // 2**20,
        ),
    )
    license = forms.ChoiceField(label=_("Licence"), choices=LICENSES)
    attribution = forms.CharField(
        label=_("Attribution"),
        required=False,
        max_length=500,
        help_text=_("Whom to credit. Needed for CC BY licences."),
    )
    photographer = forms.CharField(label=_("Photographer"), required=False, max_length=160)
    source_url = forms.URLField(label=_("Where they are from"), required=False, max_length=500, assume_scheme="https")
    album = forms.CharField(
        label=_("Album"),
        required=False,
        max_length=160,
        help_text=_("Photos of one album stay in one split of a release."),
    )

    def clean(self) -> dict[str, Any]:
        """The cleaned fields, with their Source."""
        cleaned = super().clean()
        if "license" in cleaned:
            terms = {
                name: cleaned.get(name, "")
                for name in ("license", "attribution", "photographer", "source_url", "album")
            }
            try:
                cleaned["source"] = Source(**terms)
            except SmartBlurError as refusal:
                add_refusal(self, refusal)
        return cleaned


class MapForm(forms.Form):
    """The map that a curator begins from: whose, and whose of it at which place."""

    MERGED = "merged"

    annotation = forms.RegexField(
        rf"^({MERGED}|[1-9]\d{{0,17}})$",
        label=_("Blur map"),
        error_messages={"required": _("Choose whose map it begins from."), "invalid": _("Choose one of the maps.")},
    )
    takes = forms.RegexField(r"^(\d{1,3}:\d{1,18} ?)*$", required=False, max_length=1000, widget=forms.HiddenInput())

    def clean_annotation(self) -> int | None:
        """The annotation whose map it is; None is the merged one."""
        chosen = self.cleaned_data["annotation"]
        return None if chosen == self.MERGED else int(chosen)

    def clean_takes(self) -> dict[int, int]:
        """Number of a place -> annotation that is right there."""
        pairs = (pair.split(":") for pair in self.cleaned_data["takes"].split())
        return {int(place): int(annotation) for place, annotation in pairs}


class SettleForm(MapForm):
    """A curator's decision on a photo: which map, which word, why."""

    seen = forms.IntegerField(min_value=0, max_value=2**31 - 1, required=False)
    desirability = forms.ChoiceField(choices=Desirability.choices, label=_("What the blur does"))
    usual = forms.MultipleChoiceField(choices=SETTLING_REASONS.items(), label=_("Why is it so?"), required=False)
    reason = forms.CharField(
        label=_("In your own words"),
        max_length=300,
        required=False,
        help_text=_("One sentence, shown here and kept in releases. A reason ticked above is enough."),
    )

    def clean(self) -> dict[str, Any]:
        """The fields, with the ticked sentences and the typed one as one `reason`."""
        fields: dict[str, Any] = super().clean()
        sentences = [*(str(SETTLING_REASONS[each]) for each in fields.get("usual", ())), fields.get("reason", "")]
        fields["reason"] = " ".join(filter(None, sentences))
        if not fields["reason"] and not self.errors.keys() & {"usual", "reason"}:
            self.add_error("reason", _("Tick a reason or write one."))
        return fields
