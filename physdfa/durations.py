"""Times as people write them: "90s", "10m", "1.5h"."""

import re

SECONDS = {"s": 1, "m": 60, "h": 3600}


def seconds_in(text: str) -> float:
    """The seconds in "90s", "10m" or "1.5h".

    **Raises:** `ValueError` for anything else, and for 0.
    """
    found = re.fullmatch(r"\s*(\d+(?:\.\d+)?)\s*([smh])\s*", text)
    if found is None or float(found[1]) == 0:
        raise ValueError("is a time above 0 with its unit, such as 90s, 10m or 2h")
    return float(found[1]) * SECONDS[found[2]]
