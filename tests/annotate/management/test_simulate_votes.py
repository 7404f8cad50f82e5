import io
import json

from django.core.management import call_command


def printed(*flags):
    out = io.StringIO()
    call_command("simulate_votes", "--images", "60", "--people", "12", "--crowds", "1", *flags, stdout=out)
    return out.getvalue()


def test_the_simulation_prints_a_row_for_each_rule():
    head, _, *rows = printed().splitlines()
    assert head.startswith("| rule | votes a photo | accuracy |")
    assert [row.split(" | ")[0] for row in rows] == ["| fixed 3", "| fixed 5", "| fixed 7", "| 2 to 7, until sure"]


def test_or_the_same_as_json():
    rules = json.loads(printed("--json"))
    assert [each["votes_per_image"] for each in rules[:3]] == [3, 5, 7]
    assert rules == json.loads(printed("--json"))
