"""What people choose to take a release home in another tool's format."""

from collections.abc import Sequence
from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.models import Release
from annotate.services.releasing.exports import written_formats


class ExportForm(forms.Form):
    """A format, and how a release is written in it."""

    format = forms.ChoiceField(label=_("Format"), widget=forms.RadioSelect)
    with_photos = forms.BooleanField(label=_("With the photos"), required=False, initial=True)
    is_blur_white = forms.TypedChoiceField(
        label=_("What is blurred is"),
        choices=[("yes", _("white")), ("no", _("black"))],
        coerce=lambda value: value == "yes",
        initial="yes",
    )
    from_level = forms.TypedChoiceField(label=_("Blurred begins at"), coerce=int, initial=1)
    photos = forms.CharField(label=_("Photos"), max_length=2_000, required=False, widget=forms.Select)

    def __init__(self, *args: Any, release: Release, asked: Sequence[tuple[str, str]] = (), **kwargs: Any) -> None:
        """A form whose photos are all of the release, or one of what is `asked`: queries with their words."""
        super().__init__(*args, **kwargs)
        self.fields["format"].choices = [(format.name, format.title) for format in written_formats()]
        levels = release.project.named_levels[1:]
        self.fields["photos"].widget.choices = [("", _("All photos")), *asked]
        self.fields["from_level"].choices = [(each["level"], f"{each['level']} {each['name']}") for each in levels]

    def chosen(self) -> dict[str, Any]:
        """What `start_export` takes: the options of masks only where masks were chosen."""
        chosen = dict(self.cleaned_data)
        if chosen["format"] != "masks":
            del chosen["is_blur_white"], chosen["from_level"]
        return chosen
