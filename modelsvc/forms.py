"""The forms that start a training, whose fields come from the trainer's own schema, and that choose a network."""

from __future__ import annotations

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy
from django.utils.translation import gettext_lazy as _

from annotate.core.errors import SmartBlurError
from annotate.forms.projects import ProjectForm
from annotate.models import Project, Release, User
from modelsvc.fusenet.config import PRESETS, SCHEMA, Setting, parse_config
from modelsvc.models import ModelVersion, TrainingRun
from modelsvc.services.shipped import NOTHING, SHIPPED_ONE, versions_of

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

    def __init__(self, *args: Any, project: Project | None = None, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        if "release" in self.fields:
            releases, versions = Release.objects.ready().select_related("project"), ModelVersion.objects.all()
            if project:
                releases, versions = releases.filter(project=project), versions.filter(project=project)
            self.fields["release"].queryset = releases.order_by("-pk")
            self.fields["base_version"].queryset = versions
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


def network_field(user: User, *, may_be_none: bool) -> forms.ChoiceField:
    """Which network a project starts from: the shipped one, a version of a project of the user's, or none."""
    mine = [
        (str(each.pk), _("%(version)s of %(project)s") % {"version": each, "project": each.project})
        for each in versions_of(user)
    ]
    choices = [(SHIPPED_ONE, _("The shipped network, trained on synthetic blur")), *mine]
    return forms.ChoiceField(
        choices=[*choices, (NOTHING, _("None: people begin with empty photos"))] if may_be_none else choices,
        initial=SHIPPED_ONE,
        label=_("First network"),
        help_text=_("It paints a first blur map on every photo; people start from it or ignore it."),
    )


class NewProjectForm(ProjectForm):
    """A project's rules, and the network that it starts from."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["network"] = network_field(user, may_be_none=True)
        self.order_fields(["name", "guidelines", "network"])

    def fields_of_project(self) -> dict[str, Any]:
        """What the project itself is made with."""
        return {name: value for name, value in self.cleaned_data.items() if name != "network"}


class FirstNetworkForm(forms.Form):
    """The network of a project that has none yet."""

    def __init__(self, *args: Any, user: User, **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["network"] = network_field(user, may_be_none=False)
