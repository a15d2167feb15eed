"""What was added to a sweep after its design: further points, and further seeds of all; kept as `added.json`."""

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from typing import Any

from physdfa.store import RunFolder
from physdfa.store.derived import read_derived, write_derived

ADDED = "added.json"


@dataclass(frozen=True, kw_only=True)
class Batch:
    """Points that were added together: some spread evenly over the box, some `chosen` where they tell most."""

    even: Sequence[Mapping[str, Any]] = ()
    chosen: Sequence[Mapping[str, Any]] = ()

    @property
    def points(self) -> list[Mapping[str, Any]]:
        """All of them."""
        return [*self.even, *self.chosen]


@dataclass(frozen=True, kw_only=True)
class Additions:
    """All that was added.

    - `batches`: in their order; `seeds`: of every point, beyond those of the sweep.
    """

    batches: Sequence[Batch] = field(default_factory=tuple)
    seeds: int = 0

    def with_batch(self, batch: Batch) -> "Additions":
        """With one more batch."""
        return Additions(batches=(*self.batches, batch), seeds=self.seeds)

    def with_seeds(self, seeds: int) -> "Additions":
        """With more seeds of every point."""
        return Additions(batches=self.batches, seeds=self.seeds + seeds)


NOTHING = Additions()


def read_additions(run: RunFolder) -> Additions:
    """What was added to a run; nothing for most.

    **Raises:** `RunFolderError` if the file was changed.
    """
    if not (run.path / ADDED).exists():
        return NOTHING
    record: Any = read_derived(run, ADDED)
    return Additions(batches=tuple(Batch(**batch) for batch in record["batches"]), seeds=record["seeds"])


def write_additions(run: RunFolder, added: Additions) -> None:
    """Keep what is added, before it is evaluated: an interrupted run goes on with the same points."""
    write_derived(run, ADDED, asdict(added))
