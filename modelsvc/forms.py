"""The form that starts a training. Its fields come from the trainer's own schema."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_lazy as _

from annotate.core.errors import SmartBlurError
from annotate.models import Release
from modelsvc.fusenet.config import PRESETS, SCHEMA, Setting, parse_config
from modelsvc.models import TrainingRun

PARAMETERS = tuple(setting for setting in SCHEMA if setting.name != "preset")
PRESET_WORDS = {
    "smoke": _("Smoke: a tiny net for a minute, to see that all works"),
    "standard": _("Standard: the full net from ImageNet, hours on a CPU"),
    "paper-structure": _("Paper structure: the long schedule, for a GPU"),
}


def field_of(setting: Setting) -> forms.Field:
    """The form field of one parameter; left empty it keeps the preset's value."""
    label, help_text = gettext_lazy(setting.label), gettext_lazy(setting.help)
    if setting.kind is bool or setting.choices:
        values = (
            [("true", _("Yes")), ("false", _("No"))]
            if setting.kind is bool
            else [(each, each) for each in setting.choices]
        )
        return forms.ChoiceField(
            choices=[("", _("As the preset")), *values], required=False, label=label, help_text=help_text
        )
    number = forms.IntegerField if setting.kind is int else forms.FloatField
    return number(min_value=setting.least, max_value=setting.most, required=False, label=label, help_text=help_text)


Parameters = type("Parameters", (forms.Form,), {setting.name: field_of(setting) for setting in PARAMETERS})


class RunForm(Parameters, forms.ModelForm):
    """Release, preset, and what should differ from the preset."""

    preset = forms.ChoiceField(
        label=_("Preset"), choices=[(name, PRESET_WORDS.get(name, name)) for name in PRESETS], initial="smoke"
    )

    class Meta:
        model = TrainingRun
        fields = ("release", "preset", "base_version")
        labels = {"release": _("Release"), "base_version": _("Base version")}
        help_texts = {
            "release": _("A release is frozen, so the run can be repeated. Only ready ones are listed."),
            "base_version": _("Start from this version's weights. Leave empty to start from ImageNet or from nothing."),
        }

    def __init__(self, *args: Any, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "release" in self.fields:
            self.fields["release"].queryset = Release.objects.ready().select_related("project").order_by("-pk")
            self.fields["release"].empty_label = _("Choose a release")
            self.fields["base_version"].required = False
            self.fields["base_version"].empty_label = _("None")

    def clean(self) -> dict[str, Any]:
        """The form's values, once the trainer's schema has agreed to the parameters."""
        values = super().clean()
        try:
            parse_config({"preset": values.get("preset", "standard")} | self.parameters())
        except SmartBlurError as refusal:
            self.add_error(refusal.where if refusal.where in self.fields else None, refusal.detail)
        return values

    def parameters(self) -> dict[str, Any]:
        """What differs from the preset."""
        given = {setting: self.cleaned_data.get(setting.name) for setting in PARAMETERS}
        return {
            setting.name: value == "true" if setting.kind is bool else value
            for setting, value in given.items()
            if value not in (None, "")
        }
