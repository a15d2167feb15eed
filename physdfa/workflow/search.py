"""`search` and `sweep`: a config -> evaluated candidates -> the best one, trained in full -> a run folder."""

import dataclasses
import math
import time
from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from typing import Any, cast

from ga_search.designs import grid, latin_hypercube, morris, one_at_a_time, random_design, saltelli, sobol
from ga_search.evolution import Candidate, GenerationSummary, search
from ga_search.genome import ChoiceGene, Gene, GenomeSpace, candidate_id
from ga_search.methods import batch_size, make_method, num_evaluations
from physdfa.build import Samples, build_trial, check_feedback_ranges, load_samples, split_rows
from physdfa.config import (
    ExperimentConfig,
    Kind,
    SweepRange,
    SweepSection,
    config_warnings,
    find_key,
    read_config,
    value_at,
    with_values,
)
from physdfa.config import Gene as SearchGene
from physdfa.config.raw import parse
from physdfa.errors import InputError, RunFolderError
from physdfa.store import RunFolder, open_run
from physdfa.store.run_folder import RESUMABLE
from physdfa.training.free_memory import free_host_bytes
from physdfa.workflow.begin import begin_run
from physdfa.workflow.candidates.archive import Archive
from physdfa.workflow.candidates.evaluator import MOST_MEMBERS, MOST_WAITING, Evaluator
from physdfa.workflow.candidates.finish import (
    archive_summary,
    best_record,
    finish,
    goals_of,
    median_record,
    records_warnings,
    refuse_if_all_failed,
    search_summary,
    standings_of,
)
from physdfa.workflow.candidates.records import EvaluationRecord
from physdfa.workflow.cautions import Cautions
from physdfa.workflow.ending import told_however_it_ends
from physdfa.workflow.findings import class_warnings
from physdfa.workflow.memory import RECORD_BYTES, check_memory, gigabytes, waiting_bytes
from physdfa.workflow.plan import memory_budget
from physdfa.workflow.progress import Progress, Silent
from physdfa.workflow.summary import data_summary

SILENT = Silent()
SWEEP_BATCH = 24
"""Points of a sweep per program, and between two writings of the archive."""


def search_space(config: ExperimentConfig) -> GenomeSpace:
    """The box that the genes of `[search.genes]` span.

    **Raises:** `InputError` without `[search]`, or for a gene that cannot be varied.
    """
    if config.search is None:
        raise InputError("search: is missing. A search needs a table [search.genes] with the range of each gene.")
    return GenomeSpace([_gene(config, key, entry) for key, entry in config.search.genes.items()])


def sweep_points(config: ExperimentConfig) -> list[dict[str, Any]]:
    """The points of `[sweep]`, each once: a grid, or so many samples of a random, Sobol or Latin hypercube design.

    A parameter with a single value is the same in all of them. Fewer points than asked for come out where whole numbers
    or choices coincide.

    **Raises:** `InputError` without `[sweep]`, or for a parameter that cannot be varied.
    """
    complete = design_points(config)
    return list({candidate_id(point): point for point in complete}.values())


def design_points(config: ExperimentConfig) -> list[dict[str, Any]]:
    """The points of `[sweep]` in the order of its design, equal ones as often as they stand in it.

    **Raises:** as `sweep_points`.
    """
    section = config.sweep
    if section is None:
        raise InputError(
            "sweep: is missing. A sweep needs a table [sweep.parameters] with the range of each parameter."
        )
    single = {key: listed[0] for key, entry in section.parameters.items() if len(listed := _listed(entry)) == 1}
    genes = [_gene(config, key, entry) for key, entry in section.parameters.items() if key not in single]
    points = _design(config, section, GenomeSpace(genes)) if genes else [{}]
    return [{key: (single | point)[key] for key in section.parameters} for point in points]


def _design(config: ExperimentConfig, section: SweepSection, space: GenomeSpace) -> list[dict[str, Any]]:
    seed = config.experiment.seed
    num = {key: entry.num for key, entry in section.parameters.items() if entry.num is not None}
    _check_number_of_points(section, space, num)
    if section.method == "grid":
        return grid(space, num)
    if section.method == "one_at_a_time":
        return one_at_a_time(space, num, {key: value_at(config, key) for key in space.keys})
    if section.num_samples is None:
        raise InputError(f"sweep.num_samples: is missing; the design '{section.method}' needs a number of points.")
    designs = {
        "random": random_design,
        "sobol": sobol,
        "latin_hypercube": latin_hypercube,
        "morris": morris,
        "sobol_indices": saltelli,
    }
    return designs[section.method](space, section.num_samples, seed=seed)


def _check_number_of_points(section: SweepSection, space: GenomeSpace, num: Mapping[str, int]) -> None:
    """Refuse more points than memory has room for the records of, before they are written down."""
    if section.method == "grid":
        points = math.prod(len(getattr(gene, "choices", ())) or num.get(gene.key, 1) for gene in space.genes)
    else:
        points = (section.num_samples or 0) * (
            len(space.genes) + 2 if section.method in ("morris", "sobol_indices") else 1
        )
    needed, free = points * RECORD_BYTES, free_host_bytes()
    if needed > free:
        raise InputError(
            f"sweep: its design has {points:,} points, whose records would hold about {gigabytes(needed)}, and "
            f"{gigabytes(free)} are free; lower sweep.num_samples, or the `num` of its parameters."
        )


def _gene(config: ExperimentConfig, key: str, entry: SearchGene | SweepRange) -> Gene | ChoiceGene:
    listed = _listed(entry)
    if listed:
        return ChoiceGene(key, listed)
    assert entry.low is not None, "the config room refuses a range without its ends"
    assert entry.high is not None, "the config room refuses a range without its ends"
    declared = find_key(config, key)
    is_whole = declared is not None and declared.kind == "whole number"
    return Gene(key, entry.low, entry.high, entry.scale, is_whole or getattr(entry, "integer", False))


def _listed(entry: SearchGene | SweepRange) -> Sequence[Any]:
    """The values that a range names one by one; empty where it has two ends."""
    return getattr(entry, "values", None) or entry.choices or ()


def search_size(config: ExperimentConfig) -> tuple[int, int, int]:
    """Most trainings of a search, members of one program, epochs of each.

    Robustness trains each candidate twice; early stopping, which trains some for fewer epochs, is left out.
    """
    section = config.search
    assert section is not None, "read for a search"
    search_space(config)
    members = min(MOST_MEMBERS, batch_size(section) * section.seeds)
    num_trainings = num_evaluations(section) * section.seeds * (2 if section.robustness else 1)
    return num_trainings, members, section.epochs or config.training.epochs


def sweep_size(config: ExperimentConfig) -> tuple[int, int, int]:
    """Trainings of a sweep, members of one program, epochs of each."""
    section = config.sweep
    assert section is not None, "read for a sweep"
    points = len(sweep_points(config))
    members = min(MOST_MEMBERS, SWEEP_BATCH * section.seeds, points * section.seeds)
    return points * section.seeds, members, section.epochs or config.training.epochs


def num_waiting(config: ExperimentConfig, kind: Kind) -> int:
    """Trainings that a sweep or search has ready at a time: with early stopping all of a generation."""
    if kind == "sweep":
        assert config.sweep is not None, "read for a sweep"
        return min(MOST_WAITING, SWEEP_BATCH * config.sweep.seeds)
    section = config.search
    assert section is not None, "read for a search"
    generation = batch_size(section) * section.seeds
    return generation if section.halving is not None else min(MOST_WAITING, generation)


def run_search(
    config: ExperimentConfig,
    *,
    out_dir: Path,
    data_dir: Path | None = None,
    command_line: Sequence[str] = (),
    progress: Progress = SILENT,
    resumed: RunFolder | None = None,
) -> RunFolder:
    """Search the device (or any other parameter) by the method of `[search]` and write the run folder.

    **Arguments:**

    - `resumed`: the folder of a search of this config that was interrupted, to be finished there.
    """
    space, section = search_space(config), config.search
    assert section is not None, "the space comes from it"
    method = make_method(space, section, config.experiment.seed)
    goals = goals_of(section)
    num_trainings, _, epochs = search_size(config)

    def body(run: RunFolder, samples: Samples, cautions: Cautions) -> dict[str, object]:
        progress.begin("trainings x epochs", num_trainings * epochs)
        evaluator = Evaluator(
            config,
            samples,
            kind="search",
            epochs=epochs,
            seeds=section.seeds,
            largest_batch=batch_size(section),
            halving=section.halving,
            robustness=section.robustness,
            memory_bytes=_memory_bytes(run, config, "search"),
            on_epoch=progress.advance,
            on_records=lambda records: archive.add(records),
        )
        archive = Archive(run, evaluator.seeds, whole_generations=section.halving is not None)
        logged = {line["generation"] for line in run.read_metrics().records if line["kind"] == "generation"}

        def on_generation(summary: GenerationSummary, records: Sequence[EvaluationRecord]) -> None:
            del records  # the archive has them
            if summary.generation not in logged:  # of a resumed search, the first line stays
                run.append_metric({"kind": "generation", **dataclasses.asdict(summary)})
            run.write_summary(archive_summary(archive.records, evaluator.trainer, goals))
            progress.say(
                f"generation {summary.generation}: best {100 * summary.best_so_far:.2f} %, "
                f"median {100 * summary.median:.2f} %, {summary.num_failed} failed (validation)"
            )

        found = search(space, method, archive.answering(evaluator), goals=goals, on_generation=on_generation)
        refuse_if_all_failed(found.records)
        extra = search_summary(found.records, section, epochs)
        cautions.tell(records_warnings(found.records, config, samples.dataset, "search"))
        contestants = {"best device of the search": with_values(config, found.best.values)}
        first = median_record(found.first_generation)
        if section.compare and first is not None:
            contestants["median of the first generation"] = with_values(config, first.values)
        if section.compare and config.rule.name != "readout_only":
            shared = {
                key: value for key, value in found.best.values.items() if not key.startswith(("device.", "rule."))
            }
            contestants["readout_only"] = with_values(config, {**shared, "rule.name": "readout_only"})
        end = finish(
            run,
            samples,
            config,
            contestants,
            found.best.values,
            found.records,
            evaluator.trainer,
            section.final_seeds,
            progress,
            cautions,
            goals,
        )
        return {**end, **extra}

    return _run("search", config, out_dir, data_dir, command_line, progress, body, resumed)


def run_sweep(
    config: ExperimentConfig,
    *,
    out_dir: Path,
    data_dir: Path | None = None,
    command_line: Sequence[str] = (),
    progress: Progress = SILENT,
    resumed: RunFolder | None = None,
) -> RunFolder:
    """Evaluate the points of `[sweep]` and write the run folder; `resumed` as in `run_search`."""
    points, section = sweep_points(config), config.sweep
    assert section is not None, "the points come from it"
    epochs = section.epochs or config.training.epochs

    def body(run: RunFolder, samples: Samples, cautions: Cautions) -> dict[str, object]:
        progress.begin("trainings x epochs", len(points) * section.seeds * epochs)
        evaluator = Evaluator(
            config,
            samples,
            kind="sweep",
            epochs=epochs,
            seeds=section.seeds,
            largest_batch=min(SWEEP_BATCH, len(points)),
            memory_bytes=_memory_bytes(run, config, "sweep"),
            on_epoch=progress.advance,
            on_records=lambda records: archive.add(records),
        )
        archive = Archive(run, evaluator.seeds)
        evaluate = archive.answering(evaluator)
        candidates = [Candidate(candidate_id(values), values, 0) for values in points]
        records: list[EvaluationRecord] = []
        for start in range(0, len(candidates), SWEEP_BATCH):
            records += evaluate(candidates[start : start + SWEEP_BATCH])
            run.write_summary(archive_summary(archive.records, evaluator.trainer))
            accuracies = [standing.accuracy for standing in standings_of(records).values()]
            progress.say(
                f"{len(accuracies)} of {len(candidates)} points: best {100 * max(accuracies):.2f} % (validation)"
            )
        refuse_if_all_failed(records)
        best = best_record(records)
        cautions.tell(records_warnings(records, config, samples.dataset, "sweep"))
        contestants = {"best point of the sweep": with_values(config, best.values)}
        return finish(
            run,
            samples,
            config,
            contestants,
            best.values,
            records,
            evaluator.trainer,
            section.seeds,
            progress,
            cautions,
        )

    return _run("sweep", config, out_dir, data_dir, command_line, progress, body, resumed)


def _check_memory(config: ExperimentConfig, kind: Kind, samples: Samples) -> None:
    """Refuse what does not fit with one training in each program, the fewest that memory may ask for."""
    trial = build_trial(config, samples.dataset, config.experiment.seed)
    num_trainings, *_ = search_size(config) if kind == "search" else sweep_size(config)
    beside = waiting_bytes(config, kind, trial, num_trainings=num_trainings, waiting=num_waiting(config, kind))
    ways_out = ["search.population"] if kind == "search" else ["the number of points"]
    check_memory(config, samples, kind=kind, members=1, beside=beside, ways_out=ways_out)


def _memory_bytes(run: RunFolder, config: ExperimentConfig, kind: Kind) -> int | None:
    """What a program may hold; of a resumed run what it was, as programs of another size round otherwise."""
    budget = cast(int | None, run.read_summary().get("memory_budget_bytes")) or memory_budget(config, kind)
    run.write_summary({"memory_budget_bytes": budget})
    return budget


def resumable(path: Path, data_dir: Path | None) -> "tuple[ExperimentConfig, Work] | None":
    """The config of a search or sweep that stopped and what finishes it in its folder; None if it is done already.

    **Raises:** `RunFolderError` for a run of another kind, or one that this version cannot read.
    """
    run = open_run(path)
    summary = run.read_summary()
    kind = summary.get("kind")
    if kind not in RESUMABLE:
        raise RunFolderError(
            f"{run.path} is a run of the kind '{kind}'; searches and sweeps can be resumed. Start it again from its "
            "config.toml."
        )
    if summary.get("status") == "done":
        return None
    source = str(run.path / "config.toml")
    config = read_config(parse(run.config_text(), source), source=source, kind=kind, data_dir=data_dir)
    return config, partial(run_search if kind == "search" else run_sweep, resumed=run)


Work = Callable[..., RunFolder]


def _run(
    kind: Kind,
    config: ExperimentConfig,
    out_dir: Path,
    data_dir: Path | None,
    command_line: Sequence[str],
    progress: Progress,
    body: Callable[[RunFolder, Samples, Cautions], dict[str, object]],
    resumed: RunFolder | None,
) -> RunFolder:
    """Refuse what can be refused, make the folder, run, and leave a true summary whatever happens."""
    samples = load_samples(config, data_dir)
    build_trial(config, samples.dataset, config.experiment.seed)
    check_feedback_ranges(config, kind, samples.dataset)
    splits = split_rows(config, kind, samples.dataset, 1)
    _check_memory(config, kind, samples)
    run = resumed or begin_run(config, kind, out_dir=out_dir, command_line=command_line)
    before = run.read_summary()
    earlier, num_resumes = cast(float, before.get("wall_time_s") or 0.0), cast(int, before.get("num_resumes") or 0)
    if resumed is not None:
        run.write_summary({"status": "interrupted", "reason": "resumed", "num_resumes": num_resumes + 1})
    run.write_summary(data_summary(samples.dataset))
    progress.say(f"run folder: {run.path}")
    cautions = Cautions(run, progress, config_warnings(config, kind))
    cautions.tell([*samples.dataset.remarks, *class_warnings(samples.dataset, splits)])
    started = time.perf_counter()
    with told_however_it_ends(run, earlier_s=earlier):
        summary = body(run, samples, cautions)
        run.write_summary({"status": "done", **summary, "wall_time_s": earlier + time.perf_counter() - started})
    return run
