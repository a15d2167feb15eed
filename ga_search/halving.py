"""Successive halving: who is evaluated further at a rung."""

import math
from collections.abc import Mapping
from random import Random
from typing import NamedTuple


class Rung(NamedTuple):
    """The decision of a rung: which candidates go on, which are dropped, and which go on as a check."""

    kept: tuple[str, ...]
    dropped: tuple[str, ...]
    checked: tuple[str, ...]


def at_rung(fitnesses: Mapping[str, float], *, keep: float, checks: int, seed: int) -> Rung:
    """Let the best share of the candidates go on; of equals the first, in the order of `fitnesses`.

    Which dropped ones are checked is drawn from the seed and the candidates alone.

    **Arguments:**

    - `fitnesses`: at this rung, by candidate in the order proposed.
    - `keep`: share that goes on, rounded up; `checks`: dropped ones that go on all the same.
    """
    ranked = sorted(fitnesses, key=lambda name: fitnesses[name], reverse=True)
    num_kept = math.ceil(keep * len(ranked))
    kept, dropped = ranked[:num_kept], ranked[num_kept:]
    random = Random(f"ga_search/halving/{seed}/{'/'.join(fitnesses)}")
    checked = random.sample(dropped, min(checks, len(dropped)))
    return Rung(tuple(kept), tuple(dropped), tuple(checked))
