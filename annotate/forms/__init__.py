"""What people type into pages, one file per noun; and how a page shows what was refused."""

from django import forms

from annotate.core.errors import SmartBlurError


def add_refusal(form: forms.Form, refusal: SmartBlurError) -> None:
    """Show what a service refused below the field it names, else above the form."""
    form.add_error(refusal.where if refusal.where in form.fields else None, refusal.detail)
