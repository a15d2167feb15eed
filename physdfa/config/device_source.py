"""What a `[device]` table takes from other files: a measurement, or a preset that `device fit --save` wrote."""

import os
import tomllib
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import lru_cache
from pathlib import Path
from typing import Any

from physdfa.bounded import TEXT_AT_MOST, archive_of, is_packed, read_bounded, read_packed
from physdfa.config.bundle import is_bundle
from physdfa.devices import PRESETS
from physdfa.devices.bench import BenchPlan
from physdfa.devices.measured import Measurement, read_measurement
from physdfa.errors import InputError, home_expanded
from physdfa.store import INPUTS
from physdfa.store.files import read_manifest, read_recorded
from physdfa.store.known_runs import looks_like_run
from physdfa.toml_text import load_toml

SOURCE_KEYS = ("measured", "x", "y", "setting_column", "x_unit", "y_unit", "repeat", "instrument")
"""The texts of a `[device]` table that say what is measured; `measured` is the file."""

REMEASURE_KEYS = ("remeasure_every", "remeasure_beyond")
"""The numbers of a `[device]` table that say when its instrument is measured again."""


@dataclass(frozen=True, kw_only=True)
class MeasurementSource:
    """A measurement as a config names it.

    - `measured`: the file as it was written.
    - `x`, `y`, `setting_column`: columns, by name or number; `x_unit`, `y_unit`: their units where the file is silent.
    - `repeat`: "mean", or the number of the repeat of each sweep direction that is kept.
    - `instrument`: the plan of the bench on which the device stands, as it was written; `plan`: what that says.
    - `remeasure_every`: epochs after which the device is measured again, >= 1; `remeasure_beyond`: the drift beyond
      which it is, as a share of the swing of its curve, > 0. With one of them the curve answers in training.
    - `path`: where the file was found; not part of the config.
    """

    measured: str
    x: str | None = None
    y: str | None = None
    setting_column: str | None = None
    x_unit: str | None = None
    y_unit: str | None = None
    repeat: str | None = None
    instrument: str | None = None
    remeasure_every: int | None = None
    remeasure_beyond: float | None = None
    path: Path = field(compare=False, repr=False)
    plan: BenchPlan | None = None

    @property
    def is_remeasured(self) -> bool:
        """Whether the device is measured again while a network trains, and its curve answers meanwhile."""
        return self.plan is not None and (self.remeasure_every, self.remeasure_beyond) != (None, None)

    def read(self) -> Measurement:
        """The measurement.

        **Raises:** `InputError` with file, line and column of what cannot be a measurement.
        """
        place = archive_of(self.path)
        file = self.path if place is None else place[0]
        changed = file.stat().st_mtime_ns if file.is_file() else 0
        return _read(
            str(self.path), changed, self.x, self.y, self.setting_column, self.x_unit, self.y_unit, self.repeat
        )

    def files(self) -> dict[str, bytes]:
        """What a run keeps of it, by name: the measurement, and the plan of its bench."""
        paths = [self.path, *([] if self.plan is None else [Path(self.plan.source)])]
        return {path.name: read_packed(path) for path in paths}

    def said(self) -> dict[str, Any]:
        """What a config says of it, by key."""
        return {name: value for name in (*SOURCE_KEYS, *REMEASURE_KEYS) if (value := getattr(self, name)) is not None}


@lru_cache(maxsize=16)
def _read(
    path: str,
    changed: int,
    x: str | None,
    y: str | None,
    setting: str | None,
    x_unit: str | None,
    y_unit: str | None,
    repeat: str | None,
) -> Measurement:
    del changed  # part of the cache's key: a file that was written again is read again
    return read_measurement(Path(path), x=x, y=y, setting=setting, x_unit=x_unit, y_unit=y_unit, repeat=repeat)


def folders_of(source: str | Path, data_dir: Path | None) -> tuple[Path, ...]:
    """Where the files named in the config at `source` are looked for, besides the working folder.

    The first is the `inputs/` of a run, if the config is that of a run folder.
    """
    beside = Path(source).parent
    found = [beside / INPUTS, beside]
    if data_dir is not None:
        found += [data_dir, data_dir / "device_measurements"]
    return tuple(found)


def is_file(path: Path) -> bool:
    """Whether there is such a file, or such a member of a zip archive: mine.zip/sweep.csv."""
    return os.path.isfile(path) or is_packed(path)


def find_file(name: str, folders: Sequence[Path], is_there: Callable[[Path], bool] = is_file) -> Path:
    """The file called `name`, wherever it lies. First comes what a run keeps in its inputs/, then the working folder,
    then the first of `folders` that has it. A run is repeated with what it was run with, whatever lies elsewhere by
    now. Of the path that a run names only the last name counts: it may be a stranger's, and lead anywhere.

    **Raises:** `InputError` that says where it was looked for, or that a run's own copy has changed.
    """
    asked = home_expanded(name)
    own = [folder / asked.name for folder in folders if folder.name == INPUTS]
    if any(looks_like_run(folder.parent) for folder in folders if folder.name == INPUTS):
        asked = Path(asked.name)
    candidates = [*own, asked, *(folder / asked for folder in folders if folder.name != INPUTS)]
    for candidate in candidates:
        if is_there(candidate):  # False, too, for what no file can be called
            if candidate in own and candidate.name in read_manifest(candidate.parent):
                read_recorded(candidate)
            return candidate
    looked = ", ".join(dict.fromkeys(f"'{candidate.parent}'" for candidate in candidates))
    raise InputError(f"there is no such file; looked in {looked}. Give its path, or the data folder with --data.")


def preset_path(preset: str, folders: Sequence[Path]) -> Path | None:
    """Where the file or bundle lies that `preset` means; None for the name of a preset.

    **Raises:** `InputError` as `find_file`, for a name that only a file or a bundle can have.
    """
    if preset in PRESETS:
        return None
    if preset.endswith((".toml", ".zip")):
        return find_file(preset, folders)
    try:
        return find_file(preset, folders, is_bundle)
    except InputError:
        if "/" in preset:
            raise
        return None  # an unknown name, which `check_device_table` tells with the nearest one


def read_preset_file(path: Path) -> dict[str, Any]:
    """The `[device]` table of a preset file.

    **Raises:** `InputError` if it is not TOML or has no such table.
    """
    try:
        table = load_toml(read_bounded(path, TEXT_AT_MOST).decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"is not a preset file: {error}.") from None
    device = table.get("device")
    if not isinstance(device, Mapping):
        raise InputError("is not a preset file: it has no table [device]. `physdfa device fit --save` writes one.")
    return dict(device)
