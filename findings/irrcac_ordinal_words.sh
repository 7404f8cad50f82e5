#!/usr/bin/env bash
# irrCAC 0.4.4: with ordinal weights, words as categories are put in alphabetical order unless `categories` is given.
# For desirability that order is bad, good, none, ok, so "bad" and "ok" count as farthest apart and "none" lies between
# "good" and "ok": the same twelve votes give an AC2 of 0.173 where their own order gives 0.873, without a warning.
# What to do: pass categories=["none", "good", "ok", "bad"], or codes 0 to 3 as annotate/core/agreement.py does.
set -euo pipefail
work=$(mktemp -d)
trap 'rm -rf "$work"' EXIT
python3 -m venv "$work/venv"
"$work/venv/bin/python" -m pip install -q irrCAC==0.4.4 numpy==1.26.4 pandas==2.3.3 scipy==1.12.0
"$work/venv/bin/python" - <<'PYTHON'
import pandas as pd
from irrCAC.raw import CAC

votes = pd.DataFrame(
    {"first": ["none", "good", "ok", "bad", "ok", "good"], "second": ["none", "ok", "ok", "bad", "bad", "good"]}
)
by_default = CAC(votes, weights="quadratic")
in_order = CAC(votes, weights="quadratic", categories=["none", "good", "ok", "bad"])
seen = [by_default.categories, *(each.gwet()["est"]["coefficient_value"] for each in (by_default, in_order))]
print(seen)
assert seen == [["bad", "good", "none", "ok"], 0.17314, 0.87279], "irrCAC has changed"
PYTHON
