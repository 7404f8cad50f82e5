"""The passkeys that people sign in with."""

from __future__ import annotations

from django.conf import settings
from django.db import models
from django.db.models.functions import Now


class Passkey(models.Model):
    """A key of somebody's device; what is kept of it opens nothing, the secret half never leaves the device."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.CASCADE, related_name="passkeys")
    name = models.CharField(max_length=80)
    credential_id = models.BinaryField(max_length=1023, unique=True)
    credential = models.BinaryField(help_text="Attested credential data of WebAuthn: the id and the public key.")
    sign_count = models.BigIntegerField(help_text="As the device counted last; 0 where it does not count.")
    created_at = models.DateTimeField(db_default=Now())
    last_used_at = models.DateTimeField(null=True)
