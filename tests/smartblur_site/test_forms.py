"""Forms and inputs speak in our words: whatever is sent, no sentence of Django or of the REST framework comes back."""

import inspect
import re
from collections.abc import Iterator
from functools import cache
from pathlib import Path

import django
import pytest
import rest_framework
from babel.messages.mofile import read_mo
from babel.messages.pofile import read_po
from django import forms
from django.contrib.auth.forms import AuthenticationForm, PasswordChangeForm
from django.contrib.auth.password_validation import password_validators_help_texts
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client, RequestFactory
from django.utils import translation
from django.utils.datastructures import MultiValueDict
from rest_framework import serializers

import smartblur_site.urls  # noqa: F401 - pages and views, and with them all forms and inputs
from annotate.models import Project, Release
from smartblur_site.translations import ROOT
from tests.factories import make_project, make_user
from tests.visits import browser, words

OURS = ("annotate.", "modelsvc.")
ODD = ["", "\0", "x" * 9_000, "-1", "1" * 400, "12.3456789", "31.13.2026", "not://an address", "[]"]
VALUE = re.compile(r"%\\\(\w+\\\)[sdr]|%[sd]|\\\{[^}]*\\\}")
DJANGO, REST = Path(django.__file__).parent, Path(rest_framework.__file__).parent


@cache
def their_sentences(language: str) -> list[re.Pattern[str]]:
    """What Django, its accounts and the REST framework say in a language, as patterns of the whole sentence."""
    said: set[str] = set()
    for folder in (DJANGO / "conf", DJANGO / "contrib/auth"):
        with (folder / f"locale/{language}/LC_MESSAGES/django.po").open("rb") as file:
            for message in read_po(file, ignore_obsolete=True):
                said |= {*flat(message.id)} if language == "en" else {*flat(message.string)}
    with (REST / "locale/de/LC_MESSAGES/django.mo").open("rb") as file:  # its only list of its own sentences
        for message in read_mo(file):
            said |= {*flat(message.id)} if language == "en" else {*flat(message.string)}
    return [re.compile(VALUE.sub(".+", re.escape(each)), re.DOTALL) for each in said if each.count(" ") > 1]


def flat(said: str | tuple[str, ...]) -> tuple[str, ...]:
    return (said,) if isinstance(said, str) else tuple(said)


def theirs(said: list[str], language: str) -> list[str]:
    """Those of the sentences that are not ours."""
    return sorted({each for each in said if any(known.fullmatch(each) for known in their_sentences(language))})


def below(kind: type) -> Iterator[type]:
    """All classes of ours that are of the kind."""
    for each in kind.__subclasses__():
        if each.__module__.startswith(OURS):
            yield each
        yield from below(each)


def sentences_of(kind: type[forms.BaseForm], project: Project) -> Iterator[str]:
    """All that a form says of odd values in all of its fields."""
    known = {
        "project": project,
        "user": project.memberships.first().user,
        "release": Release(project=project),
        "counts": {"CC0-1.0": 1},
    }
    wanted = {name: value for name, value in known.items() if name in inspect.signature(kind).parameters}
    for odd in ODD:
        names = kind(**wanted).fields
        files = {name: [SimpleUploadedFile("x" * 300, b"")] for name in names} if odd else {}
        form = kind(MultiValueDict({name: [odd] for name in names}), MultiValueDict(files), **wanted)
        yield from (said for list_ in form.errors.values() for said in list_)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "de"])
def test_no_form_says_a_sentence_of_django(language: str) -> None:
    project = make_project()
    with translation.override(language):
        said = {kind.__name__: list(sentences_of(kind, project)) for kind in below(forms.BaseForm)}
        assert len(said) > 20
        assert {name: theirs(each, language) for name, each in said.items() if theirs(each, language)} == {}


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "de"])
def test_no_input_of_the_api_says_a_sentence_of_the_framework(language: str) -> None:
    said: list[str] = []
    with translation.override(language):
        for kind in (each for each in below(serializers.Serializer) if each.__name__.endswith(("Input", "Changes"))):
            for odd in [*ODD, None, [], {}, {"a": 1}, True]:
                for data in (odd, dict.fromkeys(kind().fields, odd)):
                    said += faults_of(kind, data)
        assert len(said) > 1_000
        assert theirs(said, language) == []


def faults_of(kind: type[serializers.Serializer], data: object) -> list[str]:
    """What each field says of its value, and the input of the whole."""
    try:
        kind(data=data).run_validation(data)
    except serializers.ValidationError as refused:
        return list(leaves(refused.detail))
    except (KeyError, AttributeError):  # it wants the project that it is asked in
        return []
    return []


def leaves(detail: object) -> Iterator[str]:
    if isinstance(detail, dict):
        detail = list(detail.values())
    if isinstance(detail, list):
        for each in detail:
            yield from leaves(each)
    else:
        yield str(detail)


@pytest.mark.django_db
@pytest.mark.parametrize("language", ["en", "de"])
@pytest.mark.parametrize("password", ["", "short", "password12", "1234567890", "somebody-known"])
def test_no_password_is_refused_in_djangos_words(language: str, password: str) -> None:
    user = make_user("somebody-known")
    user.set_password("an old secret of mine")
    with translation.override(language):
        changed = {"old_password": "wrong", "new_password1": password, "new_password2": password + "?"}
        both = changed | {"new_password2": password}
        for form in (
            PasswordChangeForm(user, changed),
            PasswordChangeForm(user, both),
            AuthenticationForm(RequestFactory().post("/sign-in/"), {"username": "nobody", "password": password}),
        ):
            said = [each for list_ in form.errors.values() for each in list_] + password_validators_help_texts()
            assert (len(said) > 1, theirs(said, language)) == (True, [])


def test_a_wrong_password_is_told_in_plain_words(client: Client, db: None) -> None:
    answer = client.post("/sign-in/", {"username": "nobody", "password": "nothing at all"})
    assert "The name or the password is wrong. Capital letters count in both." in words(answer)
    german = {"accept-language": "de"}
    answer = client.post("/sign-in/", {"username": "nobody", "password": "nothing at all"}, headers=german)
    assert "Der Name oder das Passwort stimmt nicht." in words(answer)


def test_what_is_wrong_stands_at_its_field_and_the_first_has_the_focus(db: None) -> None:
    page = browser(make_user()).post("/projects/new/", {"name": "", "votes_wanted": "0", "network": "shipped"})
    (name,) = re.findall(r'<input[^>]*name="name"[^>]*>', page.content.decode())
    assert ("autofocus" in name, 'aria-invalid="true"' in name, "id_name_error" in name) == (True, True, True)
    assert '<ul class="errorlist" id="id_name_error"><li>Something is missing here.</li></ul>' in page.content.decode()
    assert "At least 1." in words(page)


# What stands in templates and components ------------------------------------------------------------------------------

PAGES = [path for app in ("annotate", "modelsvc", "smartblur_site") for path in ROOT.glob(f"{app}/templates/**/*.html")]
PARTS = [*PAGES, *ROOT.glob("frontend/src/ui/**/*.svelte")]
FORM = re.compile(r"(<form\b(?:\{[%{].*?[%}]\}|\{.*?\}|[^>])*>)(.*?)</form>", re.DOTALL)
FIELD = re.compile(
    r'<input(?! type="hidden")|<select|<textarea|include "[a-z_/]*fields?\.html"|\{\{ ?(field|form\.\w+) ?\}\}'
)


def test_no_browser_says_what_is_wrong_in_a_form() -> None:
    """Its bubbles speak the browser's language and stand over the page: every form with a field is `novalidate`."""
    bubbling = [
        f"{path.relative_to(ROOT)}: {head}"
        for path in PARTS
        for head, body in FORM.findall(path.read_text())
        if FIELD.search(body) and "novalidate" not in head
    ]
    assert bubbling == []


def test_every_icon_that_is_named_is_drawn() -> None:
    drawn = set(re.findall(r'\[data-icon="([\w-]+)"\]', (ROOT / "frontend/src/styles/icons.css").read_text()))
    named = {
        name
        for path in [*PARTS, *ROOT.glob("frontend/src/**/*.ts")]
        for name in re.findall(r'\{% icon "([\w-]+)"|<Icon name="([\w-]+)"|\bicon: "([\w-]+)"', path.read_text())
        for name in name
        if name
    }
    assert (named - drawn, len(named) > 40) == (set(), True)
