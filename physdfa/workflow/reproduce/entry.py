"""Entries: rows that are computed one by one, and the tables and figures made of them."""

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, NamedTuple

from physdfa.config import ExperimentConfig, Kind
from physdfa.report.figures.style import Panel
from physdfa.report.table import Table
from physdfa.store import RunFolder
from physdfa.workflow.progress import NO_PROGRESS, Progress
from physdfa.workflow.reproduce.scale import Scale

Record = dict[str, Any]
"""Known facts of a row: JSON values by name."""


class Published(NamedTuple):
    """A published number with its spread, in the unit of ours; None where no spread is given.

    Accuracies are fractions.
    """

    value: float
    spread: float | None = None


@dataclass(frozen=True, kw_only=True)
class Workplace:
    """The place and the manner in which rows are computed.

    - `out_dir`: where run folders go and finished ones are looked for; `data_dir`: of the published data sets.
    - `num_seeds`: asked for on the command line; None: what each row has.
    - `start_from`: a finished run that a row goes on from, on a copy; None: every row begins at its beginning.
    """

    scale: Scale
    out_dir: Path
    data_dir: Path | None = None
    num_seeds: int | None = None
    start_from: Path | None = None
    command_line: Sequence[str] = ()
    progress: Progress = NO_PROGRESS


class RateSearch(NamedTuple):
    """The search of a row's learning rate on the validation split: the same for all rows that are compared.

    - `rates`: tried, each with one seed; `epochs`: of each at full scale.
    """

    rates: tuple[float, ...]
    epochs: int


class Work(NamedTuple):
    """What a row does that is more than a training: a search, a sweep, a range.

    - `kind`: "search" or "sweep", of its run.
    - `make`: the run of a config, by so many seeds; finished already, or made.
    - `size`: trainings (for each seed of the row), members of one program, epochs of each.
    - `files`: of its run that are kept beside the usual ones.
    - `goes_on`: whether it can go on from a run that is given.
    """

    kind: Kind
    make: Callable[[ExperimentConfig, Workplace, int], RunFolder]
    size: Callable[[ExperimentConfig], tuple[int, int, int]]
    files: Sequence[str] = ()
    goes_on: bool = False


@dataclass(frozen=True, kw_only=True)
class Row:
    """One row: a training with its seeds, a search or sweep, or a short computation.

    - `name`: for `--only`; `cells`: what a table says of the row, by heading.
    - `read`: the config at a scale, and the folder of the published data; None for a computation.
    - `work`: what is done with the config; None: a training.
    - `compute`: record and figures of a computation at a scale.
    - `published`: the number to stand beside ours.
    - `seeds`: at full scale; 0 where the config says how many.
    - `watch_test`: note the best test epoch, too. `search`: of the learning rate, before.
    - `has_costs`: whether memory, feedback and changed weights are counted.
    - `group`: rows of one group are compared with each other.
    - `kept`: folder below results/reference of a run that was kept before the whole entry is.
    """

    name: str
    cells: Mapping[str, str]
    read: Callable[[Scale, Path | None], ExperimentConfig] | None = None
    work: Work | None = None
    compute: Callable[[Scale], tuple[Record, list[Panel]]] | None = None
    published: Published | None = None
    seeds: int = 1
    watch_test: bool = False
    search: RateSearch | None = None
    has_costs: bool = False
    group: str = ""
    kept: str = ""

    @property
    def title(self) -> str:
        """All cells in one line."""
        return ", ".join(self.cells.values())


@dataclass(frozen=True, kw_only=True)
class Finished:
    """A row and its result.

    - `record`: at least `name`, `status` (done, missing, failed) and `reason`.
    - `run`: the run folder of its training; None for a computation, and where there is none.
    """

    row: Row
    record: Record
    run: RunFolder | None = None
    panels: Sequence[Panel] = ()

    @property
    def is_done(self) -> bool:
        """Whether there are numbers."""
        return self.record["status"] == "done"


@dataclass(frozen=True, kw_only=True)
class Entry:
    """A published table or figure.

    - `title`: what it is; `source`: where it was published.
    - `datasets`: of the full scale, besides the embedded digits.
    - `full_time`: of the full scale, in words; measured where it says so.
    - `tables`, `figures`: of the finished rows, in the order of `rows`; the first table is the result.
    """

    name: str
    title: str
    source: str
    datasets: Sequence[str]
    full_time: str
    rows: Sequence[Row]
    tables: Callable[[Sequence[Finished]], list[Table]]
    figures: Callable[[Sequence[Finished]], list[Panel]] = field(default=lambda finished: [])
