"""What people type into pages."""

import re
from datetime import date, timedelta
from decimal import Decimal
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.text import format_lazy
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from annotate.core.errors import SmartBlurError
from annotate.core.levels import FEWEST, MOST, Level
from annotate.models import Desirability, Project, Role
from annotate.services.images import MAX_FILE_BYTES, Source
from annotate.services.licenses import NAMES
from annotate.services.people import INVITATION_DAYS, MOST_DAYS, MOST_INVITED, MOST_USES

OWN_PHOTOS = ("LicenseRef-Own", _("Our own photos, not for others"))
LICENSES = [("", _("Choose one")), OWN_PHOTOS, *((spdx, f"{name} ({spdx})") for spdx, name in NAMES.items())]
SETTLING_REASONS = {  # the usual ones
    "ambiguous": _("The photo is ambiguous."),
    "misread": _("The guideline was misread."),
    "slip": _("It was a slip."),
}
TOKEN_LIFETIMES = [(7, _("a week")), (30, _("30 days")), (90, _("90 days")), (365, _("a year"))]


def add_refusal(form: forms.Form, refusal: SmartBlurError) -> None:
    """Show what a service refused below the field it names, else above the form."""
    form.add_error(refusal.where if refusal.where in form.fields else None, refusal.detail)


class JoinForm(forms.Form):
    """A new account, made through an invitation."""

    username = forms.CharField(
        label=_("Username"),
        max_length=150,
        help_text=_("How the others see you: letters, digits and . _ + - @."),
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        label=_("Password"),
        help_text=_("At least 10 characters, not one that many people use."),
        widget=forms.PasswordInput(attrs={"autocomplete": "new-password"}),
    )


class NameForm(forms.Form):
    """What the bar calls a person."""

    first_name = forms.CharField(
        label=_("Name"),
        max_length=150,
        required=False,
        help_text=_("Shown in the bar. Your sign-in name stays as it is."),
        widget=forms.TextInput(attrs={"autocomplete": "given-name"}),
    )


class PreferencesForm(forms.Form):
    """A person's language, how fingers and pen share the workbench, and whether their eye is warmed up there."""

    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("As the browser asks")), ("en", "English"), ("de", "Deutsch")],
    )
    pen = forms.ChoiceField(
        label=_("Fingers on a touch screen"),
        choices=[
            ("auto", _("Draw, until a pen is used; then they move the photo")),
            ("always", _("Always move the photo: only pen and mouse draw")),
            ("never", _("Always draw, also beside a pen")),
        ],
        help_text=_("Two fingers move and zoom the photo in any case."),
    )
    warm_up = forms.ChoiceField(
        label=_("Warm-up"),
        choices=[("on", _("Every 20 photos and after a break")), ("off", _("Never"))],
        help_text=_("Three samples of known blur, to be told apart before the next photo. About five seconds."),
    )


class TokenForm(forms.Form):
    """A new key for a program."""

    name = forms.CharField(
        max_length=80, label=_("What is it for?"), help_text=_("Such as “export script on the lab machine”.")
    )
    days = forms.TypedChoiceField(choices=TOKEN_LIFETIMES, coerce=int, initial=90, label=_("It works for"))


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


class InviteForm(forms.Form):
    """For whom links are made: one for each name, or one without a name."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.ANNOTATOR)
    names = forms.CharField(
        label=_("Names or mail addresses"),
        required=False,
        max_length=MOST_INVITED * 152,
        widget=forms.Textarea(attrs={"rows": 3}),
        help_text=_("One on a line, or with commas between: each gets a link of their own. Nothing is sent."),
    )

    def clean_names(self) -> list[str]:
        """The names, each once, in the order they were written."""
        written = re.split(r"[\n,;]", self.cleaned_data["names"])
        names = list(dict.fromkeys(filter(None, (name.strip() for name in written))))
        if len(names) > MOST_INVITED:
            raise forms.ValidationError(_("At most %(count)s at a time."), params={"count": MOST_INVITED})
        for name in names:
            if len(name) > 150:
                raise forms.ValidationError(_("“%(name)s…” is longer than 150 characters."), params={"name": name[:20]})
        return names


class InviteManyForm(forms.Form):
    """A link that several people use, until a day and so often."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices, initial=Role.ANNOTATOR)
    name = forms.CharField(
        label=_("For whom"), max_length=150, required=False, help_text=_("Such as “summer course”, for your own list.")
    )
    max_uses = forms.IntegerField(label=_("For how many people"), min_value=2, max_value=MOST_USES, initial=10)
    until = forms.DateField(label=_("Works until"), widget=forms.DateInput(format="%Y-%m-%d", attrs={"type": "date"}))

    def __init__(self, *args: Any, **rest: Any) -> None:
        super().__init__(*args, **rest)
        today = timezone.now().date()
        self.fields["until"].initial = today + timedelta(days=INVITATION_DAYS)
        self.fields["until"].widget.attrs |= {
            "min": today.isoformat(),
            "max": (today + timedelta(days=MOST_DAYS)).isoformat(),
        }

    def clean_until(self) -> date:
        """A day from today on, and not too far."""
        day: date = self.cleaned_data["until"]
        if not 0 <= (day - timezone.now().date()).days <= MOST_DAYS:
            raise forms.ValidationError(_("Choose a day within the next %(days)s days."), params={"days": MOST_DAYS})
        return day


class EraseForm(forms.Form):
    """The name of whoever is to be erased, typed as a confirmation."""

    typed_name = forms.CharField(
        max_length=150, widget=forms.TextInput(attrs={"autocomplete": "off", "id": "typed_name"})
    )


class RoleForm(forms.Form):
    """A member's new role."""

    role = forms.ChoiceField(label=_("Role"), choices=Role.choices)


class ManyFilesInput(forms.ClearableFileInput):
    """A file input that takes many."""

    allow_multiple_selected = True


class ManyFilesField(forms.FileField):
    """A list of uploaded files; an empty file is for the photo gate to refuse, by its name."""

    widget = ManyFilesInput(attrs={"accept": "image/jpeg,image/png,image/webp"})

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
                "JPEG, PNG or WebP, up to {most} MiB each. The pixels are kept as they are; "
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
    licenses = forms.MultipleChoiceField(
        label=_("Licences"),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one licence.")},
    )

    def __init__(self, *args: Any, counts: dict[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["licenses"].choices = [
            (spdx, f"{spdx}, " + ngettext("%(count)s photo", "%(count)s photos", count) % {"count": count})
            for spdx, count in counts.items()
        ]


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
