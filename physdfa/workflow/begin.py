"""The first moment of every run: its folder, with the config and the files and modules that the config names."""

from collections.abc import Mapping, Sequence
from pathlib import Path

from physdfa.config import ExperimentConfig, Kind, to_toml
from physdfa.errors import InputError
from physdfa.store import RunFolder, create_run
from physdfa.workflow.own_modules import own_sources
from physdfa.workflow.summary import compute_devices
from physdfa.workflow.where.place import Here, current_place


def begin_run(
    config: ExperimentConfig,
    kind: Kind,
    *,
    out_dir: Path,
    command_line: Sequence[str],
    known: Mapping[str, object] | None = None,
) -> RunFolder:
    """Make the run folder; it can be opened on another machine, without the files that it was made from.

    **Arguments:**

    - `known`: what its first summary says, beside kind, seed, rule and data set.
    """
    source = None if config.device is None else config.device.source
    if source is not None and source.plan is not None and not isinstance(current_place(), Here):
        raise InputError("device.instrument: one bench is driven by one process; leave out --ray.")
    run = create_run(
        out_dir,
        config.experiment.name,
        to_toml(config),
        command_line=command_line,
        kind=kind,
        compute_devices=compute_devices(),
        inputs=own_sources(config) | ({} if source is None else source.files()),
        known=known,
    )
    run.begin()
    return run
