"""`resume`: what finishes a search or sweep that stopped, in its own folder."""

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import cast

from physdfa.config import ExperimentConfig, Kind
from physdfa.errors import RunFolderError
from physdfa.store import RunFolder, open_run
from physdfa.store.run_folder import RESUMABLE
from physdfa.workflow.own_modules import read_run_config
from physdfa.workflow.search import run_search
from physdfa.workflow.sweep import run_sweep

Work = Callable[..., RunFolder]


def resumable(path: Path, data_dir: Path | None) -> tuple[ExperimentConfig, Work] | None:
    """The config of a stopped search or sweep, and what finishes it. None if it is done already.

    **Raises:** `RunFolderError` for a run of another kind, one that this version cannot read, or one of
    whose modules has changed.
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
    config = read_run_config(run, cast(Kind, kind), data_dir=data_dir)
    return config, partial(run_search if kind == "search" else run_sweep, resumed=run)
