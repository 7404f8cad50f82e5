"""What people choose to bring labels of other tools in."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.services.importing.label_rows import importable


class LabelFileForm(forms.Form):
    """A file of labels, and its format where it is known."""

    file = forms.FileField(label=_("File"), help_text=_("One file, or a zip file of several."))
    format = forms.ChoiceField(label=_("Format"), required=False)

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["format"].choices = [("", _("As it looks")), *importable().items()]
