"""The training of one row. Its learning rate is searched where asked, and a finished run is taken as it is."""

import time
from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import Any, cast

import numpy as np

from ga_search.evolution import Candidate
from ga_search.genome import candidate_id
from physdfa.build import build_trial, load_samples
from physdfa.config import ExperimentConfig, SweepRange, SweepSection, with_values
from physdfa.errors import InputError
from physdfa.report.columns import numbers, rows_where
from physdfa.store import RunFolder
from physdfa.store.evaluations import read_evaluations
from physdfa.workflow.begin import begin_run
from physdfa.workflow.candidates.archive import Archive
from physdfa.workflow.candidates.evaluator import Evaluator
from physdfa.workflow.candidates.records import EvaluationRecord
from physdfa.workflow.ending import told_however_it_ends
from physdfa.workflow.plan import plan
from physdfa.workflow.reproduce.costs import (
    FLOATS_FED_BACK,
    count_weights_changed,
)
from physdfa.workflow.reproduce.entry import Finished, RateSearch, Record, Row, Work, Workplace
from physdfa.workflow.reproduce.finished import find_finished, find_stopped
from physdfa.workflow.reproduce.scale import SMOKE_SEEDS, Scale
from physdfa.workflow.summary import compute_summary, mean_and_std
from physdfa.workflow.train import train

RATE = "training.learning_rate"
BEST_EPOCH = "best_test_epoch_accuracies"
COUNTED = ("feedback_floats_per_sample", "weight_updates_per_sample", "weight_updates", "weight_updates_share")
"""Counts that some rules take while they train."""
TOLD = (
    *("dataset", "seeds", "test_accuracy", "test_accuracy_std", "test_accuracies", "wall_time_s"),
    *("best_validation_accuracy", "num_evaluations", "num_failed"),
    *COUNTED,
)
"""What a record takes over from the summary of its run, where that has it."""


def num_seeds_of(row: Row, place: Workplace) -> int:
    """The number of networks of a row: as asked for, or that of the scale."""
    return place.num_seeds or (row.seeds if place.scale == "full" else min(row.seeds, SMOKE_SEEDS))


def summary_keys(row: Row) -> tuple[str, ...]:
    """Keys that a run's summary must have to stand for this row."""
    return (BEST_EPOCH,) if row.watch_test else ()


def search_config(config: ExperimentConfig, search: RateSearch, scale: Scale) -> ExperimentConfig:
    """The sweep over the learning rates of a config, under a name of its own."""
    rates = search.rates if scale == "full" else (search.rates[0], search.rates[-1])
    section = SweepSection(
        parameters={RATE: SweepRange(values=rates)}, epochs=search.epochs if scale == "full" else 1, seeds=1
    )
    name = f"{config.experiment.name}_rates"
    return replace(config, experiment=replace(config.experiment, name=name), sweep=section)


def train_row(row: Row, config: ExperimentConfig, place: Workplace) -> Finished:
    """The row's networks, trained or found finished."""
    record: Record = {}
    started = time.perf_counter()
    if row.search is not None:
        config, found = with_best_rate(config, row.search, place)
        record |= found
    num_seeds = num_seeds_of(row, place)
    run = find_finished(place.out_dir, config, num_seeds=num_seeds, keys=summary_keys(row))
    record["reused"] = run is not None
    if run is not None:
        place.progress.say(f"finished already: {run.path}")
    else:
        run = train(
            config,
            out_dir=place.out_dir,
            data_dir=place.data_dir,
            num_seeds=num_seeds,
            command_line=place.command_line,
            progress=place.progress,
            watch_test=row.watch_test,
            resumed=find_stopped(
                place.out_dir, config, num_seeds=num_seeds, said={"watch_test": row.watch_test, "parent": None}
            ),
        )
    record |= what_it_reached(run, config)
    if row.has_costs:
        record |= costs_of(run, config, place)
    record |= {"run": run.path.relative_to(place.out_dir).as_posix(), "row_time_s": time.perf_counter() - started}
    return Finished(row=row, record=record, run=run)


def with_best_rate(config: ExperimentConfig, search: RateSearch, place: Workplace) -> tuple[ExperimentConfig, Record]:
    """The config with the learning rate that is best on the validation split, and the record of the search.

    **Raises:** `InputError` if the training failed under every rate.
    """
    swept = search_config(config, search, place.scale)
    run = find_search(swept, place) or sweep_rates(swept, place)
    best, rates = best_rate(run), rates_of(swept)
    found = {
        "learning_rate": best,
        "learning_rates": list(rates),
        "is_at_edge": best in (rates[0], rates[-1]),
        "search": run.path.relative_to(place.out_dir).as_posix(),
    }
    return with_values(config, {RATE: best}), found


def find_search(swept: ExperimentConfig, place: Workplace) -> RunFolder | None:
    """The finished search of these learning rates, where there is one."""
    return find_finished(place.out_dir, swept, num_seeds=1, kind="sweep")


def best_rate(run: RunFolder) -> float:
    """The learning rate with the highest validation accuracy; of equal ones the least.

    **Raises:** `InputError` if the training failed under every rate.
    """
    table = read_evaluations(run)
    known = rows_where(table, np.asarray(table["status"]) == "ok")
    if known.empty:
        raise InputError(f"{run.path}: no learning rate trains: {'; '.join(sorted(set(table['reason'])))}.")
    scored = zip(-numbers(known, "validation_accuracy"), numbers(known, RATE), strict=True)
    return float(min(scored)[1])


def rates_of(swept: ExperimentConfig) -> tuple[float, ...]:
    """The learning rates of a search made by `search_config`."""
    assert swept.sweep is not None  # made so
    return tuple(float(rate) for rate in swept.sweep.parameters[RATE].values or ())


def search_epochs(swept: ExperimentConfig) -> int:
    """Epochs of a search over all its rates."""
    assert swept.sweep is not None  # made so
    return len(rates_of(swept)) * (swept.sweep.epochs or swept.training.epochs)


def sweep_rates(config: ExperimentConfig, place: Workplace) -> RunFolder:
    """Train one network for each rate and score it on the validation split."""
    rates = rates_of(config)
    points = [({RATE: rate}, {RATE: rate}) for rate in rates]
    epochs = search_epochs(config) // len(rates)
    return score_networks(
        config, points, place, epochs=epochs, seeds=1, what="epochs of the search of the learning rate"
    )


Values = Mapping[str, Any]


def score_networks(
    config: ExperimentConfig,
    points: Sequence[tuple[Values, Values]],
    place: Workplace,
    *,
    epochs: int,
    seeds: int,
    what: str,
) -> RunFolder:
    """Train networks one after the other and score them on the validation split; the test set is not read.

    Where the same was stopped before, it goes on in that folder with the networks that are missing.

    **Arguments:**

    - `points`: what is changed in the config for each, and what the table of evaluations calls it.
    - `what`: for the progress.
    """
    samples = load_samples(config, place.data_dir)
    evaluator = Evaluator(
        config,
        samples,
        kind="sweep",
        epochs=epochs,
        seeds=seeds,
        largest_batch=1,
        on_epoch=place.progress.advance,
    )
    trained = {candidate_id(values): values for values, _ in points}
    known = {"seeds": list(evaluator.seeds), "epochs": epochs, "candidates": list(trained)}
    stopped = find_stopped(place.out_dir, config, num_seeds=seeds, said=known, kind="sweep")
    run = stopped or begin_run(config, "sweep", out_dir=place.out_dir, command_line=place.command_line, known=known)
    earlier_s = cast(float, run.read_summary().get("wall_time_s") or 0.0)
    if stopped is not None:
        run.begin({"status": "interrupted", "reason": "resumed"})
    started = time.perf_counter()
    candidates = [Candidate(candidate_id(values), named, 0) for values, named in points]
    with told_however_it_ends(run, earlier_s=earlier_s):
        with Archive(run) as archive:
            missing = sum(not archive.knows(one, evaluator.seeds) for one in candidates)
            place.progress.begin(what, missing * seeds * epochs)

            def score(asked: Sequence[Candidate]) -> list[EvaluationRecord]:
                (one,) = asked
                made = evaluator([replace(one, values=trained[one.id])])
                named = [replace(record, values=one.values) for record in made]
                archive.add(named)
                return named

            for one in candidates:
                archive.answering(score, evaluator.seeds)([one])
        run.write_summary(
            {
                "status": "done",
                "dataset": samples.dataset.name,
                "num_evaluations": len(points),
                "num_failed": len({record.candidate for record in archive.records if record.status == "failed"}),
                **compute_summary(evaluator.trainer, earlier_s + time.perf_counter() - started),
            }
        )
    return run


def work_row(row: Row, work: Work, config: ExperimentConfig, place: Workplace) -> Finished:
    """The row's search, sweep or range, made or found finished."""
    started = time.perf_counter()
    run = work.make(config, place, num_seeds_of(row, place))
    place_of_run = run.path.resolve().relative_to(place.out_dir.resolve()).as_posix()
    record = told_of(run) | {"run": place_of_run, "row_time_s": time.perf_counter() - started}
    return Finished(row=row, record=record, run=run)


def told_of(run: RunFolder) -> Record:
    """What the summary of a finished run says: its accuracies, and what its rule and device have counted."""
    summary = cast(dict[str, Any], run.read_summary())
    record: Record = {name: summary[name] for name in TOLD if summary.get(name) is not None}
    if summary.get("outside_range"):  # by hidden layer
        record["outside_range"] = max(summary["outside_range"])
    return record


def what_it_reached(run: RunFolder, config: ExperimentConfig) -> Record:
    """Accuracies of a finished training, the counts of its rule, its last angles and norm ratios, and its time."""
    summary = cast(dict[str, Any], run.read_summary())
    record = told_of(run)
    record |= {"rule": config.rule.name, "hidden": list(config.network.hidden), "epochs": config.training.epochs}
    if summary.get(BEST_EPOCH) is not None:
        best, spread = mean_and_std(summary[BEST_EPOCH])
        record |= {
            BEST_EPOCH: summary[BEST_EPOCH],
            "best_test_epoch_accuracy": best,
            "best_test_epoch_accuracy_std": spread,
        }
    for name in ("update_angle", "feedback_angle", "update_norm_ratio"):
        last = [line[name] for line in lines_of(run, "alignment", config.training.epochs) if name in line]
        if last:
            record[name] = np.mean(np.array(last, dtype=float), axis=0).tolist()
    return record


def costs_of(run: RunFolder, config: ExperimentConfig, place: Workplace) -> Record:
    """Time of an epoch of one network, memory of its program, feedback and weights changed per sample."""
    summary = cast(dict[str, Any], run.read_summary())
    samples = load_samples(config, place.data_dir)
    trial = build_trial(config, samples.dataset, config.experiment.seed)
    size = plan(config, samples, kind="train", num_trainings=1, members=1, epochs=config.training.epochs)
    rates = [line["firing_rate"] for line in lines_of(run, "epoch", config.training.epochs)]
    spikes = np.mean(np.array(rates), axis=0) * num_grid_steps(config)
    return {
        "seconds_per_epoch": size.samples / summary["images_per_s"],
        "memory_bytes": size.memory_bytes,
        FLOATS_FED_BACK: summary.get(FLOATS_FED_BACK, trial.rule.floats_fed_back(trial.network, spikes.tolist())),
        **count_weights_changed(run, config, samples),
    }


def num_grid_steps(config: ExperimentConfig) -> float:
    """Steps of one presentation on the time grid of event neurons; firing rates times them are counts."""
    events = config.events
    return events.duration * events.levels / events.window


def lines_of(run: RunFolder, kind: str, epoch: int | None = None) -> list[dict[str, Any]]:
    """The lines of a kind in the metrics of a run, of one epoch or of all."""
    lines = (cast(dict[str, Any], line) for line in run.read_metrics().records)
    return [line for line in lines if line.get("kind") == kind and epoch in (None, line.get("epoch"))]
