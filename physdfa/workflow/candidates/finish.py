"""The end of a search or sweep. The chosen candidates are trained in full and tested once, and the summary is made."""

import hashlib
import math
from collections.abc import Mapping, Sequence
from typing import Any, Literal

from ga_search.objectives import Standing, pareto_front
from physdfa.analysis import LearningAngles
from physdfa.build import Samples, split_rows
from physdfa.config import ExperimentConfig, SearchSection, to_toml
from physdfa.data import AnyDataset
from physdfa.errors import InputError
from physdfa.store import RunFolder
from physdfa.training import EpochReport, Trainer
from physdfa.workflow.candidates.goals import (
    ACCURACY,
    Tally,
    by_candidate,
    goals_of,
    mean_of,
    standings_of,
)
from physdfa.workflow.candidates.halving import halving_summary
from physdfa.workflow.candidates.records import EvaluationRecord
from physdfa.workflow.cautions import Cautions
from physdfa.workflow.checkpoints import Checkpoints
from physdfa.workflow.findings import candidate_warnings, flat_warnings, spread_over_mean, training_warnings
from physdfa.workflow.kept import forget_parts, go_back
from physdfa.workflow.members import train_members, without_validation
from physdfa.workflow.progress import Progress
from physdfa.workflow.summary import compute_summary, mean_and_std
from physdfa.workflow.train import write_angles, write_epoch, write_members


def finish(
    run: RunFolder,
    samples: Samples,
    config: ExperimentConfig,
    contestants: Mapping[str, ExperimentConfig],
    best_values: Mapping[str, Any],
    tally: Tally,
    search_trainer: Trainer,
    num_seeds: int,
    progress: Progress,
    cautions: Cautions,
) -> dict[str, object]:
    """Train the chosen ones in full, on all training samples and several seeds, and read the test set once.

    Each goes on from its own checkpoints, where it was stopped.
    """
    seeds = list(range(config.experiment.seed, config.experiment.seed + num_seeds))
    contestants = {name: without_validation(contestant) for name, contestant in contestants.items()}
    parts = {name: part_of(contestant, seeds) for name, contestant in contestants.items()}
    forget_parts(run, but=parts.values())  # of a sweep that was finished before, and grew
    comparison: list[dict[str, object]] = []
    variation: float | None = None
    trainer, chosen = Trainer(num_seeds), None  # one for all: devices of one kind share their compiled programs
    for name, contestant in contestants.items():
        reached = go_back(run, progress, parts[name])
        if chosen is None and reached is not None:
            run.keep_first_metrics(reached.num_metrics)
        elif chosen is None:
            run.forget_metrics(("epoch", "alignment", "test"))
        progress.begin(f"epochs of {name}", contestant.training.epochs - (0 if reached is None else reached.epoch))

        def on_epoch(report: EpochReport, images_per_s: float, is_best: bool = chosen is None) -> None:
            if is_best:
                write_epoch(run, report, seeds, images_per_s)
            progress.advance()

        def on_angles(epoch: int, angles: LearningAngles) -> None:
            write_angles(run, epoch, angles, seeds)

        members = train_members(
            contestant,
            samples,
            seeds,
            trainer=trainer,
            on_epoch=on_epoch,
            on_angles=on_angles if chosen is None else None,
            checkpoints=Checkpoints(run, contestant.training, seeds, reached, parts[name]),
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
            cautions.tell(training_warnings(contestant, samples, members))
            variation = spread_over_mean(members)
            cautions.tell(flat_warnings(members))
    assert chosen is not None  # the best candidate always is a contestant
    result = comparison[0]
    return {
        **compute_summary(search_trainer, 0.0),
        **archive_summary(tally, search_trainer),
        "best": dict(best_values),
        "seeds": seeds,
        "comparison": comparison,
        "test_accuracy": result["test_accuracy"],
        "test_accuracy_std": result["test_accuracy_std"],
        "test_accuracies": result["test_accuracies"],
        "images_per_s": chosen.images_per_s,
        **chosen.device_summary(),
        "g_spread_over_mean": None if variation is None or math.isinf(variation) else variation,
    }


def part_of(config: ExperimentConfig, seeds: Sequence[int]) -> str:
    """The name of a training among the checkpoints of a run: the same for the same training alone."""
    return hashlib.sha256(f"{to_toml(config)}{list(seeds)}".encode()).hexdigest()[:8]


def archive_summary(tally: Tally, trainer: Trainer) -> dict[str, object]:
    """What is known after some evaluations, so that an interrupted run keeps it."""
    tally.update()
    return {
        "best": dict(tally.best.values),
        "best_validation_accuracy": tally.standings[tally.best.candidate].fitness,
        "num_evaluations": len(tally.standings),
        "num_failed": tally.num_failed,
        "evaluation_wall_time_s": tally.wall_time_s,
        "num_compilations": trainer.num_compilations,
        "compile_time_s": trainer.compile_time_s,
    }


def search_summary(records: Sequence[EvaluationRecord], section: SearchSection, epochs: int) -> dict[str, object]:
    """What a search says beyond its best candidate: its front, its constraints, its early stopping.

    - `front`: of each candidate that no other beats its id, values and objectives, the most accurate first; only with
      several objectives.
    - `num_feasible`: candidates that keep all constraints; only with constraints.
    - `halving`: see `halving_summary`; only with it.
    """
    goals, found = goals_of(section), dict[str, object]()
    standings, groups = standings_of(records, goals), by_candidate(records)
    found["method"], found["objectives"] = section.method, list(section.objectives)
    if len(section.objectives) > 1:
        found["front"] = [
            {
                "candidate": name,
                "values": dict(groups[name][0].values),
                "objectives": {objective: mean_of(groups[name], objective) for objective in section.objectives},
            }
            for name in pareto_front(standings)
        ]
    if section.constraints:
        feasible = [name for name, standing in standings.items() if standing.violation == 0]
        found["num_feasible"] = len(feasible)
    if section.halving is not None:
        found["halving"] = halving_summary(records, epochs)
    return found


def records_warnings(
    records: Sequence[EvaluationRecord], config: ExperimentConfig, dataset: AnyDataset, kind: Literal["search", "sweep"]
) -> list[str]:
    """What is to be warned of once all candidates are evaluated, one sentence each."""
    section = config.search if kind == "search" else None
    standings = standings_of(records, ACCURACY if section is None else goals_of(section))
    failed = {record.candidate: record.reason for record in reversed(records) if record.status == "failed"}
    validation = split_rows(config, kind, dataset, 1).validation[0]
    found = candidate_warnings(
        [standing.fitness for standing in standings.values()],
        len(failed),
        next(reversed(failed.values()), ""),
        dataset.train_labels[validation],
        kind,
    )
    if section is not None and section.constraints and all(one.violation > 0 for one in standings.values()):
        found.append(none_feasible(standings))
    return found


def none_feasible(standings: Mapping[str, Standing]) -> str:
    """The sentence for a search in which no candidate keeps the constraints."""
    least = min(standing.violation for standing in standings.values())
    by = f" by {100 * least:.3g} % of the limits" if math.isfinite(least) else ""
    return (
        f"none of the {len(standings)} candidates keeps all of search.constraints: the best is the one that breaks "
        f"them least{by}. Relax a limit, widen the genes, or search longer."
    )


def refuse_if_all_failed(records: Sequence[EvaluationRecord]) -> None:
    """There is no best one among candidates of which none trained."""
    if all(record.status == "failed" for record in records):
        raise InputError(f"each of the {len(records)} trainings failed, the first because: {records[0].reason}")
