"""What people type about the programs that a project tells of what happens."""

from django import forms
from django.utils.translation import gettext_lazy as _

from annotate.models import Webhook, WebhookEvent


class WebhookForm(forms.Form):
    """An address, the events that it is told of, and whether it is told at all now."""

    url = forms.CharField(
        label=_("Address"),
        max_length=500,
        help_text=_("Where messages are posted, such as https://example.org/hook."),
        widget=forms.TextInput(attrs={"inputmode": "url", "autocomplete": "off"}),
    )
    events = forms.MultipleChoiceField(
        label=_("When"), choices=WebhookEvent.choices, widget=forms.CheckboxSelectMultiple
    )
    is_active = forms.ChoiceField(
        label=_("Messages"),
        choices=[("on", _("are sent")), ("off", _("wait until it is switched on again"))],
        widget=forms.RadioSelect,
    )

    def clean_is_active(self) -> bool:
        """Whether messages are sent."""
        return bool(self.cleaned_data["is_active"] == "on")

    @classmethod
    def of(cls, webhook: Webhook) -> dict[str, object]:
        """The form's values for a webhook that there is."""
        return {"url": webhook.url, "events": webhook.events, "is_active": "on" if webhook.is_active else "off"}


class NewWebhookForm(WebhookForm):
    """A new one, with its secret."""

    secret = forms.CharField(
        label=_("Secret"),
        max_length=200,
        help_text=_("Signs the messages. Copy it to the receiver now: it is not shown again."),
        widget=forms.TextInput(attrs={"autocomplete": "off", "spellcheck": "false"}),
    )
    is_active = None  # it is
    field_order = ["url", "secret", "events"]

    def clean_is_active(self) -> bool:
        """It is."""
        return True
