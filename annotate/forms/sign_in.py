"""What people type at the door, beside name and password."""

from django import forms
from django.utils.translation import gettext_lazy as _


class AddressForm(forms.Form):
    """A mail address."""

    email = forms.EmailField(
        label=_("Mail address"),
        max_length=254,
        error_messages={"invalid": _("This is no mail address.")},
        widget=forms.EmailInput(attrs={"autocomplete": "email"}),
    )


class MailForm(AddressForm):
    """Where one's own mail goes: whoever only found the browser open sends it nowhere else."""

    password = forms.CharField(
        label=_("Your password"), widget=forms.PasswordInput(attrs={"autocomplete": "current-password"})
    )


class CodeForm(forms.Form):
    """A code of the second factor."""

    code = forms.CharField(
        label=_("Code"),
        max_length=20,
        help_text=_("The six digits that your app shows, or one of your recovery codes."),
        widget=forms.TextInput(attrs={"autocomplete": "one-time-code", "autocapitalize": "none", "autofocus": True}),
    )


class PasskeyForm(forms.Form):
    """A name for a new passkey."""

    name = forms.CharField(
        label=_("Where is it?"), max_length=80, help_text=_("Such as “my phone”, to tell it from others later.")
    )
