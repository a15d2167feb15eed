"""From an experiment file to an `ExperimentConfig`, or to all of its mistakes at once."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from physdfa.config.checks import Kind, find_mistakes
from physdfa.config.choices import canonical
from physdfa.config.device_source import folders_of
from physdfa.config.device_table import read_device_table
from physdfa.config.raw import apply_override, parse_override, read_file, with_dotted_keys
from physdfa.config.schema import SECTIONS, ExperimentConfig
from physdfa.config.sections import read_section
from physdfa.errors import ConfigError, InputError, unknown_name
from physdfa.store.known_runs import looks_like_run
from physdfa.store.own_files import imports_of_run
from physdfa.trust import imports_as_named

_OPTIONAL = ("sweep", "search")


def load_config(
    path: str | Path, overrides: Sequence[str] = (), *, kind: Kind | None = None, data_dir: Path | None = None
) -> ExperimentConfig:
    """Read an experiment file.

    **Arguments:**

    - `overrides`: "key.path=value" each, as given to `--set`, or "--seed experiment.seed=3", as given to that option
      or to `--shard`; they replace what the file says.
    - `kind`: what the file is read for, "train", "sweep" or "search": the other two tables may then hold parameters
      that this rule does not use. Without it everything in the file is held to be used.
    - `data_dir`: where the files that the device names are looked for, after the working folder and that of the file.

    The modules that it names are imported, but for a file in a run folder as `read_run_config` does.

    **Raises:** `InputError` if there is no such file; `ConfigError` with every mistake in it.
    """
    folder = Path(path).parent
    with imports_of_run(folder) if looks_like_run(folder) else imports_as_named():
        return read_config(read_file(Path(path)), source=str(path), overrides=overrides, kind=kind, data_dir=data_dir)


def read_config(
    table: Mapping[str, Any],
    *,
    source: str = "config",
    overrides: Sequence[str] = (),
    kind: Kind | None = None,
    data_dir: Path | None = None,
) -> ExperimentConfig:
    """Check the tables of an experiment that are in memory already; the arguments and errors of `load_config`."""
    raw = with_dotted_keys(dict(table))
    mistakes, origins = [], dict[str, str]()
    for text in overrides:
        option, _, change = text.partition(" ") if text.startswith(("--seed ", "--shard ")) else ("--set", "", text)
        try:
            origins[apply_override(raw, *parse_override(change))] = option
        except InputError as error:
            mistakes.append(str(error))
    known = [*SECTIONS, "device"]
    mistakes += [f"{name}: {unknown_name('table', name, known)}" for name in raw if name not in known]

    # First what may choose other parts for the tables that come after.
    readings = {name: read_section(name, raw[name]) for name in _OPTIONAL if name in raw}
    ranges = {name: reading.section for name, reading in readings.items()}
    sections: dict[str, Any] = {}
    bad: set[str] = set()
    for name in SECTIONS:
        if name in _OPTIONAL and name not in raw:
            continue
        reading = readings.get(name) or read_section(name, raw.get(name, {}), **ranges)
        sections[name] = reading.section
        mistakes += reading.mistakes
        bad |= reading.bad
    if "device" in raw:
        sections["device"], device_mistakes = read_device_table(raw["device"], folders_of(source, data_dir))
        mistakes += device_mistakes
        bad |= {"device"} if device_mistakes else set()
    config = canonical(ExperimentConfig(**sections))
    mistakes += find_mistakes(config, kind, bad)
    if mistakes:
        raise ConfigError([_with_origin(mistake, origins) for mistake in mistakes], source)
    return config


def _with_origin(mistake: str, origins: Mapping[str, str]) -> str:
    option = next((one for path, one in origins.items() if mistake.startswith((f"{path} ", f"{path}:"))), "")
    return f"{mistake} (set by {option})" if option else mistake
