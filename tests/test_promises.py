"""The table of promises is made from marks, and says which promise nothing holds."""

import ast
import json

from tests import promises

MARKS = """
import pytest

pytestmark = [pytest.mark.django_db, pytest.mark.promise("S5")]

@pytest.mark.parametrize("n", [1])
@pytest.mark.promise("R1", "R2")
def test_a(n): ...
"""
REPORT = """<testsuites><testsuite>
<testcase classname="tests.a.test_b" name="test_c[1]" time="1.5"/>
<testcase classname="tests.a.test_b" name="test_c[2]" time="2.5"/>
<testcase classname="tests.a.test_b" name="test_d" time="1"><failure/></testcase>
</testsuite></testsuites>"""


def test_marks_are_read_from_the_source():
    assert list(promises.marked(ast.parse(MARKS))) == [("", "S5"), ("::test_a", "R1"), ("::test_a", "R2")]
    assert list(promises.bench_promises(ast.parse('PROMISES = ("R1", "L2")'))) == ["R1", "L2"]


def test_a_promise_that_nothing_holds_and_a_mark_of_none_are_told():
    held = {promise: ["tests/test_x.py::test_a"] for promise in promises.PROMISES}
    assert promises.faults_of(held) == []
    del held["R9"]
    said = promises.faults_of(held | {"R99": ["tests/test_x.py::test_b"]})
    assert said == ["R9 is held by no test and no bench.", "tests/test_x.py::test_b holds R99, which nobody promised."]


def test_what_came_of_tests_and_benches_is_read(tmp_path):
    (tmp_path / "junit.xml").write_text(REPORT)
    figures = {
        "name": "saves",
        "figures": {"p99": 3, "seed": 1},
        "targets": {"p99": {"max": 2}},
        "ok": False,
        "busy_percent": 97,
    }
    (tmp_path / "bar.json").write_text(f"Some words\n{json.dumps(figures)}\n")
    assert dict(promises.read_outcomes(tmp_path / "junit.xml")) == {
        "tests/a/test_b.py::test_c": "passes, 2 cases, 4.0 s",
        "tests/a/test_b.py": "passes, 2 cases, 4.0 s",
    }
    assert dict(promises.read_outcomes(tmp_path / "bar.json")) == {
        "tests.bar.saves": "p99 3: **missed**, beside work that took 97 %"
    }


def test_the_table_says_what_the_marks_say():
    holders = promises.find_holders()
    record = json.loads(promises.RECORD.read_text()) if promises.RECORD.exists() else {}
    assert (promises.faults_of(holders), promises.table_of(holders, record)) == ([], promises.TABLE.read_text())
