"""A device that somebody published: a folder or a zip archive with `device.toml` and the curve that this names.

    [bundle]
    name = "my_modulator"
    source = "A. Author et al., doi:10.1000/182"
    license = "CC-BY-4.0"
    [device]
    measured = "sweep.csv"
    outside = "hold"

It may come from a stranger. Nothing outside of it is read, no module imported and no instrument driven.
"""

import tomllib
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath
from typing import Any, NamedTuple

from physdfa.bounded import TEXT_AT_MOST, UNREADABLE_ZIP, read_packed
from physdfa.config.tables import flatten
from physdfa.devices import PRESETS
from physdfa.devices.measured.text import AT_MOST
from physdfa.errors import InputError, shortened, unknown_name
from physdfa.harmless import for_terminal
from physdfa.toml_text import load_toml

DEVICE_TOML = "device.toml"
NEEDED = ("name", "source", "license")
KNOWN = (*NEEDED, "description", "assumed")
"""Keys of `[bundle]`, all text: what it is called, who says so, under which license others may use it."""
TABLES = ("bundle", "device", "provenance")
WORDS_AT_MOST = 2000
"""Signs of an entry of `[bundle]`."""


class Bundle(NamedTuple):
    """A bundle that was read.

    - `root`: where its files lie: the folder, or a path into the archive such as mine.zip/mine. `named`: that, as the
      user named the bundle.
    - `about`: `[bundle]`; `device`: `[device]`; `provenance`: `[provenance]`, empty without one.
    """

    root: Path
    named: str
    about: dict[str, str]
    device: dict[str, Any]
    provenance: dict[str, Any]

    def file(self, name: str) -> Path:
        """The file of the bundle called `name`, which may lie in a folder of it.

        **Raises:** `InputError` for a path that leads out of the bundle, by a link as well, and for no file.
        """
        path = PurePosixPath(name)
        found = self.root / path
        leads_out = path.is_absolute() or ".." in path.parts or "\\" in name or "\0" in name
        if leads_out or (found.exists() and not found.resolve().is_relative_to(self.root.resolve())):
            raise InputError("leads out of the bundle; put the file beside device.toml and give its name alone.")
        try:
            read_packed(found, AT_MOST, ordinary=True)
        except (OSError, ValueError) as error:
            raise InputError(f"cannot be read in the bundle: {getattr(error, 'strerror', None) or error}.") from None
        return found


def is_bundle(path: str | Path) -> bool:
    """Whether a path that a user names is a bundle: a zip archive, or a folder with `device.toml`."""
    path = Path(path)
    return path.suffix == ".zip" or (path / DEVICE_TOML).is_file()


def read_bundle(path: Path, named: str = "") -> Bundle:
    """The bundle at `path`, which the user has `named` so.

    **Raises:** `InputError` with what is wrong in it, the file named.
    """
    root = _root_of_archive(path) if path.suffix == ".zip" else path
    try:
        text = read_packed(root / DEVICE_TOML, TEXT_AT_MOST, ordinary=True).decode("utf-8-sig")
        table = load_toml(text)
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        said = getattr(error, "strerror", None) or error
        raise InputError(f"is no bundle: its {DEVICE_TOML} cannot be read: {said}.") from None
    return checked(table, root, (Path(named or path) / root.relative_to(path)).as_posix())


def checked(table: Mapping[str, Any], root: Path, named: str) -> Bundle:
    """The bundle of the tables in `device.toml`.

    **Raises:** `InputError` for another table or key, for words that are missing, and for what no bundle may do.
    """
    place = f"{DEVICE_TOML} of the bundle: "
    for name in table:
        if name not in TABLES:
            raise InputError(f"{place}{unknown_name('table', for_terminal(name), TABLES)}")
    about, device, provenance = (table.get(name, {}) for name in TABLES)
    if not all(isinstance(one, Mapping) for one in (about, device, provenance)):
        raise InputError(f"{place}[bundle], [device] and [provenance] must be tables.")
    for key, value in about.items():
        if key not in KNOWN:
            raise InputError(f"{place}{unknown_name('key of [bundle]', for_terminal(key), KNOWN)}")
        if not isinstance(value, str) or not 0 < len(value) <= WORDS_AT_MOST:
            raise InputError(f"{place}bundle.{key} must be text of 1 to {WORDS_AT_MOST} signs.")
    missing = [f"bundle.{key}" for key in NEEDED if key not in about]
    if missing:
        raise InputError(
            f"{place}{', '.join(missing)} is missing; who uses it must know what it is, whose, and what is allowed."
        )
    if not device:
        raise InputError(f"{place}the table [device] is missing; it says what the device is.")
    flat = dict(flatten(device))
    _check_harmless(flat, place)
    return Bundle(root, named, dict(about), flat, dict(provenance))


def _check_harmless(device: Mapping[str, Any], place: str) -> None:
    """Refuse what a stranger's numbers have no business with."""
    if "instrument" in device:
        raise InputError(f"{place}device.instrument would drive an instrument, which a bundle must not; leave it out.")
    stages, preset = device.get("stages"), device.get("preset")
    for stage in stages if isinstance(stages, list) else ():
        if isinstance(stage, str) and ":" in stage:
            raise InputError(
                f"{place}the stage {shortened(for_terminal(stage))} is a class, whose module would be run; a bundle "
                "holds numbers alone. Publish the class as a package, and name it in the experiment."
            )
    if isinstance(preset, str) and preset not in PRESETS:
        raise InputError(f"{place}device.preset: {unknown_name('device preset', for_terminal(preset), tuple(PRESETS))}")


def _root_of_archive(path: Path) -> Path:
    """The place of `device.toml` in an archive: at its top, or in the one folder there."""
    try:
        with zipfile.ZipFile(path) as archive:
            names = archive.namelist()
    except OSError as error:
        raise InputError(f"cannot be read: {error.strerror or error}.") from None
    except (*UNREADABLE_ZIP, ValueError, NotImplementedError) as error:
        raise InputError(f"is no zip archive that can be read: {error}.") from None
    folders = [name.split("/") for name in names if name == DEVICE_TOML or name.endswith(f"/{DEVICE_TOML}")]
    folders = [parts for parts in folders if len(parts) <= 2 and parts[0] not in ("__MACOSX", "..", ".", "")]
    if [DEVICE_TOML] in folders:
        return path
    if len(folders) != 1:
        found = "no" if not folders else "more than one"
        raise InputError(f"is no bundle: it has {found} {DEVICE_TOML} at its top or in a folder there.")
    return path / folders[0][0]
