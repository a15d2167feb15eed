"""The user's own modules of a run: kept in its folder, and compared before it goes on."""

from collections.abc import Sequence
from pathlib import Path

from physdfa.config import ExperimentConfig, Kind, read_config
from physdfa.config.choices import CHOICES, chosen_names, varied_names
from physdfa.config.raw import parse
from physdfa.data.own_arrays import is_path
from physdfa.errors import RunFolderError
from physdfa.parts.own import module_file, shown_path, split_name
from physdfa.store import INPUTS, RunFolder
from physdfa.store.own_files import SUFFIX, changed_modules, imports_of_run


def own_modules(config: ExperimentConfig) -> list[str]:
    """The modules of every "module:Class" that a config names, those of its candidates among them."""
    names = [] if config.device is None else list(config.device.stages)
    for section, choices in CHOICES.items():
        names += [name for _, name in chosen_names(config, section)]
        for choice in choices:
            names += [str(name) for name in varied_names(config.sweep, config.search, choice.key)]
    return list(dict.fromkeys(split_name(name)[0] for name in names if ":" in name and not is_path(name)))


def own_sources(config: ExperimentConfig) -> dict[str, bytes]:
    """The source files of those modules, by the name under which a run keeps each: "bench.py"."""
    files = {module: module_file(module) for module in own_modules(config)}
    return {f"{module}{SUFFIX}": file.read_bytes() for module, file in files.items() if file and file.suffix == SUFFIX}


def read_run_config(
    run: RunFolder, kind: Kind, *, overrides: Sequence[str] = (), data_dir: Path | None = None
) -> ExperimentConfig:
    """The config of a run whose own modules are those that it was made with; others are not imported untrusted.

    **Raises:** `RunFolderError` for a module that has changed since; `ConfigError` as `read_config`, and for a module
    of which the run keeps no copy.
    """
    source = str(run.path / "config.toml")
    check_own_modules(run)
    with imports_of_run(run.path):
        return read_config(
            parse(run.config_text(), source), source=source, overrides=overrides, kind=kind, data_dir=data_dir
        )


def check_own_modules(run: RunFolder) -> None:
    """Compare the modules that a run keeps with those that would be imported now.

    **Raises:** `RunFolderError` with the file, and what can be done.
    """
    for module, file in changed_modules(run.path).items():
        raise RunFolderError(
            f"{shown_path(str(file))} has changed since {run.path} was made with it; put back what is kept as "
            f"{run.path / INPUTS / module}{SUFFIX}, or begin a new run: physdfa {run.read_summary().get('kind')} "
            f"{run.path / 'config.toml'}"
        )
