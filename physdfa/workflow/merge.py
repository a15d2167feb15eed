"""`merge`: parts of one experiment, computed without knowing of each other -> one run, as if made at once."""

import dataclasses
import shlex
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple, cast

import numpy as np

from physdfa.config import ExperimentConfig, Kind, to_toml
from physdfa.config.shard import Shard, shard_of
from physdfa.errors import InputError
from physdfa.store import RunFolder, open_run
from physdfa.store.files import read_recorded
from physdfa.store.known_runs import looks_like_run, run_folders_of
from physdfa.workflow.begin import begin_run
from physdfa.workflow.candidates.archive import Archive, read_records
from physdfa.workflow.changes import refuse_changes
from physdfa.workflow.own_modules import read_run_config
from physdfa.workflow.progress import NO_PROGRESS, Progress
from physdfa.workflow.summary import mean_and_std
from physdfa.workflow.sweep import run_sweep, sweep_points

SUMMED = ("wall_time_s", "compile_time_s", "num_compilations")
FIRST_FIGURE = "backward_function.csv"
"""What a training draws of its first seed."""
LOG_ORDER = ("epoch", "alignment", "watched_test", "test")


class Part(NamedTuple):
    """One part as it lies in its folder; `config`: that of the whole."""

    run: RunFolder
    kind: Kind
    shard: Shard
    config: ExperimentConfig
    summary: Mapping[str, Any]

    @property
    def is_done(self) -> bool:
        """Whether it says that it is whole."""
        return self.summary.get("status") == "done"


class Merged(NamedTuple):
    """The run of all parts, and a sentence per part that is missing or not whole. `run` is None if nothing was made."""

    run: RunFolder | None
    missing: list[str]


def merge(
    paths: Sequence[Path],
    *,
    out_dir: Path,
    data_dir: Path | None = None,
    command_line: Sequence[str] = (),
    progress: Progress = NO_PROGRESS,
    allow_changed: bool = False,
) -> Merged:
    """Join the parts in these folders: of runs, or of an experiment.

    A sweep is then finished as any other, and is the same as if it had been made at once; where something is missing,
    it is left stopped with what there is. Of a training every part is needed.

    **Raises:** `InputError` for folders that hold no parts, or those of several experiments; `RunFolderError` for parts
    that other code has made, unless `allow_changed`.
    """
    parts = chosen_parts([part for path in paths for part in parts_in(path, data_dir)], paths)
    first = next(iter(parts.values()))
    for part in parts.values():
        refuse_changes(part.run, allow_changed=allow_changed)
    missing = missing_parts(parts)
    if first.kind == "train":
        return Merged(None if missing else merged_training(list(parts.values()), out_dir, command_line), missing)
    run = begin_run(first.config, "sweep", out_dir=out_dir, command_line=command_line, known=origin(parts.values()))
    progress.say(f"run folder: {run.path}")
    with Archive(run) as archive:
        for part in parts.values():
            archive.add(read_records(part.run))
    if missing:
        run.write_summary(
            {"status": "interrupted", "reason": f"{len(missing)} of {first.shard.parts} parts are missing"}
        )
        return Merged(run, [*missing, f"what is missing can be trained here, too: physdfa resume {run.path}"])
    return Merged(run_sweep(first.config, out_dir=out_dir, data_dir=data_dir, progress=progress, resumed=run), [])


def parts_in(path: Path, data_dir: Path | None) -> list[Part]:
    """The part in a run folder, or those in the folder of an experiment."""
    runs = [path] if looks_like_run(path) or not path.is_dir() else run_folders_of(path)
    found = [part_of(open_run(run), data_dir) for run in runs]
    return [part for part in found if part is not None]


def part_of(run: RunFolder, data_dir: Path | None) -> Part | None:
    """The part that a run is; None for a whole one."""
    summary = run.read_summary()
    kind = summary.get("kind")
    if kind not in ("sweep", "train"):
        return None
    config = read_run_config(run, cast(Kind, kind), data_dir=data_dir)
    shard = shard_of(config.experiment.shard)
    if shard is None:
        return None
    whole = dataclasses.replace(config, experiment=dataclasses.replace(config.experiment, shard=""))
    return Part(run, cast(Kind, kind), shard, whole, summary)


def chosen_parts(found: Sequence[Part], paths: Sequence[Path]) -> dict[int, Part]:
    """One part of each number, in their order: one that is done, or else the newest.

    **Raises:** `InputError` if there are none, or of several experiments.
    """
    if not found:
        where = ", ".join(map(str, paths))
        raise InputError(f"{where}: holds no part of a sweep or training; --shard 1/8 makes one.")
    kinds = {(part.kind, part.shard.parts, to_toml(part.config)) for part in found}
    if len(kinds) > 1:
        raise InputError(
            f"the parts are those of {len(kinds)} experiments, or of one that was cut in several ways; name the run "
            f"folders that belong together: {' '.join(str(part.run.path) for part in found)}"
        )
    ordered = sorted(found, key=lambda part: (part.is_done, part.run.run_id))
    by_number = {part.shard.number: part for part in ordered}
    return dict(sorted(by_number.items()))


def missing_parts(parts: Mapping[int, Part]) -> list[str]:
    """A sentence for each part that is not there, or not whole."""
    first = next(iter(parts.values()))
    begun = shlex.join([*cast(list[str], first.run.read_environment().get("command_line") or ["physdfa"])])
    sentences = []
    for number in range(1, first.shard.parts + 1):
        part = parts.get(number)
        if part is None:
            sentences.append(f"part {number}/{first.shard.parts} is missing; {first.shard} was begun with: {begun}")
        elif not part.is_done:
            what = "is still running" if part.run.is_running else f"can go on with: physdfa resume {part.run.path}"
            sentences.append(f"part {part.shard} is not whole{_reached(part)} and {what}")
    return sentences


def _reached(part: Part) -> str:
    if part.kind == "train":
        return ""
    own = dataclasses.replace(
        part.config, experiment=dataclasses.replace(part.config.experiment, shard=str(part.shard))
    )
    evaluated = len({record.candidate for record in read_records(part.run)})
    return f" ({evaluated} of {len(sweep_points(own))} points)"


def origin(parts: Iterable[Part]) -> dict[str, object]:
    """Where the merged run comes from, for its summary."""
    return {"parts": [part.run.run_id for part in parts]}


def merged_training(parts: Sequence[Part], out_dir: Path, command_line: Sequence[str]) -> RunFolder:
    """All seeds in one run folder: networks, logs, accuracies; means over all seeds of what is a mean."""
    trees = [part.run.load_tree("final")[0] for part in parts]
    seeds_of_parts = [cast(list[int], part.summary["seeds"]) for part in parts]
    seeds = [seed for own in seeds_of_parts for seed in own]
    order, weights = np.argsort(seeds), np.array([len(own) for own in seeds_of_parts], dtype=float)
    run = begin_run(parts[0].config, "train", out_dir=out_dir, command_line=command_line, known=origin(parts))
    lines = [line for part in parts for line in part.run.read_metrics().records]
    for line in sorted(lines, key=_log_place):
        run.append_metric(line)
    arrays = {name: np.concatenate([tree[name] for tree in trees])[order] for name in trees[0]}
    run.save_tree("final", arrays, {"seeds": [seeds[place] for place in order]})
    if (figure := parts[0].run.figures / FIRST_FIGURE).exists():
        run.write_text(f"figures/{FIRST_FIGURE}", read_recorded(figure).decode())
    summaries = [part.summary for part in parts]
    whole = {name: _joined([one.get(name) for one in summaries], weights) for name in summaries[0]}
    whole |= {name: sum(one.get(name) or 0 for one in summaries) for name in SUMMED}
    for name in ("test_accuracies", "best_test_epoch_accuracies"):
        if all(isinstance(one.get(name), list) for one in summaries):
            values = [value for one in summaries for value in one[name]]
            whole[name] = [values[place] for place in order]
    mean, std = mean_and_std(whole["test_accuracies"])
    warnings = dict.fromkeys(text for one in summaries for text in one.get("warnings") or [])
    run.write_summary(
        {
            **{name: value for name, value in whole.items() if value is not None},
            **origin(parts),
            "seeds": [seeds[place] for place in order],
            "test_accuracy": mean,
            "test_accuracy_std": std,
            "warnings": list(warnings),
            "peak_memory_bytes": max(one.get("peak_memory_bytes") or 0 for one in summaries),
            "status": "done",
        }
    )
    return run


def _log_place(line: Mapping[str, Any]) -> tuple[bool, int, int, int]:
    kind = str(line.get("kind"))
    place = LOG_ORDER.index(kind) if kind in LOG_ORDER else len(LOG_ORDER)
    return kind == "test", int(line.get("epoch") or 0), place, int(line.get("seed") or 0)


def _joined(values: Sequence[Any], weights: np.ndarray) -> Any:
    """One value of all parts: the same in each, or the mean over all seeds; None where it is neither."""
    if all(value == values[0] for value in values):
        return values[0]
    if not all(type(value) in (int, float, list) for value in values):
        return None
    try:
        return np.average(np.array(values, dtype=float), axis=0, weights=weights).tolist()
    except (TypeError, ValueError):  # lists of other things, or of several lengths
        return None
