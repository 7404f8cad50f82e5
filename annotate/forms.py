"""What people type into pages."""

from typing import Any

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.core.errors import SmartBlurError
from annotate.models import Desirability, Project, Role
from annotate.services.images import MAX_FILE_BYTES, Source
from annotate.services.licenses import NAMES

OWN_PHOTOS = ("LicenseRef-Own", "Our own photos, not for others")
LICENSES = [("", "Choose one"), OWN_PHOTOS, *((spdx, f"{name} ({spdx})") for spdx, name in NAMES.items())]
TOKEN_LIFETIMES = [(7, _("a week")), (30, _("30 days")), (90, _("90 days")), (365, _("a year"))]


def add_refusal(form: forms.Form, refusal: SmartBlurError) -> None:
    """Show what a service refused below the field it names, else above the form."""
    form.add_error(refusal.where if refusal.where in form.fields else None, refusal.detail)


class JoinForm(forms.Form):
    """A new account, made through an invitation."""

    username = forms.CharField(
        max_length=150,
        help_text="How the others see you: letters, digits and . _ + - @.",
        widget=forms.TextInput(attrs={"autocomplete": "username", "autocapitalize": "none"}),
    )
    password = forms.CharField(
        help_text="At least 10 characters, not one that many people use.",
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
    """A person's language and how fingers and pen share the workbench."""

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


class TokenForm(forms.Form):
    """A new key for a program."""

    name = forms.CharField(
        max_length=80, label=_("What is it for?"), help_text=_("Such as “export script on the lab machine”.")
    )
    days = forms.TypedChoiceField(choices=TOKEN_LIFETIMES, coerce=int, initial=90, label=_("It works for"))


class ProjectForm(forms.Form):
    """A project's name, rules and number of people per photo."""

    name = forms.CharField(max_length=120, help_text="Such as “Street portraits 2026”.")
    guidelines = forms.CharField(
        required=False,
        widget=forms.Textarea(attrs={"rows": 8}),
        help_text="What annotators should know beyond the guide. An empty line starts a new paragraph, # a heading, "
        "- a line of a list; **two stars** make words strong.",
    )
    votes_wanted = forms.IntegerField(
        min_value=1,
        max_value=50,
        initial=2,
        label="People per photo",
        help_text="How many people label and judge each photo, independently. Two show where people differ.",
    )
    hidden_percent = forms.IntegerField(
        min_value=0,
        max_value=100,
        initial=10,
        label="Photos without the model's map, in percent",
        help_text="A random share is labelled without seeing what the model thinks. It shows how much time the map "
        "saves and how far it leads people.",
    )

    @classmethod
    def of(cls, project: Project) -> dict[str, Any]:
        """The form's values for a project that there is."""
        return {name: getattr(project, name) for name in cls.base_fields}


class InviteForm(forms.Form):
    """Whom an invitation link is for."""

    role = forms.ChoiceField(choices=Role.choices, initial=Role.ANNOTATOR)


class RoleForm(forms.Form):
    """A member's new role."""

    role = forms.ChoiceField(choices=Role.choices)


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
        label="Photos",
        allow_empty_file=True,
        help_text=f"JPEG, PNG or WebP, up to {MAX_FILE_BYTES // 2**20} MiB each. The pixels are kept as they are; "
        "place and serial numbers are removed.",
    )
    license = forms.ChoiceField(label="Licence", choices=LICENSES)
    attribution = forms.CharField(
        required=False, max_length=500, help_text="Whom to credit. Needed for CC BY licences."
    )
    photographer = forms.CharField(required=False, max_length=160)
    source_url = forms.URLField(label="Where they are from", required=False, max_length=500, assume_scheme="https")
    album = forms.CharField(
        required=False, max_length=160, help_text="Photos of one album stay in one split of a release."
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
        r"^[a-z0-9]+(-[a-z0-9]+)*$",
        max_length=60,
        help_text="Part of the folder's name.",
        error_messages={"invalid": "Use small letters and digits, with hyphens between words."},
    )
    version = forms.RegexField(
        r"^\d+\.\d+\.\d+$",
        max_length=20,
        help_text="Raise the first number when labels mean something else, the second when photos are added, "
        "the third for corrections.",
        error_messages={"invalid": "Write three numbers with dots between, such as 1.2.0."},
    )
    notes = forms.CharField(
        required=False,
        max_length=10_000,
        widget=forms.Textarea(attrs={"rows": 3}),
        label="What is new",
        help_text="Goes into the release's change log.",
    )
    licenses = forms.MultipleChoiceField(
        widget=forms.CheckboxSelectMultiple, error_messages={"required": "Choose at least one licence."}
    )

    def __init__(self, *args: Any, counts: dict[str, int], **kwargs: Any) -> None:
        super().__init__(*args, **kwargs)
        self.fields["licenses"].choices = [
            (spdx, f"{spdx}, {count} photo{'s' * (count != 1)}") for spdx, count in counts.items()
        ]


class SettleForm(forms.Form):
    """A curator's decision on a photo: whose map, whose of it at which place, which word, why."""

    annotation = forms.IntegerField(label="Blur map", min_value=1)
    desirability = forms.ChoiceField(choices=Desirability.choices, label="What the blur does")
    takes = forms.RegexField(r"^(\d{1,3}:\d{1,18} ?)*$", required=False, max_length=1000, widget=forms.HiddenInput())
    reason = forms.CharField(max_length=400, help_text="One sentence: ambiguous photo, a rule misread, a slip …")

    def clean_takes(self) -> dict[int, int]:
        """Number of a place -> annotation that is right there."""
        pairs = (pair.split(":") for pair in self.cleaned_data["takes"].split())
        return {int(place): int(annotation) for place, annotation in pairs}
