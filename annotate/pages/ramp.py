"""The colours of blur levels: brighter is more blur. `frontend/src/styles/tokens.css` has the same stops."""

RAMP = ("#12202e", "#1c3a57", "#275680", "#3b74a6", "#5b93c4", "#84b2dc", "#b0d0ee", "#dceeff")

HATCH_COLOUR = bytes.fromhex("767676")  # of lines where there is nothing to judge by


def ramp_stop(level: int, level_count: int) -> int:
    """Which stop of RAMP stands for a level; a scale of fewer levels takes them evenly."""
    return round(level * (len(RAMP) - 1) / (level_count - 1))
