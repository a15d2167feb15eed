"""`range`: a finished sweep or search -> its effective working range, kept in the run's folder as `range.json`."""

import contextlib
import dataclasses
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np

from ga_search.evolution import Candidate
from ga_search.genome import candidate_id
from physdfa.analysis.working_range import (
    Surrogate,
    Verdict,
    WorkingRange,
    best_position,
    fit_surrogate,
    values_at,
    working_range,
)
from physdfa.analysis.working_range.advice import advise
from physdfa.build import Samples, load_samples
from physdfa.config import KEYS, ExperimentConfig, find_key, load_config, own_values, value_at
from physdfa.config.bundle import is_bundle
from physdfa.config.device_table import device_keys
from physdfa.config.raw import read_file
from physdfa.data import count_classes
from physdfa.devices import PRESETS
from physdfa.errors import DataError, InputError
from physdfa.interrupt import in_parts, keeps
from physdfa.store import RunFolder, open_run
from physdfa.store.derived import RANGE, read_derived
from physdfa.trust import imports_as_named
from physdfa.workflow.candidates.evaluator import MOST_MEMBERS, Evaluator
from physdfa.workflow.device import device_section, given_values
from physdfa.workflow.measured_device import MEASUREMENT_SUFFIXES
from physdfa.workflow.progress import NO_PROGRESS, Progress
from physdfa.workflow.range.checks import baseline_values, check_asked
from physdfa.workflow.range.constant import constant_baseline, known_constant
from physdfa.workflow.range.curve import curve_record
from physdfa.workflow.range.curves import curve_bands
from physdfa.workflow.range.files import unfinished, what_is_kept, write_range
from physdfa.workflow.range.finished import FinishedRun, read_finished
from physdfa.workflow.range.held_out import BATCH, HeldOutDevice, check_held_out
from physdfa.workflow.range.kept import earlier_record, kept_baseline, other_part, other_yields
from physdfa.workflow.range.notes import advice_notes, range_notes, run_notes
from physdfa.workflow.range.options import RangeOptions
from physdfa.workflow.range.sensitivity import sensitivity_of
from physdfa.workflow.range.spreads import Movable
from physdfa.workflow.range.tolerance import find_tolerance
from physdfa.workflow.range.yields import find_yields

COMPARED = ("data", "network", "rule", "feedback", "training")
NOT_COMPARED = ("data.validation_size", "training.checkpoint_every", "training.keep_best")
"""How the range was measured and kept, and no setting of the device or its training."""
FORMAT = 2
NOT_TRAINED = {
    "yields": "{} of the yields asked for were not trained; the same command goes on.",
    "curves": "{} of the points asked for were not trained through redrawn curves; the same command goes on.",
    "verified": "{} of the fresh devices asked for were not trained; the same command goes on.",
}


def find_range(
    path: Path,
    options: RangeOptions,
    *,
    data_dir: Path | None = None,
    progress: Progress = NO_PROGRESS,
    words: Sequence[str] = (),
) -> tuple[RunFolder, dict[str, Any]]:
    """Find the working range of the run at `path`, and write `range.json` and its figures into the folder.

    **Arguments:**

    - `words`: of the command that asks for it, after `physdfa range RUN`; told to whoever stops it while it trains.

    **Raises:** `InputError` for a run that is incomplete, has too few points, or never reaches the level;
    `RunFolderError` for one that another process writes.
    """
    run = open_run(path)
    with run.held():
        return run, _found(run, options, data_dir, progress, words)


def _found(
    run: RunFolder, options: RangeOptions, data_dir: Path | None, progress: Progress, words: Sequence[str]
) -> dict[str, Any]:
    finished = read_finished(run.path, accept_incomplete=options.accept_incomplete)
    constant = known_constant(finished)
    lacks_constant = options.rule.kind == "constant" and constant is None
    trains = options.rule.kind == "baseline" or lacks_constant or options.has_yield or bool(options.curves)
    trains = trains or options.tolerance is not None or bool(options.verify)
    samples = load_samples(finished.config, data_dir) if trains else None
    moves = check_asked(finished, samples, options, data_dir)
    progress.say(f"fitting the surrogate to {len(finished.points.accuracy)} points")
    seed = finished.config.experiment.seed
    surrogate = fit_surrogate(finished.points, chance=chance_of(finished), resolution=finished.resolution, seed=seed)
    best = dict(finished.fixed) | values_at(finished.points.axes, best_position(finished.points, surrogate))
    told = unfinished(finished.run, words) if trains and words else contextlib.nullcontext()
    with in_parts(), told:
        curve = curve_record(finished.config, best, data_dir)
        return _range_record(finished, surrogate, samples, moves, options, progress, constant, curve)


def _range_record(
    finished: FinishedRun,
    surrogate: Surrogate,
    samples: Samples | None,
    moves: Movable | None,
    options: RangeOptions,
    progress: Progress,
    constant: dict[str, Any] | None,
    curve: dict[str, Any] | None,
) -> dict[str, Any]:
    """The record of the range, in the folder as soon as it is found, and again after each training of it.

    **Arguments:**

    - `moves`: what differs from device to device, for a yield; `constant`: what a constant g reaches; None where it is
      not known. `curve`: that of a measured device.
    """
    keeps(lambda: what_is_kept(finished.run))
    seed = finished.config.experiment.seed
    earlier = earlier_record(finished.run)
    baseline: dict[str, Any] | None = None
    if options.rule.kind == "baseline" and samples is not None:
        baseline = dfa_baseline(finished, samples, surrogate, options.baseline_seeds, progress, earlier=earlier)
    elif options.rule.kind == "constant":
        if constant is None and samples is not None:
            seeds = options.baseline_seeds
            constant = constant_baseline(finished, samples, surrogate, seeds, progress, earlier=earlier)
        baseline = constant
    found = working_range(
        finished.points,
        surrogate,
        options.rule,
        confidence=options.confidence,
        baseline=None if baseline is None else baseline["accuracy"],
        seed=seed,
    )
    sensitivity, refusals = sensitivity_of(finished, surrogate)
    advice = None if found.trusted else advise(finished.points, found, chance=chance_of(finished), seed=seed)
    record: dict[str, Any] = {
        "format": FORMAT,
        "run": finished.run.run_id,
        "range": found.to_dict(),
        "fixed": dict(finished.fixed),
        "epochs": finished.epochs,
        "baseline": baseline,
        "constant": constant or earlier.get("constant"),
        "curve": curve,
        "sensitivity": sensitivity,
        "advice": None if advice is None else dataclasses.asdict(advice),
        "notes": [
            *finished.notes,
            *range_notes(found),
            *run_notes(finished, found, curve, constant),
            *advice_notes(finished, found, advice),
            *refusals,
        ],
    }
    record["yields"] = other_yields(earlier, record, ())
    record |= {name: other_part(earlier, record, name) for name in ("tolerance", "curves", "verified")}
    notes, missing = record["notes"], dict[str, int]()

    def keep(name: str, value: object, left: int) -> None:
        record[name], missing[name] = value, left
        record["notes"] = [*notes, *(NOT_TRAINED[part].format(num) for part, num in missing.items() if num)]

    curves: Iterator[tuple[Any, int]] = iter(())
    if samples is not None and options.curves:
        curves = curve_bands(finished, samples, found, options.curves, progress, earlier)
        keep("curves", *next(curves))  # what the earlier record has, before a training replaces it
    write_range(finished.run, record)

    def evaluator_of(num: int) -> Evaluator:
        assert samples is not None, "read where something is trained"
        return Evaluator(
            finished.config,
            samples,
            kind=finished.kind,
            epochs=finished.epochs,
            seeds=finished.seeds,
            largest_batch=min(num, MOST_MEMBERS),
            scores_early=False,
            on_epoch=progress.advance,
        )

    if moves is not None:
        evaluator = evaluator_of(max(options.yield_samples, options.tolerance_samples))
        question = (finished, evaluator, found, moves, options, progress, earlier)
        for tolerance in find_tolerance(*question) if options.tolerance else ():
            if isinstance(tolerance, str):
                notes.append(tolerance)
                keep("tolerance", record["tolerance"], 0)
            else:
                keep("tolerance", dataclasses.asdict(tolerance), 0)
            write_range(finished.run, record, figures=False)
        for yields, left in find_yields(*question) if options.has_yield else ():
            asked = [dataclasses.asdict(each) for each in yields]
            keep("yields", [*asked, *other_yields(earlier, record, asked)], left)
            write_range(finished.run, record, figures=False)
    for value, left in curves:
        keep("curves", value, left)
        write_range(finished.run, record, figures=not left)
    if options.verify:
        trainings = 2 * options.verify * finished.seeds
        progress.begin("trainings x epochs of fresh devices", trainings * finished.epochs)
        evaluator, before = evaluator_of(min(2 * options.verify, BATCH)), record["verified"] or ()

        def keep_devices(devices: Sequence[HeldOutDevice], left: int) -> None:
            keep("verified", [dataclasses.asdict(device) for device in devices], left)
            write_range(finished.run, record, figures=False)

        try:
            check_held_out(
                found,
                evaluator,
                finished.fixed,
                options.verify,
                seed=seed,
                earlier=before,
                on_devices=keep_devices,
            )
        except InputError as error:  # too small a side to draw from
            notes.append(f"No fresh devices were trained: {error}")
            keep("verified", None, 0)
            write_range(finished.run, record, figures=False)
    return record


def chance_of(finished: FinishedRun) -> float:
    """Accuracy of a guess, 1 / classes. A failed point enters the surrogate at it, unless a trained one is worse.

    **Raises:** `InputError` if points failed, and neither the run nor its data say how many classes there are.
    """
    if not finished.points.failed.any():
        return 0.0  # nothing enters as a guess
    if finished.num_classes is not None:
        return 1 / finished.num_classes
    try:
        return 1 / count_classes(finished.config.data.name, own_values(finished.config, "data.name"))
    except DataError as error:
        raise InputError(
            f"{finished.run.path}: points failed, which enter the surrogate as devices that guess; among how many "
            f"classes is read from the data, as this run of an earlier version does not say. {error}"
        ) from error


def dfa_baseline(
    finished: FinishedRun,
    samples: Samples,
    surrogate: Surrogate,
    num_seeds: int,
    progress: Progress = NO_PROGRESS,
    *,
    earlier: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The validation accuracy of the rule `dfa`: same split, epochs, network and training values as the best point.

    **Arguments:**

    - `earlier`: record of an earlier range of the same run, of which the same baseline is taken over.

    **Raises:** `InputError` if a seed of it does not train.
    """
    best = values_at(finished.points.axes, best_position(finished.points, surrogate))
    values = baseline_values(finished, best)
    kept = kept_baseline(earlier or {}, values, num_seeds)
    if kept is not None:
        progress.say(f"the DFA baseline is that of the {RANGE} that is there")
        return kept
    progress.begin("trainings x epochs of the DFA baseline", num_seeds * finished.epochs)
    evaluator = Evaluator(
        finished.config,
        samples,
        kind=finished.kind,
        epochs=finished.epochs,
        seeds=num_seeds,
        largest_batch=1,
        on_epoch=progress.advance,
    )
    records = evaluator([Candidate(candidate_id(values), values, 0)])
    accuracies = [record.validation_accuracy for record in records if record.validation_accuracy is not None]
    if len(accuracies) < len(records):
        reason = next(record.reason for record in records if record.validation_accuracy is None)
        raise InputError(f"the DFA baseline does not train here: {reason}. Give --level instead of --within-dfa.")
    return {"rule": "dfa", "accuracy": float(np.mean(accuracies)), "accuracies": accuracies, "values": values}


def read_range(path: Path) -> tuple[RunFolder, dict[str, Any], WorkingRange]:
    """The saved working range of a run: its folder, the whole record, and the range itself.

    **Raises:** `InputError` if none was saved; `RunFolderError` if the file was changed.
    """
    run = open_run(path)
    if not (run.path / RANGE).exists():
        raise InputError(f"{run.path}: has no {RANGE}; `physdfa range {run.path}` finds it first.")
    record: dict[str, Any] = read_derived(run, RANGE)
    if record.get("format") != FORMAT:
        raise InputError(
            f"{run.path / RANGE}: has format {record.get('format')}, this version reads {FORMAT}; "
            f"`physdfa range {run.path}` finds the range anew."
        )
    return run, record, WorkingRange.from_dict(record["range"])


@dataclass(frozen=True, kw_only=True)
class Check:
    """Whether a device lies inside a saved range.

    - `verdict`; `values`: of the range's parameters; `level`: in words; `confidence`: that was asked of the verdict.
    - `different`: one sentence per setting that is not as it was when the range was made, and no parameter of it.
    """

    verdict: Verdict
    values: Mapping[str, Any]
    level: str
    confidence: float
    different: Sequence[str]


def check_device(path: Path, name: str, overrides: Sequence[str] = ()) -> Check:
    """Check a device against the saved range of the run at `path`.

    **Arguments:**

    - `name`: an experiment file; or a preset, a preset file that `device fit --save` wrote, or a bundle, which then
      stands in the experiment of the range.

    **Raises:** `InputError` for another kind of device, rule or data set: the range says nothing about it.
    """
    run, record, found = read_range(path)
    made_with = load_config(run.path / "config.toml")
    asked = _asked(made_with, name, overrides)
    keys = {axis.key for axis in found.axes}
    fixed = record["fixed"]
    for what, path_of, one, other in (
        ("device", "device", _plan(made_with), _plan(asked)),
        ("rule", "rule.name", made_with.rule.name, asked.rule.name),
        ("data set", "data.name", made_with.data.name, asked.data.name),
    ):
        if one != other and path_of not in keys:
            raise InputError(
                f"{name}: its {what} is '{_words(other)}', the range was made with '{_words(one)}' and says nothing "
                "about it."
            )
    own = {find_key(made_with, key): key for key in keys}
    values = {key: value_at(asked, key) for key in (axis.key for axis in found.axes)}
    different = []
    names = [key for key in KEYS if key.split(".")[0] in COMPARED and key not in NOT_COMPARED]
    names += [f"device.{name}" for name in device_keys(made_with.device)]
    seen = set()
    for name in names:
        declared = find_key(made_with, name)
        if declared in own or declared in seen:
            continue
        seen.add(declared)
        before, now = fixed.get(name, value_at(made_with, name)), value_at(asked, name)
        before = record["epochs"] if name == "training.epochs" else before
        if before != now:
            different.append(f"{name} = {now}: the range was made with {before}.")
    return Check(
        verdict=found.contains(values),
        values=values,
        level=found.rule.words(found.level),
        confidence=found.confidence,
        different=different,
    )


def _asked(made_with: ExperimentConfig, name: str, overrides: Sequence[str]) -> ExperimentConfig:
    """The experiment that a range is asked about."""
    if name not in PRESETS and Path(name).suffix in MEASUREMENT_SUFFIXES:
        raise InputError(
            f"--check {name}: is a measurement, and says neither gain nor offset; write it into an experiment by "
            f"`physdfa init --from {name}`, set them there, and check that file."
        )
    if name not in PRESETS and not is_bundle(name) and "experiment" in read_file(Path(name)):
        return load_config(name, overrides, kind="train")
    with imports_as_named():
        section = device_section({"preset": name, **given_values(overrides)}, name, None)
    return dataclasses.replace(made_with, device=section)


def _words(plan: object) -> str:
    return ", ".join(map(str, plan)) if isinstance(plan, tuple) else str(plan)


def _plan(config: ExperimentConfig) -> object:
    return None if config.device is None else config.device.plan
