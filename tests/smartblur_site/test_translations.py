"""Two languages: all that is marked has German words with the same values in it, and the pages and scripts say them."""

import ast
import re

import pytest
from django.template import Context, Template
from django.utils import translation

from annotate.core.errors import Conflict, InvalidDocument, InvalidImage, InvalidVote, Phrase, SmartBlurError
from annotate.core.imagefile import probe
from modelsvc.fusenet.config import InvalidConfig
from smartblur_site.translations import (
    DOMAINS,
    LANGUAGES,
    ROOT,
    borrowed,
    find_messages,
    in_python,
    in_script,
    in_template,
    is_translated,
    read_catalogue,
    read_glossary,
)

VALUES = re.compile(r"%\((\w+)\)[sd]|</?[a-z]+")


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("language", LANGUAGES)
def test_the_catalogue_is_what_is_marked_and_whole(language: str, domain: str) -> None:
    """Bring it up to date with `python manage.py translate`, then translate what is empty."""
    catalogue = {message.id: message.string for message in read_catalogue(language, domain) if message.id}
    assert set(catalogue) == find_messages(domain)
    assert [said for said, words in catalogue.items() if not is_translated(words)] == []


@pytest.mark.parametrize("domain", DOMAINS)
@pytest.mark.parametrize("language", ["en", *LANGUAGES])
def test_translations_hold_the_values_and_tags_of_what_they_translate(language: str, domain: str) -> None:
    wrong, plain = [], borrowed()  # what others say may be said with fewer values
    for message in read_catalogue(language, domain):
        said = [message.id] if isinstance(message.id, str) else list(message.id)
        words = [message.string] if isinstance(message.string, str) else list(message.string)
        for one, other in zip(said, words, strict=True):
            values, told = sorted(VALUES.findall(one)), sorted(VALUES.findall(other))
            if told != values and not (message.id in plain and set(told) < set(values)):
                wrong.append((one, other))
    assert wrong == []


def test_what_is_marked_in_python_templates_and_scripts_is_found() -> None:
    assert set(in_python('_("Saved."); x(ngettext("a day", "days", n)); f("not this")')) == {
        "Saved.",
        ("a day", "days"),
    }
    template = (
        '{% translate "Queue" %} {{ x|default:_("None") }} '
        "{% blocktranslate count n=n %}one{% plural %}{{ n }}{% endblocktranslate %}"
    )
    assert set(in_template(template)) == {"Queue", "None", ("one", "%(n)s")}
    assert set(in_script('<p title={t("He said \\"no\\"")}>{tn("an edit", "edits", 3)} {get("not this")}')) == {
        'He said "no"',
        ("an edit", "edits"),
    }


def test_a_page_speaks_the_language_that_the_browser_asks_for(client) -> None:
    german = client.get("/sign-in/", headers={"accept-language": "de-AT,de;q=0.9,en;q=0.5"}).content.decode()
    assert ('<html lang="de">' in german, "<h1>Anmelden</h1>" in german, "/catalogue/de.js" in german) == (True,) * 3
    english = client.get("/sign-in/", headers={"accept-language": "fr"}).content.decode()
    assert ('<html lang="en">' in english, "/catalogue/" in english) == (True, False)


def test_the_browsers_catalogue_is_a_script_and_comes_once(client) -> None:
    first = client.get("/catalogue/de.js")
    assert first.status_code == 200
    assert first["Content-Type"].startswith("text/javascript")
    assert "django.gettext" in first.content.decode()
    assert client.get("/catalogue/de.js", headers={"if-none-match": first["ETag"]}).status_code == 304
    assert client.get("/catalogue/tlh.js").status_code == 404


def test_numbers_and_times_are_written_as_the_language_does() -> None:
    page = Template("{% load studio %}{{ count|number }} {{ share|percent }}")
    context = Context({"count": 12_480, "share": 4_500})
    with translation.override("de"):
        assert page.render(context) == "12.480 0,5 %"
    assert page.render(context) == "12,480 0.5 %"


def test_german_words_are_not_english_ones_forgotten() -> None:
    """A few are the same in both; a sentence never is."""
    sentences = [
        message
        for domain in DOMAINS
        for message in read_catalogue("de", domain)
        if isinstance(message.id, str) and message.id == message.string and message.id.count(" ") > 2
    ]
    assert [each.id for each in sentences] == []


def test_a_refusal_of_the_core_is_read_in_the_readers_language() -> None:
    refusal = InvalidDocument("Use a whole number from %(lowest)s to %(highest)s.", lowest=0, highest=200_000)
    with translation.override("de"):
        assert refusal.detail == "Nehmen Sie eine ganze Zahl von 0 bis 200.000."
    assert refusal.as_problem() == {
        "code": "invalid_document",
        "detail": "Use a whole number from 0 to 200,000.",
    }


def test_a_phrase_in_a_refusal_is_translated_and_what_people_wrote_is_not() -> None:
    with translation.override("de"):
        assert SmartBlurError("%(name)s", name=Phrase("regions")).detail == "Bereiche"
        assert SmartBlurError("%(name)s", name="regions").detail == "regions"


def test_a_photo_refused_in_a_page_is_told_in_german() -> None:
    with translation.override("de"), pytest.raises(InvalidImage) as refused:
        probe(b"no photo")
    with translation.override("de"):
        assert (
            refused.value.detail
            == "Laden Sie ein Foto als JPEG, PNG, WebP, HEIC oder AVIF hoch; diese Datei ist keines davon."
        )
    assert refused.value.code == "not_an_image"


def test_no_refusal_is_written_with_its_values_in_the_sentence() -> None:
    """Such a sentence is found in no catalogue: values stand apart, as `%(name)s`. Commands speak English."""
    told = (InvalidConfig, InvalidDocument, InvalidImage, InvalidVote, SmartBlurError, Conflict)
    names = {each.__name__ for each in told}
    wrong = [
        f"{path.relative_to(ROOT)}:{call.lineno}"
        for app in ("annotate", "modelsvc")
        for path in ROOT.joinpath(app).rglob("*.py")
        if not {"management", "release", "fusenet"} & set(path.relative_to(ROOT).parts)
        for call in ast.walk(ast.parse(path.read_text()))
        if isinstance(call, ast.Call) and isinstance(call.func, ast.Name) and call.func.id in names
        if call.args and isinstance(call.args[0], ast.JoinedStr)
    ]
    assert wrong == []


def test_german_words_are_those_of_the_glossary() -> None:
    """The glossary at the head of django.po names in brackets what is not said."""
    unsaid = [word for line in re.findall(r"\[(.*)\]", read_glossary("de")) for word in line.split(", ")]
    assert "Werkbank" in unsaid
    wrong = [
        (word, message.id)
        for domain in DOMAINS
        for message in read_catalogue("de", domain)
        for word in unsaid
        if word in str(message.string)
    ]
    assert wrong == []
