"""The site's words in other languages: what is marked for translation, and the catalogues under `locale/`.

Python and templates are marked as Django does, TypeScript with `t("...")` and `tn("...", "...", n)`. Everything here is
Python: GNU gettext is needed nowhere. `manage.py translate` brings the catalogues up to date, `make` compiles them.
"""

import io
import re
from collections.abc import Iterator
from itertools import takewhile
from pathlib import Path

from babel.messages.catalog import Catalog
from babel.messages.extract import extract_python
from babel.messages.mofile import write_mo
from babel.messages.pofile import read_po, write_po
from django.utils.translation.template import templatize

from modelsvc.fusenet.config import SCHEMA

ROOT = Path(__file__).resolve().parent.parent
LOCALE = Path(__file__).with_name("locale")
LANGUAGES = ("de",)  # beside English, in which the words are written
DOMAINS = ("django", "djangojs")
KEYWORDS = ("_", "gettext", "gettext_lazy", "gettext_noop", "ngettext", "ngettext_lazy")
REFUSALS = (
    "SmartBlurError",
    "InvalidConfig",
    "InvalidDocument",
    "InvalidFile",
    "InvalidImage",
    "InvalidLabels",
    "InvalidVote",
    "Phrase",
)
# Files that know no Django: the name of a refusal marks its sentence.
PLAIN = ("annotate/core", "modelsvc/fusenet/config.py", "modelsvc/fusenet/training/trainer.py")
TEXT = r'"((?:[^"\\]|\\.)*)"'
SCRIPT_CALL = re.compile(rf"\bt\(\s*{TEXT}|\btn\(\s*{TEXT},\s*{TEXT}")

Message = str | tuple[str, str]


def find_messages(domain: str) -> set[Message]:
    """All that is marked: a sentence, or the pair of it for one and for many."""
    if domain == "djangojs":
        sources = ROOT.joinpath("frontend", "src").rglob("*.*")
        return {
            message for path in sources if path.suffix in (".ts", ".svelte") for message in in_script(path.read_text())
        }
    found: set[Message] = {words for setting in SCHEMA for words in (setting.label, setting.help)} | borrowed()
    for app in ("annotate", "modelsvc", "smartblur_site"):
        for path in ROOT.joinpath(app).rglob("*.py"):
            is_plain = path.relative_to(ROOT).as_posix().startswith(PLAIN)
            found.update(in_python(path.read_text(), REFUSALS if is_plain else KEYWORDS))
        for path in ROOT.joinpath(app).rglob("templates/**/*.html"):
            found.update(in_template(path.read_text()))
    return found


def borrowed() -> set[Message]:
    """The sentences of Django and the REST framework that `locale/en` says in plainer words, and `locale/de` too."""
    return {message.id for message in read_catalogue("en", "django") if message.id}


def in_python(source: str, keywords: tuple[str, ...] = KEYWORDS) -> Iterator[Message]:
    """What a Python file marks."""
    calls = extract_python(io.BytesIO(source.encode()), keywords, [], {"encoding": "utf-8"})
    for _, keyword, words, _ in calls:
        if keyword.startswith("ngettext"):
            yield words[0], words[1]
        elif isinstance(words, str) and words:
            yield words
        elif isinstance(words, tuple) and words[0]:
            yield words[0]


def in_template(source: str) -> Iterator[Message]:
    """What a template marks: Django turns its tags into calls amid lines of Xs."""
    for call in re.findall(r"\bn?gettext\(.*?\) |\b_\(.*?\) ", templatize(source), re.DOTALL):
        yield from in_python(call.replace("(u'", "('").strip())


def in_script(source: str) -> Iterator[Message]:
    """What a TypeScript or Svelte file marks."""
    for alone, one, many in SCRIPT_CALL.findall(source):
        words = [re.sub(r"\\(.)", r"\1", each) for each in (alone, one, many)]
        yield words[0] if alone else (words[1], words[2])


def catalogue_path(language: str, domain: str) -> Path:
    """Where a catalogue is written by people."""
    return LOCALE / language / "LC_MESSAGES" / f"{domain}.po"


def read_catalogue(language: str, domain: str) -> Catalog:
    """The catalogue as people wrote it; an empty one where there is none."""
    path = catalogue_path(language, domain)
    if not path.exists():
        return Catalog(locale=language, domain=domain, fuzzy=False)
    with path.open("rb") as file:
        return read_po(file, locale=language, domain=domain)


def read_glossary(language: str, domain: str = "django") -> str:
    """The comment at the head of a catalogue: one word for each idea, and the words that are not used for it."""
    path = catalogue_path(language, domain)
    lines = path.read_text().splitlines(keepends=True) if path.exists() else []
    return "".join(takewhile(lambda line: line.startswith("#"), lines))


def update_catalogue(language: str, domain: str) -> tuple[int, int]:
    """Bring a catalogue up to what is marked now; how many messages it has, and how many wait for a translation."""
    old, new = read_catalogue(language, domain), Catalog(locale=language, domain=domain, fuzzy=False, charset="utf-8")
    new.creation_date = new.revision_date = None
    for message in find_messages(domain):
        known = old.get(message if isinstance(message, str) else message[0])
        new.add(message, known.string if known else None)
    path = catalogue_path(language, domain)
    path.parent.mkdir(parents=True, exist_ok=True)
    text = io.BytesIO()
    write_po(text, new, width=110, sort_output=True, omit_header=True)
    head = read_glossary(language, domain) + HEADER.format(language=language, plural=new.plural_forms)
    path.write_bytes(head.encode() + text.getvalue())
    return len(new), sum(not is_translated(message.string) for message in new if message.id)


HEADER = """msgid ""
msgstr ""
"Language: {language}\\n"
"MIME-Version: 1.0\\n"
"Content-Type: text/plain; charset=utf-8\\n"
"Content-Transfer-Encoding: 8bit\\n"
"Plural-Forms: {plural}\\n"

"""


def is_translated(words: str | tuple[str, ...]) -> bool:
    """Whether a message has words, for one and for many if it has both."""
    return bool(words) if isinstance(words, str) else bool(words) and all(words)


def compile_catalogues() -> list[Path]:
    """Write each catalogue as programs read it, where it is older than what people wrote."""
    written = []
    for path in LOCALE.glob("*/LC_MESSAGES/*.po"):
        made = path.with_suffix(".mo")
        if made.exists() and made.stat().st_mtime >= path.stat().st_mtime:
            continue
        with path.open("rb") as file:
            catalogue = read_po(file, locale=path.parts[-3])
        content = io.BytesIO()
        write_mo(content, catalogue)
        made.write_bytes(content.getvalue())
        written.append(made)
    return written


if __name__ == "__main__":
    compile_catalogues()
