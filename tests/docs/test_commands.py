"""Every command and every link that README and docs show is one that exists."""

import re
import shlex
from collections import Counter
from pathlib import Path

import pytest
from django.core.management import get_commands, load_command_class

from modelsvc.fusenet.__main__ import parse_arguments
from smartblur.__main__ import OWN
from smartblur.__main__ import parse_arguments as parse_own

ROOT = Path(__file__).resolve().parents[2]
PAGES = sorted([ROOT / "README.md", *ROOT.glob("docs/**/*.md")])
CODE = re.compile(r"```\w*\n(.*?)```|`([^`\n]+)`", re.DOTALL)
COMMAND = re.compile(
    r"^\$? ?(?:[A-Z_]+=\S+ )*(?:\.venv/bin/)?(?:python3? )?"
    r"(?P<words>(?:make|manage\.py|-m modelsvc\.fusenet|smartblur) .*)"
)


def commands(start: str) -> list[str]:
    """The commands in all pages that begin so, without that beginning, comments and pipes."""
    found = set()
    for page in PAGES:
        for block, inline in CODE.findall(page.read_text()):
            for line in (block or inline).replace("\\\n", " ").splitlines():
                if (match := COMMAND.match(line.strip())) and match["words"].startswith(f"{start} "):
                    found.add(re.split(r"\s[#|>]", match["words"].removeprefix(f"{start} "))[0].strip())
    return sorted(found)


@pytest.mark.parametrize("words", commands("make"))
def test_make_has_the_target(words: str) -> None:
    targets = re.findall(r"^([\w./-]+):", (ROOT / "Makefile").read_text(), re.MULTILINE)
    asked = [word for word in words.split() if "=" not in word]
    assert set(asked) <= set(targets)


@pytest.mark.parametrize("words", commands("manage.py"))
def test_manage_takes_the_options(words: str) -> None:
    name, *options = shlex.split(words)
    command = load_command_class(get_commands()[name], name)
    command.create_parser("manage.py", name).parse_args(options)


@pytest.mark.parametrize("words", commands("-m modelsvc.fusenet"))
def test_fusenet_takes_the_options(words: str) -> None:
    assert parse_arguments(shlex.split(words)).run


@pytest.mark.parametrize("words", [words for words in commands("smartblur") if " " in words])
def test_smartblur_takes_the_options(words: str) -> None:
    name, *_ = split = shlex.split(words)
    assert (parse_own(split) if name in OWN else parse_arguments(split)).run


def imports() -> list[str]:
    """The imports of our own packages in the pages' Python, and one that an earlier page showed."""
    lines = {line for page in PAGES for block, _ in CODE.findall(page.read_text()) for line in block.splitlines()}
    ours = {line for line in lines if line.startswith(("from annotate", "from modelsvc", "from smartblur"))}
    return sorted(ours | {"from modelsvc.fusenet.predict import Predictor"})


@pytest.mark.parametrize("line", imports())
def test_an_import_in_the_pages_works(line: str) -> None:
    exec(line, {})  # noqa: S102


@pytest.mark.parametrize("text", PAGES, ids=lambda text: text.relative_to(ROOT).as_posix())
def test_links_between_files_lead_somewhere(text: Path) -> None:
    links = re.findall(r"\]\(([^)#\s]+)", text.read_text())
    missing = [link for link in links if ":" not in link and not (text.parent / link).exists()]
    assert missing == []


def test_no_two_decisions_have_one_number() -> None:
    numbers = Counter(path.name[:4] for path in ROOT.glob("docs/decisions/*.md"))
    assert [number for number, count in numbers.items() if count > 1] == []
