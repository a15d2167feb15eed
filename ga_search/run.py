"""`search` and `sweep`: a config -> evaluated candidates -> the best one, trained in full -> a run folder."""

import dataclasses
import time
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ga_search.designs import grid, latin_hypercube, random_design, sobol
from ga_search.evaluation import MOST_MEMBERS, Evaluator
from ga_search.evolution import Candidate, GenerationSummary, evolve
from ga_search.genome import ChoiceGene, Gene, GenomeSpace, candidate_id
from ga_search.records import EvaluationRecord, fitness_of, to_frame
from physdfa.build import Samples, build_trial, load_samples, split_rows
from physdfa.config import ExperimentConfig, SearchSection, SweepRange, SweepSection, to_toml, with_values
from physdfa.errors import InputError
from physdfa.store import RunFolder, create_run
from physdfa.store.evaluations import write_evaluations
from physdfa.training import EpochReport, Trainer
from physdfa.workflow.members import TrainedMembers, train_members, without_validation
from physdfa.workflow.progress import Progress, Silent
from physdfa.workflow.summary import compute_devices, compute_summary, interrupted_summary, mean_and_std
from physdfa.workflow.train import write_epoch, write_members

SILENT = Silent()
SWEEP_BATCH = 24
"""Points of a sweep per program, and between two writings of the archive."""


def search_space(section: SearchSection) -> GenomeSpace:
    """The box that the genes of `[search.genes]` span."""
    return GenomeSpace([_gene(key, gene) for key, gene in section.genes.items()])


def _gene(key: str, declared: Any) -> Gene | ChoiceGene:
    if declared.choices is not None:
        return ChoiceGene(key, declared.choices)
    return Gene(key, declared.low, declared.high, declared.scale, getattr(declared, "integer", False))


def sweep_points(section: SweepSection, seed: int) -> list[dict[str, Any]]:
    """The points of `[sweep]`: a grid, or so many samples of a random, Sobol or Latin hypercube design."""
    if section.method == "grid":
        return _grid(section.parameters)
    space = GenomeSpace([_swept(key, entry) for key, entry in section.parameters.items()])
    if section.num_samples is None:
        raise InputError(f"sweep.num_samples: is missing; the design '{section.method}' needs a number of points.")
    design = {"random": random_design, "sobol": sobol, "latin_hypercube": latin_hypercube}[section.method]
    return design(space, section.num_samples, seed=seed)


def _swept(key: str, entry: SweepRange) -> Gene | ChoiceGene:
    listed = entry.values if entry.values is not None else entry.choices
    if listed is not None:
        return ChoiceGene(key, listed)
    assert entry.low is not None and entry.high is not None  # the config room has checked the form of the range
    return Gene(key, entry.low, entry.high, entry.scale)


def _grid(parameters: Mapping[str, SweepRange]) -> list[dict[str, Any]]:
    space = GenomeSpace([_swept(key, entry) for key, entry in parameters.items()])
    return grid(space, {key: entry.num for key, entry in parameters.items() if entry.num is not None})


def search_size(config: ExperimentConfig) -> tuple[int, int, int]:
    """Most trainings of a search, members of one program, epochs of each."""
    section = config.search
    assert section is not None  # read for a search
    members = min(MOST_MEMBERS, section.population * section.seeds)
    return section.population * section.generations * section.seeds, members, section.epochs or config.training.epochs


def sweep_size(config: ExperimentConfig) -> tuple[int, int, int]:
    """Trainings of a sweep, members of one program, epochs of each."""
    section = config.sweep
    assert section is not None  # read for a sweep
    points = len(sweep_points(section, config.experiment.seed))
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
    section = config.search
    if section is None:
        raise InputError("search: is missing. A search needs a table [search.genes] with the range of each gene.")
    space = search_space(section)
    epochs = section.epochs or config.training.epochs

    def body(run: RunFolder, samples: Samples) -> dict[str, object]:
        progress.begin("trainings x epochs", section.population * section.generations * section.seeds * epochs)
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
        first = _median_of(found.first_generation)
        contestants = {"best device of the search": with_values(config, found.best.values)}
        if section.compare:
            contestants["median of the first generation"] = with_values(config, first.values)
            shared = {
                key: value for key, value in found.best.values.items() if not key.startswith(("device.", "rule."))
            }
            contestants["readout_only"] = with_values(config, {**shared, "rule.name": "readout_only"})
        return _finish(
            run, samples, config, contestants, found.best.values, kept, evaluator, section.final_seeds, progress
        )

    return _run("search", config, out_dir, data_dir, command_line, body)


def run_sweep(
    config: ExperimentConfig,
    *,
    out_dir: Path,
    data_dir: Path | None = None,
    command_line: Sequence[str] = (),
    progress: Progress = SILENT,
) -> RunFolder:
    """Evaluate the points of `[sweep]` and write the run folder."""
    section = config.sweep
    if section is None:
        raise InputError(
            "sweep: is missing. A sweep needs a table [sweep.parameters] with the range of each parameter."
        )
    points = sweep_points(section, config.experiment.seed)
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
            best = max(_fitness_by_candidate(kept).values())
            progress.say(
                f"{start + len(candidates[start : start + SWEEP_BATCH])} of {len(candidates)} points: best {100 * best:.2f} %"
            )
        fitness = _fitness_by_candidate(kept)
        best_values = next(c.values for c in candidates if c.id == max(fitness, key=fitness.__getitem__))
        contestants = {"best point of the sweep": with_values(config, best_values)}
        return _finish(run, samples, config, contestants, best_values, kept, evaluator, section.seeds, progress)

    return _run("sweep", config, out_dir, data_dir, command_line, body)


def _run(
    kind: str,
    config: ExperimentConfig,
    out_dir: Path,
    data_dir: Path | None,
    command_line: Sequence[str],
    body: Callable[[RunFolder, Samples], dict[str, object]],
) -> RunFolder:
    """Refuse what can be refused, make the folder, run, and leave a true summary whatever happens."""
    samples = load_samples(config, data_dir)
    build_trial(config, samples.dataset, config.experiment.seed)
    split_rows(config, kind, samples.dataset, 1)
    run = create_run(
        out_dir,
        config.experiment.name,
        to_toml(config),
        command_line=command_line,
        kind=kind,
        compute_devices=compute_devices(),
    )
    run.write_summary({"seed": config.experiment.seed, "rule": config.rule.name, "dataset": samples.dataset.name})
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
    chosen: TrainedMembers | None = None
    for name, contestant in contestants.items():
        progress.begin(f"epochs of {name}", contestant.training.epochs)

        def on_epoch(report: EpochReport, images_per_s: float, is_best: bool = chosen is None) -> None:
            if is_best:
                write_epoch(run, report, seeds, images_per_s)
            progress.advance()

        members = train_members(
            without_validation(contestant), samples, seeds, trainer=Trainer(num_seeds), on_epoch=on_epoch
        )
        mean, std = mean_and_std(members.test_accuracies)
        comparison.append(
            {"name": name, "test_accuracy": mean, "test_accuracy_std": std, "test_accuracies": members.test_accuracies}
        )
        progress.say(f"{name}: test accuracy {100 * mean:.2f} ± {100 * std:.2f} % over {num_seeds} seeds")
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
    }


def _archive_summary(records: Sequence[EvaluationRecord], trainer: Trainer) -> dict[str, object]:
    """What is known after some evaluations, so that an interrupted run keeps it."""
    fitness = _fitness_by_candidate(records)
    best = max(fitness, key=fitness.__getitem__)
    return {
        "best": dict(next(record.values for record in records if record.candidate == best)),
        "best_validation_accuracy": fitness[best],
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


def _median_of(records: Sequence[EvaluationRecord]) -> EvaluationRecord:
    """The candidate in the middle of the ranking; of two in the middle, the better one, so as not to flatter the search."""
    fitness = _fitness_by_candidate(records)
    ranked = sorted(fitness, key=fitness.__getitem__)
    middle = ranked[len(ranked) // 2]
    return next(record for record in records if record.candidate == middle)
