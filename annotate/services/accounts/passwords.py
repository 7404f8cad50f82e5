"""Links by which somebody sets a new password, given by an owner or sent by mail: each works once, and for a day."""

from __future__ import annotations

from datetime import timedelta

from django.conf import settings
from django.contrib.auth.tokens import default_token_generator
from django.core.mail import send_mail
from django.db import transaction
from django.db.models.functions import Now
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import translation
from django.utils.encoding import force_bytes
from django.utils.http import urlsafe_base64_encode
from django.utils.translation import gettext

from annotate.core.preferences import parse_preferences
from annotate.models import PasswordMail, Project, User
from annotate.services import audit
from annotate.services.accounts.oversight import check_may_decide

MAILS_EVERY = timedelta(minutes=10)  # to one person, however often they are asked for


@transaction.atomic
def make_link(user: User, *, by: User, project: Project) -> str:
    """The path of the page where the person sets a password; a sign-in or another password ends it sooner.

    Raises:
        Conflict: the asking person may not decide about this account.
    """
    check_may_decide(user, by=by)
    audit.record("password.link_made", user, by=by, project=project)
    return path_of_link(user)


def path_of_link(user: User) -> str:
    """The link itself; nothing of it is stored, its token holds for the password and the sign-in of now."""
    uid = urlsafe_base64_encode(force_bytes(user.pk))
    return reverse("pages:new-password", args=[uid, default_token_generator.make_token(user)])


def ask_mail(email: str) -> None:
    """Have a link sent to whoever has an account with this address and a password; the answer tells nobody who does."""
    for user in User.objects.filter(email__iexact=email, is_active=True):
        if user.has_usable_password() and not user.password_mails.filter(asked_at__gt=Now() - MAILS_EVERY).exists():
            PasswordMail.objects.create(user=user)


def send_mails() -> None:
    """Send the mails that wait, each once; one that the mail server refuses waits on."""
    while _send_next():
        pass


@transaction.atomic
def _send_next() -> bool:
    mail = (
        PasswordMail.objects.waiting().select_related("user").select_for_update(of=("self",), skip_locked=True).first()
    )
    if mail is None:
        return False
    language = parse_preferences(mail.user.preferences).language or settings.LANGUAGE_CODE
    with translation.override(language):
        page = {"name": mail.user.username, "url": settings.SITE_URL + path_of_link(mail.user)}
        text = render_to_string("registration/password_mail.txt", page)
        send_mail(gettext("A new password for SmartBlur Studio"), text, None, [mail.user.email])
    PasswordMail.objects.filter(pk=mail.pk).update(sent_at=Now())
    return True
