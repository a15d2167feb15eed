"""`resume`: what finishes a run that stopped, in its own folder."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import cast

from physdfa.config import ExperimentConfig, Kind
from physdfa.errors import RunFolderError
from physdfa.store import RunFolder, open_run
from physdfa.workflow.changes import refuse_changes
from physdfa.workflow.own_modules import read_run_config
from physdfa.workflow.search import run_search
from physdfa.workflow.sweep import run_sweep
from physdfa.workflow.train import train

Work = Callable[..., RunFolder]
WORK: Mapping[str, Work] = {"train": train, "search": run_search, "sweep": run_sweep}


def resumable(
    path: Path, data_dir: Path | None, *, allow_changed: bool = False
) -> tuple[ExperimentConfig, Work] | None:
    """The config of a stopped run, and what finishes it. None if it is done already.

    **Arguments:**

    - `allow_changed`: go on although code, versions or devices are others; the summary then tells them.

    **Raises:** `RunFolderError` for a run of another kind, one that this version cannot read, or one whose modules,
    code, versions or devices have changed.
    """
    run = open_run(path)
    summary = run.read_summary()
    kind = cast(str, summary.get("kind"))
    if summary.get("status") == "done":
        return None
    if kind not in WORK:
        raise RunFolderError(f"{run.path} is a run of the kind '{kind}', that cannot be resumed.")
    config = read_run_config(run, cast(Kind, kind), data_dir=data_dir)
    refuse_changes(run, allow_changed=allow_changed)
    return config, partial(WORK[kind], resumed=run)
