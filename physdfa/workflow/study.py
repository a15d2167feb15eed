"""`study`: a device nobody has seen -> its box, points where they tell most, its working range, and the page."""

import shlex
import time
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any, cast

from physdfa.analysis.working_range import LevelRule
from physdfa.build import build_trial, load_samples
from physdfa.config import ExperimentConfig
from physdfa.errors import InputError
from physdfa.report.page import write_report
from physdfa.store import RunFolder, open_run
from physdfa.workflow.changes import refuse_changes
from physdfa.workflow.measured_device import MeasuredOptions
from physdfa.workflow.own_modules import read_run_config
from physdfa.workflow.plan import seconds_per_image
from physdfa.workflow.progress import NO_PROGRESS, Progress
from physdfa.workflow.propose import propose
from physdfa.workflow.range.curves import check_curves
from physdfa.workflow.range.find import find_range
from physdfa.workflow.range.options import RangeOptions
from physdfa.workflow.refine import Growth, extend_sweep, trainings_after
from physdfa.workflow.sweep import run_sweep

FOR_TRAININGS = 0.9
"""Share of the budget for trainings, those of the references and of the best point among them."""
FOR_DESIGN = 0.6
"""Share of the points that there is time for by the plan's estimate; the others go where they tell most."""
ENOUGH_POINTS = 64
LEAST_DESIGN = 16


@dataclass(frozen=True, kw_only=True)
class Study:
    """What a study found.

    - `run`: its folder; `page`: the report; `record`: that of the range, None where there is none: `problem` says why.
    - `equivalent`: the commands that do the same one by one.
    """

    run: RunFolder
    page: Path
    record: Mapping[str, Any] | None
    problem: str
    words: Sequence[str]
    equivalent: Sequence[str]


def run_study(
    name: str,
    *,
    measured: MeasuredOptions,
    overrides: Sequence[str] = (),
    dataset: str | None = None,
    budget_s: float,
    asked: RangeOptions,
    out_dir: Path,
    data_dir: Path | None = None,
    command_line: Sequence[str] = (),
    progress: Progress = NO_PROGRESS,
    resumed: bool = False,
) -> Study:
    """Study a device, or go on with a study in its run folder.

    **Arguments:**

    - `name`: as for `propose`; or the run folder of a sweep, which grows for another budget.
    - `budget_s`: wall time [s] after which no training begins.
    - `asked`: what works, and how many curves are redrawn; their trainings come on top of the budget.
    - `resumed`: finish the study that stopped in its run folder; its budget is what is left of it.

    **Raises:** `InputError` for what cannot be studied, with the next step.
    """
    until = time.monotonic() + FOR_TRAININGS * budget_s
    growth = Growth(rule=asked.rule, points=None, until=until, progress=progress)
    begun = {"study": {"budget_s": budget_s, "level": asdict(asked.rule), "curves": asked.curves, "done": False}}
    if resumed and open_run(Path(name)).read_summary().get("status") == "done":
        run, words = open_run(Path(name)), []
    elif Path(name).is_dir():
        refuse_another_study(name, measured, overrides, dataset)
        if asked.curves:
            check_curves(read_run_config(open_run(Path(name)), "sweep"), {})
        if not resumed:
            open_run(Path(name)).write_summary(begun)
        run, words = extend_sweep(Path(name), growth, data_dir=data_dir, progress=progress), []
    else:
        proposal = propose(name, measured=measured, overrides=overrides, dataset=dataset, data_dir=data_dir)
        if proposal.config.experiment.shard:
            raise InputError(
                "experiment.shard: a study chooses points by what it has seen, so it has no parts; leave it out, or "
                "make the sweep of `physdfa init` in parts, then `physdfa merge` and `physdfa range`."
            )
        if asked.curves:
            check_curves(proposal.config, {})
        config = within_budget(proposal.config, FOR_TRAININGS * budget_s, data_dir)
        words = [*proposal.words, *shortened_words(proposal.config, config)]
        for sentence in words:
            progress.say(sentence)
        run = run_sweep(
            config,
            out_dir=out_dir,
            data_dir=data_dir,
            command_line=command_line,
            progress=progress,
            more=growth,
            known=begun,
        )
    record, problem = None, ""
    try:
        _, record = find_range(run.path, asked, data_dir=data_dir, progress=progress)
    except InputError as error:  # what was trained is kept and shown, whatever cannot be concluded from it
        problem = str(error)
    page = write_report([run.path])
    run.write_summary({"study": {**cast(dict[str, Any], run.read_summary()["study"]), "done": True}})
    return Study(
        run=run,
        page=page,
        record=record,
        problem=problem,
        words=words,
        equivalent=equivalent_commands(name, run, measured, overrides, dataset, asked.curves),
    )


def resume_study(
    run: RunFolder, *, data_dir: Path | None, progress: Progress = NO_PROGRESS, allow_changed: bool = False
) -> Study:
    """Finish a study that stopped: its trainings for what is left of its budget, its range and its page.

    **Raises:** `RunFolderError` as `refuse_changes`.
    """
    refuse_changes(run, allow_changed=allow_changed)
    summary: dict[str, Any] = run.read_summary()
    begun, spent = summary["study"], summary.get("evaluation_wall_time_s") or 0.0
    return run_study(
        str(run.path),
        measured=MeasuredOptions(),
        budget_s=max(begun["budget_s"] - spent, 0.0),
        asked=RangeOptions(rule=LevelRule(**begun["level"]), curves=begun["curves"]),
        out_dir=run.path.parent.parent,
        data_dir=data_dir,
        progress=progress,
        resumed=True,
    )


def refuse_another_study(name: str, measured: MeasuredOptions, overrides: Sequence[str], dataset: str | None) -> None:
    """Refuse what would change a study that goes on.

    **Raises:** `InputError` naming the options.
    """
    given = [*measured.given, *(["--set"] if overrides else []), *([] if dataset is None else ["--on"])]
    if given:
        raise InputError(
            f"{', '.join(given)}: {name} goes on as it was begun; leave them out, or name the device to begin another."
        )


def within_budget(config: ExperimentConfig, seconds: float, data_dir: Path | None) -> ExperimentConfig:
    """The experiment with a design that leaves time for other points and for the references.

    Trainings are shortened where there is no time for `ENOUGH_POINTS` in all; then the design has fewer points, down to
    `LEAST_DESIGN`.
    """
    section = config.sweep
    assert section is not None
    if section.method not in ("sobol", "random", "latin_hypercube") or section.num_samples is None:
        return config
    samples = load_samples(config, data_dir)
    trial = build_trial(config, samples.dataset, config.experiment.seed)
    wanted = section.epochs or config.training.epochs
    most = seconds / (seconds_per_image(trial) * len(samples.dataset.train_labels))  # epochs of all trainings together

    def affordable(epochs: int) -> float:
        own = replace(config, sweep=replace(section, epochs=epochs))
        return (most / epochs - trainings_after(own)) / section.seeds

    epochs = next((num for num in range(wanted, 1, -1) if affordable(num) >= ENOUGH_POINTS), 1)
    num = max(LEAST_DESIGN, min(section.num_samples, int(FOR_DESIGN * affordable(epochs))))
    return replace(
        config, sweep=replace(section, num_samples=num, epochs=section.epochs if epochs == wanted else epochs)
    )


def shortened_words(proposed: ExperimentConfig, config: ExperimentConfig) -> list[str]:
    """What the budget leaves out of the proposed design."""
    before, now = proposed.sweep, config.sweep
    assert before is not None
    assert now is not None
    words = []
    if now.epochs != before.epochs:
        wanted = before.epochs or proposed.training.epochs
        words.append(
            f"a point is trained for {now.epochs} of {wanted} epochs, so that the budget is enough for "
            f"{now.num_samples} points: the range is that of such trainings; --set sweep.epochs={wanted} and a larger "
            "--budget for the other"
        )
    elif now.num_samples != before.num_samples:
        words.append(f"the budget is enough for a design of {now.num_samples} of {before.num_samples} points")
    return words


def equivalent_commands(
    name: str, run: RunFolder, measured: MeasuredOptions, overrides: Sequence[str], dataset: str | None, curves: int
) -> list[str]:
    """The commands that a study is made of, as they work where they are pasted."""
    folder, first = shlex.quote(str(run.path)), []
    if not Path(name).is_dir():
        said = [word for option, value in measured.words for word in (option, value)]
        said += [word for change in overrides for word in ("--set", change)]
        said += [] if dataset is None else ["--on", dataset]
        written = shlex.join(["--from", name, *said])
        first = [f"physdfa init {written} --output study.toml", "physdfa sweep study.toml"]
    return [
        *first,
        f"physdfa sweep {folder} --add 24",
        f"physdfa range {folder}{f' --curves {curves}' * bool(curves)}",
        f"physdfa range {folder} --tolerance 0.9",
        f"physdfa report {folder}",
    ]
