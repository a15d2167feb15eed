"""Runs in the results folder of the same config, seeds and code: finished ones, and those that stopped."""

from collections.abc import Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any, cast

from physdfa.config import ExperimentConfig, to_toml
from physdfa.errors import RunFolderError
from physdfa.store import RunFolder, open_run
from physdfa.store.environment import running_code
from physdfa.store.known_runs import run_folders_of


def find_finished(
    out_dir: Path, config: ExperimentConfig, *, num_seeds: int, kind: str = "train", keys: Sequence[str] = ()
) -> RunFolder | None:
    """The newest finished run of this config whose summary has all `keys`; None where there is none.

    **Arguments:**

    - `num_seeds`: of its networks; 0: what the config says.

    A run of other code is none of these, even if the change cannot have mattered: nobody has checked.
    """
    for run, summary in runs_like(out_dir, config, num_seeds=num_seeds, kind=kind):
        if summary.get("status") == "done" and all(summary.get(key) is not None for key in keys):
            return run
    return None


def find_stopped(
    out_dir: Path, config: ExperimentConfig, *, num_seeds: int, said: Mapping[str, object], kind: str = "train"
) -> RunFolder | None:
    """The newest run of this config that stopped; None where there is none.

    **Arguments:**

    - `said`: what its summary must say.
    """
    for run, summary in runs_like(out_dir, config, num_seeds=num_seeds, kind=kind):
        is_same = all(summary.get(key) == value for key, value in said.items())
        if is_same and summary.get("status") != "done" and not run.is_running:
            return run
    return None


def runs_like(
    out_dir: Path, config: ExperimentConfig, *, num_seeds: int, kind: str
) -> Iterator[tuple[RunFolder, dict[str, Any]]]:
    """Runs of a kind of this config, seeds and code, each with its summary, the newest first."""
    folder = out_dir / config.experiment.name
    if not folder.is_dir():
        return
    text, code = to_toml(config), running_code()
    seeds = list(range(config.experiment.seed, config.experiment.seed + num_seeds))
    for path in reversed(run_folders_of(folder)):
        try:
            run = open_run(path)
            summary: dict[str, Any] = run.read_summary()
            made_by = cast(dict[str, Any], run.read_environment().get("code") or {})
        except RunFolderError:  # damaged: `physdfa verify` tells
            continue
        is_same = run.config_text() == text and (num_seeds == 0 or summary.get("seeds") == seeds)
        if is_same and made_by.get("sha256") == code and summary.get("kind") == kind:
            yield run, summary
