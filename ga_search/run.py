"""`search` and `sweep`: a config -> evaluated candidates -> the best one, trained in full -> a run folder."""

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ga_search.designs import grid, latin_hypercube, morris, one_at_a_time, random_design, saltelli, sobol
from ga_search.evaluation import MOST_MEMBERS, Evaluator
from ga_search.evolution import Candidate, GenerationSummary, evolve
from ga_search.genome import ChoiceGene, Gene, GenomeSpace, candidate_id
from ga_search.records import EvaluationRecord, fitness_of, to_frame
from physdfa.analysis import LearningAngles
from physdfa.build import Samples, build_trial, load_samples, split_rows
from physdfa.config import (
    ExperimentConfig,
    Kind,
    SweepRange,
    SweepSection,
    config_warnings,
    find_key,
    value_at,
    with_values,
)
from physdfa.config import Gene as SearchGene
from physdfa.errors import InputError
from physdfa.store import RunFolder
from physdfa.store.evaluations import write_evaluations
from physdfa.training import EpochReport, Trainer
from physdfa.workflow.begin import begin_run
from physdfa.workflow.members import train_members, without_validation
from physdfa.workflow.progress import Progress, Silent
from physdfa.workflow.summary import compute_summary, interrupted_summary, mean_and_std
from physdfa.workflow.train import write_angles, write_epoch, write_members

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
    """Most trainings of a search, members of one program, epochs of each."""
    section = config.search
    assert section is not None, "read for a search"
    search_space(config)
    candidates = section.population + (section.generations - 1) * (section.population - section.elites)
    members = min(MOST_MEMBERS, section.population * section.seeds)
    return candidates * section.seeds, members, section.epochs or config.training.epochs


def sweep_size(config: ExperimentConfig) -> tuple[int, int, int]:
    """Trainings of a sweep, members of one program, epochs of each."""
    section = config.sweep
    assert section is not None, "read for a sweep"
    points = len(sweep_points(config))
    members = min(MOST_MEMBERS, SWEEP_BATCH * section.seeds, points * section.seeds)
    return points * section.seeds, members, section.epochs or config.training.epochs


def run_search(
    config: ExperimentConfig,
    *,
    out_dir: Path,
    data_dir: Path | None = None,
    command_line: Sequence[str] = (),
    progress: Progress = SILENT,
) -> RunFolder:
    """Search the device (or any other parameter) by a genetic algorithm and write the run folder."""
    space, section = search_space(config), config.search
    assert section is not None, "the space comes from it"
    num_trainings, _, epochs = search_size(config)

    def body(run: RunFolder, samples: Samples) -> dict[str, object]:
        progress.begin("trainings x epochs", num_trainings * epochs)
        evaluator = Evaluator(
            config,
            samples,
            kind="search",
            epochs=epochs,
            seeds=section.seeds,
            largest_batch=section.population,
            on_epoch=progress.advance,
        )
        kept: list[EvaluationRecord] = []

        def on_generation(summary: GenerationSummary, records: Sequence[EvaluationRecord]) -> None:
            kept.extend(records)
            write_evaluations(run, to_frame(kept))
            run.append_metric({"kind": "generation", **dataclasses.asdict(summary)})
            run.write_summary(_archive_summary(kept, evaluator.trainer))
            progress.say(
                f"generation {summary.generation}: best {100 * summary.best_so_far:.2f} %, "
                f"median {100 * summary.median:.2f} %, {summary.num_failed} failed (validation)"
            )

        found = evolve(
            space,
            evaluator,
            population=section.population,
            generations=section.generations,
            seed=config.experiment.seed,
            elites=section.elites,
            crossover_probability=section.crossover_probability,
            mutation_probability=section.mutation_probability,
            eta_crossover=section.crossover_eta,
            eta_mutation=section.mutation_eta,
            tournament_size=section.tournament_size,
            on_generation=on_generation,
        )
        _refuse_if_all_failed(kept)
        contestants = {"best device of the search": with_values(config, found.best.values)}
        first = _median_of(found.first_generation)
        if section.compare and first is not None:
            contestants["median of the first generation"] = with_values(config, first.values)
        if section.compare and config.rule.name != "readout_only":
            shared = {
                key: value for key, value in found.best.values.items() if not key.startswith(("device.", "rule."))
            }
            contestants["readout_only"] = with_values(config, {**shared, "rule.name": "readout_only"})
        return _finish(
            run, samples, config, contestants, found.best.values, kept, evaluator, section.final_seeds, progress
        )

    return _run("search", config, out_dir, data_dir, command_line, progress, body)


def run_sweep(
    config: ExperimentConfig,
    *,
    out_dir: Path,
    data_dir: Path | None = None,
    command_line: Sequence[str] = (),
    progress: Progress = SILENT,
) -> RunFolder:
    """Evaluate the points of `[sweep]` and write the run folder."""
    points, section = sweep_points(config), config.sweep
    assert section is not None, "the points come from it"
    epochs = section.epochs or config.training.epochs

    def body(run: RunFolder, samples: Samples) -> dict[str, object]:
        progress.begin("trainings x epochs", len(points) * section.seeds * epochs)
        evaluator = Evaluator(
            config,
            samples,
            kind="sweep",
            epochs=epochs,
            seeds=section.seeds,
            largest_batch=min(SWEEP_BATCH, len(points)),
            on_epoch=progress.advance,
        )
        candidates = [Candidate(candidate_id(values), values, 0) for values in points]
        kept: list[EvaluationRecord] = []
        for start in range(0, len(candidates), SWEEP_BATCH):
            kept += evaluator(candidates[start : start + SWEEP_BATCH])
            write_evaluations(run, to_frame(kept))
            run.write_summary(_archive_summary(kept, evaluator.trainer))
            fitness = _fitness_by_candidate(kept)
            progress.say(
                f"{len(fitness)} of {len(candidates)} points: best {100 * max(fitness.values()):.2f} % (validation)"
            )
        _refuse_if_all_failed(kept)
        best_values = _best_of(kept).values
        contestants = {"best point of the sweep": with_values(config, best_values)}
        return _finish(run, samples, config, contestants, best_values, kept, evaluator, section.seeds, progress)

    return _run("sweep", config, out_dir, data_dir, command_line, progress, body)


def _run(
    kind: Kind,
    config: ExperimentConfig,
    out_dir: Path,
    data_dir: Path | None,
    command_line: Sequence[str],
    progress: Progress,
    body: Callable[[RunFolder, Samples], dict[str, object]],
) -> RunFolder:
    """Refuse what can be refused, make the folder, run, and leave a true summary whatever happens."""
    samples = load_samples(config, data_dir)
    build_trial(config, samples.dataset, config.experiment.seed)
    split_rows(config, kind, samples.dataset, 1)
    run = begin_run(config, kind, out_dir=out_dir, command_line=command_line)
    run.write_summary({"dataset": samples.dataset.name, "warnings": list(config_warnings(config, kind))})
    progress.say(f"run folder: {run.path}")
    started = time.perf_counter()
    try:
        summary = body(run, samples)
    except BaseException as error:
        run.write_summary(interrupted_summary(error, time.perf_counter() - started))
        raise
    run.write_summary({"status": "done", **summary, "wall_time_s": time.perf_counter() - started})
    return run


def _finish(
    run: RunFolder,
    samples: Samples,
    config: ExperimentConfig,
    contestants: Mapping[str, ExperimentConfig],
    best_values: Mapping[str, Any],
    records: Sequence[EvaluationRecord],
    evaluator: Evaluator,
    num_seeds: int,
    progress: Progress,
) -> dict[str, object]:
    """Train the chosen ones in full, on all training samples and several seeds, and read the test set once."""
    seeds = list(range(config.experiment.seed, config.experiment.seed + num_seeds))
    comparison: list[dict[str, object]] = []
    trainer, chosen = Trainer(num_seeds), None  # one for all: devices of one kind share their compiled programs
    for name, contestant in contestants.items():
        progress.begin(f"epochs of {name}", contestant.training.epochs)

        def on_epoch(report: EpochReport, images_per_s: float, is_best: bool = chosen is None) -> None:
            if is_best:
                write_epoch(run, report, seeds, images_per_s)
            progress.advance()

        def on_angles(epoch: int, angles: LearningAngles) -> None:
            write_angles(run, epoch, angles, seeds)

        members = train_members(
            without_validation(contestant),
            samples,
            seeds,
            trainer=trainer,
            on_epoch=on_epoch,
            on_angles=on_angles if chosen is None else None,
        )
        mean, std = mean_and_std(members.test_accuracies)
        comparison.append(
            {"name": name, "test_accuracy": mean, "test_accuracy_std": std, "test_accuracies": members.test_accuracies}
        )
        spread = f" ± {100 * std:.2f} % over {num_seeds} seeds" if num_seeds > 1 else " %"
        progress.say(f"{name}: test accuracy {100 * mean:.2f}{spread}")
        if chosen is None:
            chosen = members
            write_members(run, members)
    assert chosen is not None  # the best candidate always is a contestant
    result = comparison[0]
    return {
        **compute_summary(evaluator.trainer, 0.0),
        **_archive_summary(records, evaluator.trainer),
        "best": dict(best_values),
        "seeds": seeds,
        "comparison": comparison,
        "test_accuracy": result["test_accuracy"],
        "test_accuracy_std": result["test_accuracy_std"],
        "test_accuracies": result["test_accuracies"],
        "images_per_s": chosen.images_per_s,
        **chosen.device_summary(),
    }


def _archive_summary(records: Sequence[EvaluationRecord], trainer: Trainer) -> dict[str, object]:
    """What is known after some evaluations, so that an interrupted run keeps it."""
    fitness = _fitness_by_candidate(records)
    best = _best_of(records)
    return {
        "best": dict(best.values),
        "best_validation_accuracy": fitness[best.candidate],
        "num_evaluations": len(fitness),
        "num_failed": len({record.candidate for record in records if record.status == "failed"}),
        "evaluation_wall_time_s": sum(record.wall_time_s for record in records),
        "num_compilations": trainer.num_compilations,
        "compile_time_s": trainer.compile_time_s,
    }


def _fitness_by_candidate(records: Sequence[EvaluationRecord]) -> dict[str, float]:
    by_candidate: dict[str, list[EvaluationRecord]] = {}
    for record in records:
        by_candidate.setdefault(record.candidate, []).append(record)
    return {candidate: fitness_of(group) for candidate, group in by_candidate.items()}


def _best_of(records: Sequence[EvaluationRecord]) -> EvaluationRecord:
    """A record of the candidate of largest fitness, the first of equals."""
    fitness = _fitness_by_candidate(records)
    return max(records, key=lambda record: fitness[record.candidate])


def _median_of(records: Sequence[EvaluationRecord]) -> EvaluationRecord | None:
    """A record of the candidate in the middle of the ranking of those that trained, or None.

    Of two in the middle it is the better one, so as not to flatter the search.
    """
    failed = {record.candidate for record in records if record.status == "failed"}
    fitness = _fitness_by_candidate([record for record in records if record.candidate not in failed])
    ranked = sorted(fitness, key=fitness.__getitem__)
    return next((record for record in records if ranked and record.candidate == ranked[len(ranked) // 2]), None)


def _refuse_if_all_failed(records: Sequence[EvaluationRecord]) -> None:
    """There is no best one among candidates of which none trained."""
    if all(record.status == "failed" for record in records):
        raise InputError(f"each of the {len(records)} trainings failed, the first because: {records[0].reason}")
