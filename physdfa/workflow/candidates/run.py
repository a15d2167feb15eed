"""A sweep or search from beginning to end. It is refused if it cannot work, and summed up however it ends."""

import contextlib
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import NamedTuple, cast

from physdfa.build import Samples, build_trial, check_feedback_ranges, load_samples, split_rows
from physdfa.config import ExperimentConfig, Kind, config_warnings
from physdfa.store import RunFolder
from physdfa.workflow.begin import begin_run
from physdfa.workflow.candidates.archive import Archive
from physdfa.workflow.candidates.evaluator import MOST_MEMBERS
from physdfa.workflow.candidates.failures import Failures, diagnosis_of
from physdfa.workflow.cautions import Cautions
from physdfa.workflow.ending import told_however_it_ends
from physdfa.workflow.findings import class_warnings
from physdfa.workflow.kept import forget_parts
from physdfa.workflow.memory import check_memory, waiting_bytes
from physdfa.workflow.plan import memory_budget
from physdfa.workflow.progress import Progress
from physdfa.workflow.summary import data_summary
from physdfa.workflow.where.place import current_place


class Held(NamedTuple):
    """What a run holds in memory beside a program: records of all trainings, and those that wait.

    - `way_out`: what makes it less.
    """

    num_trainings: int
    waiting: int
    way_out: str


def memory_bytes(run: RunFolder, config: ExperimentConfig, kind: Kind) -> int | None:
    """What a program may hold. A resumed run keeps its first budget: programs of another size round otherwise."""
    budget = cast(int | None, run.read_summary().get("memory_budget_bytes")) or memory_budget(config, kind)
    run.write_summary({"memory_budget_bytes": budget})
    return budget


def most_per_chunk(run: RunFolder, most: int) -> int:
    """The limit on trainings per chunk, where there are `most` at a time. A resumed run keeps its first, as above."""
    size = current_place().chunk_of(min(MOST_MEMBERS, most))
    limit = size if size < most else MOST_MEMBERS
    limit = cast(int | None, run.read_summary().get("most_per_chunk")) or limit
    run.write_summary({"most_per_chunk": limit})
    return limit


def run_candidates(
    kind: Kind,
    config: ExperimentConfig,
    held: Held,
    out_dir: Path,
    data_dir: Path | None,
    command_line: Sequence[str],
    progress: Progress,
    body: Callable[[RunFolder, Samples, Cautions, Archive], dict[str, object]],
    resumed: RunFolder | None,
    known: Mapping[str, object] | None = None,
) -> RunFolder:
    """Refuse what can be refused, make the folder, run, and leave a true summary whatever happens.

    **Arguments:**

    - `known`: what the summary says from the first.
    """
    with contextlib.nullcontext() if resumed is None else resumed.held():  # before all that costs time
        samples = load_samples(config, data_dir)
        trial = build_trial(config, samples.dataset, config.experiment.seed)
        check_feedback_ranges(config, kind, samples.dataset)
        splits = split_rows(config, kind, samples.dataset, 1)
        beside = waiting_bytes(config, kind, trial, num_trainings=held.num_trainings, waiting=held.waiting)
        # One training in each program is the fewest that memory may ask for.
        check_memory(config, samples, kind=kind, members=1, beside=beside, ways_out=[held.way_out])
        run = resumed or begin_run(config, kind, out_dir=out_dir, command_line=command_line, known=known)
        before = run.read_summary()
        earlier, num_resumes = cast(float, before.get("wall_time_s") or 0.0), cast(int, before.get("num_resumes") or 0)
        if resumed is not None:
            run.begin({"status": "interrupted", "reason": "resumed", "num_resumes": num_resumes + 1})
        run.write_summary(data_summary(samples.dataset))
        progress.say(f"run folder: {run.path}")
        cautions = Cautions(run, progress, config_warnings(config, kind))
        cautions.tell([*samples.dataset.remarks, *class_warnings(samples.dataset, splits)])
        started = time.perf_counter()
        with told_however_it_ends(run, earlier_s=earlier):
            halved = kind == "search" and config.search is not None and config.search.halving is not None
            section = config.search if kind == "search" else config.sweep
            assert section is not None, "read for a search or a sweep"
            diagnose = diagnosis_of(config, samples, kind, section.epochs or config.training.epochs)
            failures = Failures(section.max_failures, diagnose, f"{kind}.max_failures")
            archive = Archive(run, whole_generations=halved, failures=failures, time_limit_s=section.time_limit)
            with archive:
                summary = body(run, samples, cautions, archive)
            run.write_summary({"status": "done", **summary, "wall_time_s": earlier + time.perf_counter() - started})
            forget_parts(run)  # of its last trainings
        return run
