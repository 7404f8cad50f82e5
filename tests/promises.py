"""What is promised, and what holds it: `python -m tests.promises` writes docs/promises.md, exit 1 where nothing does.

A test says by `@pytest.mark.promise("R1")` what it holds, a bench of `tests.bar` by `PROMISES = ("R1",)`; both are read
from the source, nothing runs. `python -m tests.promises prove [R1 ...]` runs them and takes down what came of them;
`record FILE...` does so with what ran before: the JSON line that a bench prints, or pytest's `--junit-xml`.
"""

import ast
import json
import re
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as ElementTree
from collections import defaultdict
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parent.parent
TABLE, RECORD = ROOT / "docs" / "promises.md", ROOT / "tests" / "promises.json"
BUSY = 10  # percent of the processors, from which on a figure says so
GROUPS = {"R": "Nothing is lost", "S": "Nobody gets in", "L": "Nobody waits"}
PROMISES = {
    "R1": "A kill -9 of web, worker or database loses no acknowledged save, leaves none without its audit row, makes "
    "none twice.",
    "R2": "Meanwhile nobody gets a 500, and the site is back within 10 s.",
    "R3": "100 jobs are done, none twice, while Redis is killed and emptied; none stands still for a minute.",
    "R4": "A killed training goes on within 30 s, loses one checkpoint's work at most, ends with the same figures.",
    "R5": "A release that is killed while it is built leaves no half of itself, and the next try makes the same bytes.",
    "R6": "With Redis frozen, 99 of 100 saves are answered within 300 ms.",
    "R7": "A save whose answer was lost and that is sent again makes one revision.",
    "R8": "What was drawn offline, in a tab that was killed, arrives whole and in order.",
    "R9": "Two windows that save one photo in any order overwrite nothing of each other: 10,000 steps.",
    "R10": "A full disk is told as such and leaves nothing half written.",
    "R11": "A backup that is taken while people work restores to the same bytes.",
    "R12": "While a new version starts, the former one can still save.",
    "R13": "From installed to answering in 20 s, with no account or service of the system; it ends whole.",
    "R14": "In 30 minutes of mixed work no process grows by more than 5 %.",
    "S1": "A malformed photo is refused with its reason in under 2 s, never by a 500.",
    "S2": "A photo of a huge size is refused by its header in little memory.",
    "S3": "Nothing of a photo but pixels and colour profile is stored, served or exported.",
    "S4": "Whatever the schema allows, sent by each role to each address, gets an answer that the schema declares.",
    "S5": "Each address, method and role is answered as one table says; an address that it lacks is a failure.",
    "S6": "Forms want their token, ten wrong passwords a pause; a token ends as it should.",
    "S7": "Pages load nothing from elsewhere and run no script in a text that people typed.",
    "S8": "A hostile archive is refused and leaves nothing.",
    "S9": "No cell of a table that leaves the site is a formula.",
    "S10": "No file of others is run: no pickles, no unsafe YAML, no raw markup, no raw SQL from outside.",
    "S11": "The site connects to its database, its Redis and what people named: webhooks, bucket, mail, sign-in.",
    "S12": "What was reported of tools like this one is a test of our guard.",
    "S13": "Django's own checks for a server find nothing.",
    "S14": "Readers of photos, outlines and archives meet random bytes with a refusal, never with a crash.",
    "L1": "100 saves a second of large maps by 8 clients, 99 of 100 within 250 ms.",
    "L2": "100 next photos a second, none given twice.",
    "L3": "100 people who pause 5 s between acts, among 10,000 photos: 99 of 100 answers within 200 ms.",
    "L4": "No page asks more than 12 queries, whatever the rows.",
    "L5": "A web process holds 150 MB at most and never loads torch.",
    "L6": "Photos come in through the whole gate 100 a second.",
    "L7": "A release of 1,000 photos is built within a minute in 300 MB.",
    "L8": "200 slow senders and 50 slow readers make nobody wait twice as long.",
    "L9": "At a million photos the next photo and a save take 1.3 times what they take at 10,000, at most.",
}

Holders = dict[str, list[str]]


def find_holders() -> Holders:
    """What holds each promise: ids of tests, names of benches, in the order of the files."""
    found: Holders = defaultdict(list)
    for path in sorted((ROOT / "tests").rglob("*.py")):
        text = path.read_text()
        if path.parent.name == "bar" and "\nPROMISES = " in text:
            for promise in bench_promises(ast.parse(text)):
                found[promise].append(f"tests.bar.{path.stem}")
        elif path.name.startswith("test_") and "mark.promise(" in text:
            for name, promise in marked(ast.parse(text)):
                found[promise].append(f"{path.relative_to(ROOT)}{name}")
    return found


def bench_promises(module: ast.Module) -> Iterator[str]:
    """The ids in the constant PROMISES of a bench."""
    for statement in module.body:
        if isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "PROMISES":
            yield from ast.literal_eval(statement.value)


def marked(module: ast.Module) -> Iterator[tuple[str, str]]:
    """("::test", id) of each mark in a file of tests; ("", id) where it is on the whole file."""
    for statement in module.body:
        if isinstance(statement, ast.FunctionDef):
            yield from (
                (f"::{statement.name}", promise) for each in statement.decorator_list for promise in ids_in(each)
            )
        elif isinstance(statement, ast.Assign) and ast.unparse(statement.targets[0]) == "pytestmark":
            yield from (("", promise) for promise in ids_in(statement.value))


def ids_in(expression: ast.expr) -> Iterator[str]:
    """The arguments of each `pytest.mark.promise(...)`."""
    for node in ast.walk(expression):
        if isinstance(node, ast.Call) and ast.unparse(node.func) == "pytest.mark.promise":
            yield from (ast.literal_eval(each) for each in node.args)


def faults_of(holders: Holders) -> list[str]:
    """What is wrong with them, a line each."""
    unheld = [f"{promise} is held by no test and no bench." for promise in PROMISES if not holders.get(promise)]
    return unheld + [
        f"{each[0]} holds {promise}, which nobody promised."
        for promise, each in holders.items()
        if promise not in PROMISES
    ]


def table_of(holders: Holders, record: dict[str, Any]) -> str:
    """docs/promises.md."""
    lines = [
        "# Promises",
        "",
        "What is promised here, what holds it, what came of that last. Written by `python -m tests.promises` from",
        "marks in tests; `make check` fails where nothing holds one. `python -m tests.promises prove R1` runs what",
        "holds R1 and takes down what came of it. Figures of `tests.bar` want an idle machine; where others used it,",
        "the figure says how much of its processors. [Why so](decisions/0055-promises-are-marks.md).",
    ]
    for letter, title in GROUPS.items():
        lines += ["", f"## {title}", "", "| | promise | held by | last |", "|---|---|---|---|"]
        for promise, words in PROMISES.items():
            if promise.startswith(letter):
                held = holders.get(promise, [])
                by = "<br>".join(f"`{shorten(each)}`" for each in held)
                last = "<br>".join(filter(None, (came_of(each, record) for each in held)))
                lines.append(f"| {promise} | {words} | {by} | {last} |")
    return "\n".join(lines) + "\n"


def shorten(holder: str) -> str:
    """A test without the folder that all lie in."""
    return holder.removeprefix("tests/")


def came_of(holder: str, record: dict[str, Any]) -> str:
    """The last figure and its day."""
    last = record.get(holder)
    return f"{last['at']}: {last['figure']}" if last else ""


def read_outcomes(path: Path) -> Iterator[tuple[str, str]]:
    """(holder, figure) of what a file tells: lines of benches, or pytest's XML."""
    if path.suffix == ".xml":
        passed: dict[str, list[float]] = defaultdict(list)
        for case in ElementTree.parse(path).iter("testcase"):  # noqa: S314 - pytest wrote it
            name = re.sub(r"\[.*", "", case.attrib["name"])
            file = f"{case.attrib['classname'].replace('.', '/')}.py"
            if not {each.tag for each in case} & {"failure", "error", "skipped"}:
                passed[f"{file}::{name}"].append(float(case.attrib["time"]))
                passed[file].append(float(case.attrib["time"]))
        for holder, seconds in passed.items():
            count = f"{len(seconds)} cases" if len(seconds) > 1 else "1 case"
            yield holder, f"passes, {count}, {sum(seconds):.1f} s"
        return
    for line in path.read_text().splitlines():
        if line.startswith('{"name"'):
            told = json.loads(line)
            judged = ", ".join(f"{name} {told['figures'][name]}" for name in told["targets"])
            beside = f", beside work that took {told['busy_percent']} %" if told.get("busy_percent", 0) > BUSY else ""
            yield f"tests.bar.{told['name']}", judged + ("" if told["ok"] else ": **missed**") + beside


def take_down(paths: list[Path], record: dict[str, Any], holders: Holders) -> None:
    """Keep what the files tell of what holds a promise, with today's date."""
    wanted, today = {each for held in holders.values() for each in held}, f"{datetime.now(UTC):%Y-%m-%d}"
    for path in paths:
        record.update({who: {"at": today, "figure": said} for who, said in read_outcomes(path) if who in wanted})
    kept = {who: record[who] for who in sorted(record) if who in wanted}
    RECORD.write_text(json.dumps(kept, indent=1, ensure_ascii=False) + "\n")


def prove(promised: list[str], folder: Path, holders: Holders) -> list[Path]:
    """Run each test and bench that holds one of these; the files in the folder that tell what came of it."""
    wanted = sorted({each for promise in promised for each in holders[promise]})
    tests = [each for each in wanted if each.startswith("tests/")]
    files = [folder / f"{bench}.json" for bench in wanted if bench not in tests]
    for file in files:
        with file.open("w") as told:
            subprocess.run([sys.executable, "-m", file.stem], cwd=ROOT, stdout=told)
    if tests:
        files.append(folder / "tests.xml")
        subprocess.run([sys.executable, "-m", "pytest", f"--junit-xml={files[-1]}", *tests], cwd=ROOT)
    return files


def main(words: list[str]) -> int:
    """Write the table, or with `check` only say whether it is as it would be written."""
    holders = find_holders()
    record = json.loads(RECORD.read_text()) if RECORD.exists() else {}
    if words[:1] == ["record"]:
        take_down([Path(each) for each in words[1:]], record, holders)
    if words[:1] == ["prove"]:
        with tempfile.TemporaryDirectory() as folder:
            take_down(prove(words[1:] or list(PROMISES), Path(folder), holders), record, holders)
    faults = faults_of(holders)
    table = table_of(holders, record)
    if words == ["check"]:
        if not TABLE.exists() or TABLE.read_text() != table:
            faults.append("docs/promises.md is not what the marks say: run `python -m tests.promises`.")
    else:
        TABLE.write_text(table)
    print("\n".join(faults), file=sys.stderr, end="\n" if faults else "")
    return 1 if faults else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
