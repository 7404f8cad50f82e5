"""What people type about themselves and those they invite."""

import re
from datetime import date, timedelta
from typing import Any

from django import forms
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from annotate.models import Role, Scope
from annotate.services.teams.people import INVITATION_DAYS, MOST_DAYS, MOST_INVITED, MOST_USES

TOKEN_LIFETIMES = [(7, _("a week")), (30, _("30 days")), (90, _("90 days")), (365, _("a year"))]


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
    scopes = forms.MultipleChoiceField(
        choices=Scope.choices,
        initial=[Scope.READ],
        label=_("What may it do?"),
        help_text=_("Never more than your own role. Reading is not part of the others."),
        widget=forms.CheckboxSelectMultiple,
        error_messages={"required": _("Choose at least one.")},
    )
    days = forms.TypedChoiceField(choices=TOKEN_LIFETIMES, coerce=int, initial=90, label=_("It works for"))


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
