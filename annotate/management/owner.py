"""The first account of a site."""

import os
import secrets
from collections.abc import Callable

from django.contrib.auth.password_validation import validate_password
from django.core.exceptions import ValidationError

from annotate.models import User
from annotate.services.teams.people import create_superuser

VARIABLE = "SMARTBLUR_OWNER_PASSWORD"


def ensure_owner(username: str, *, say: Callable[[str], object]) -> User:
    """The superuser of this name; a new one's password is the operator's, or random and said this once."""
    user = User.objects.filter(username=username).first()
    if user is not None:
        say(f"The user {username} exists; `manage.py changepassword {username}` sets another password.")
        return user
    given = os.environ.get(VARIABLE)
    user = create_superuser(username, given or (random := secrets.token_urlsafe(12)))
    say(f"Made the user {username} with the password of {VARIABLE}." if given else _first_password(username, random))
    if given:
        _warn_of_weak(given, user, say)
    return user


def _first_password(username: str, password: str) -> str:
    return f"\n    First user:  {username}\n    Password:    {password}   (shown only now)\n"


def _warn_of_weak(password: str, user: User, say: Callable[[str], object]) -> None:
    try:
        validate_password(password, user)
    except ValidationError as error:
        say(f"Warning: {VARIABLE} is weak. {' '.join(error.messages)}")
