"""The proof of a working range: fresh devices, drawn inside and outside of it, trained and compared with its word."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Literal

from ga_search.evolution import Candidate
from ga_search.genome import candidate_id
from physdfa.analysis.working_range import WorkingRange, spread_over_box, values_at
from physdfa.errors import InputError
from physdfa.workflow.candidates.records import Evaluate, fitness_of
from physdfa.workflow.range.kept import same_values

DRAWS_PER_DEVICE = 100
"""Places of the box looked at for each device of a side: a side much smaller than one in so many is refused."""
BATCH = 24
"""Devices that are trained before what was found is told, and kept."""


@dataclass(frozen=True, kw_only=True)
class HeldOutDevice:
    """One fresh device.

    - `said`: by the range; `predicted`: its accuracy there; `probability`: that it works, as the range states it;
      `distance`: to the edge, over the unit box, or None.
    - `accuracy`: as trained (validation, mean over seeds; 0 if a seed failed); `works`: whether at the level.
    """

    values: Mapping[str, Any]
    said: Literal["inside", "outside"]
    predicted: float
    probability: float
    distance: float | None
    accuracy: float
    works: bool

    @property
    def right(self) -> bool:
        """Whether training said the same."""
        return self.works == (self.said == "inside")


def held_out_devices(found: WorkingRange, num: int, *, seed: int) -> list[tuple[str, dict[str, Any]]]:
    """`num` devices called inside and `num` outside, drawn evenly within each verdict: ("inside", values), ...

    **Raises:** `InputError` if a side is too small to be met.
    """
    positions = spread_over_box(found.axes, DRAWS_PER_DEVICE * num, seed=seed)
    _, states = found.judged(found.surrogate.predict(positions))
    sides = {side: positions[states == side] for side in ("inside", "outside")}
    for state, places in sides.items():
        if len(places) < num:
            raise InputError(
                f"only {len(places)} of {len(positions)} places of this box lie {state} with {found.confidence:.0%} "
                f"confidence, and {num} devices are to be drawn there; ask for fewer, or change the box."
            )
    return [(state, values_at(found.axes, place)) for state, places in sides.items() for place in places[:num]]


def check_held_out(
    found: WorkingRange,
    evaluate: Evaluate,
    fixed: Mapping[str, Any],
    num: int,
    *,
    seed: int,
    earlier: Sequence[Mapping[str, Any]] = (),
    on_devices: Callable[[list[HeldOutDevice], int], None] = lambda devices, left: None,
) -> list[HeldOutDevice]:
    """Train `num` fresh devices of each side, and compare each with its verdict.

    **Arguments:**

    - `evaluate`: an evaluator with the budget of the range's own run.
    - `fixed`: the parameters that had one value throughout that run.
    - `seed`: of the draw of the devices.
    - `earlier`: devices of this run that were trained before, as `dataclasses.asdict` has them.
    - `on_devices`: told the devices so far, and how many are left, after each `BATCH` of trainings.
    """
    drawn = held_out_devices(found, num, seed=seed)
    candidates = [Candidate(candidate_id({**fixed, **values}), {**fixed, **values}, 0) for _, values in drawn]
    trained = {
        one.id: old["accuracy"] for one in candidates for old in earlier if same_values(old["values"], one.values)
    }
    missing = [one for one in candidates if one.id not in trained]
    for start in range(0, max(len(missing), 1), BATCH):
        batch = missing[start : start + BATCH]
        records = evaluate(batch) if batch else []
        for candidate in batch:
            trained[candidate.id] = fitness_of([one for one in records if one.candidate == candidate.id])
        checked = [_checked(found, one, trained[one.id]) for one in candidates if one.id in trained]
        on_devices(checked, len(candidates) - len(checked))
    return [_checked(found, one, trained[one.id]) for one in candidates]


def _checked(found: WorkingRange, candidate: Candidate, accuracy: float) -> HeldOutDevice:
    """A device beside its verdict."""
    verdict = found.contains(candidate.values)
    assert verdict.state in ("inside", "outside"), "drawn by its verdict"
    assert verdict.accuracy is not None, "known where it is not unknown"
    assert verdict.probability is not None, "known where it is not unknown"
    return HeldOutDevice(
        values=candidate.values,
        said=verdict.state,
        predicted=verdict.accuracy,
        probability=verdict.probability,
        distance=verdict.distance,
        accuracy=accuracy,
        works=accuracy >= found.level,
    )


def misses(checked: Sequence[HeldOutDevice]) -> list[HeldOutDevice]:
    """The devices of which the range said wrong, the farthest from the edge first."""
    return sorted((device for device in checked if not device.right), key=lambda device: -(device.distance or 0.0))
