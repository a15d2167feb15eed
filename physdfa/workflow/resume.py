"""`resume`: what finishes a run that stopped, in its own folder."""

from collections.abc import Callable, Mapping
from functools import partial
from pathlib import Path
from typing import Any, cast

import jax

from physdfa.config import ExperimentConfig, Kind
from physdfa.errors import RunFolderError
from physdfa.store import RunFolder, open_run
from physdfa.store.environment import changes_since
from physdfa.store.run_folder import RESUMABLE
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
    if kind not in RESUMABLE:
        raise RunFolderError(
            f"{run.path} is a run of the kind '{kind}'; trainings, searches and sweeps can be resumed. Start it again "
            "from its config.toml."
        )
    if summary.get("status") == "done":
        return None
    config = read_run_config(run, cast(Kind, kind), data_dir=data_dir)
    refuse_changes(run, allow_changed=allow_changed)
    return config, partial(WORK[kind], resumed=run)


def refuse_changes(run: RunFolder, *, allow_changed: bool) -> None:
    """Refuse to go on with other code, versions or fewer devices, or note them in the summary.

    **Raises:** `RunFolderError` with every difference.
    """
    summary: dict[str, Any] = run.read_summary()
    changes = changes_since(run.read_environment())
    if (before := summary.get("num_devices") or 1) > (now := jax.local_device_count()):
        changes.append(f"devices: {before} then, {now} now (--devices {before})")
    if changes and not allow_changed:
        raise RunFolderError(
            f"{run.path} was made with something else than what would go on with it, so it could end otherwise: "
            f"{'; '.join(changes)}. Put that back, or add --allow-changed."
        )
    if changes:
        run.write_summary({"changes": [*(summary.get("changes") or []), *changes]})
