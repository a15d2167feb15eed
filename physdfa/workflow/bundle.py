"""`device export`: a device as others can use it, a folder or zip archive with `device.toml` and its curve."""

import contextlib
import io
import re
import secrets
import shutil
import zipfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

import tomli_w

from physdfa.config import load_config
from physdfa.config.bundle import DEVICE_TOML, checked, is_bundle, read_bundle
from physdfa.config.device_table import device_warnings
from physdfa.config.raw import read_file
from physdfa.config.schema import DeviceSection
from physdfa.config.write import table_of_device
from physdfa.devices import PRESETS
from physdfa.errors import InputError, unknown_name
from physdfa.store.files import PARTIAL, write_output, writing
from physdfa.workflow.device import device_section, given_values, is_measurement
from physdfa.workflow.measured_device import MeasuredOptions


def export_bundle(
    name: str,
    out: Path,
    about: Mapping[str, str],
    *,
    overrides: Sequence[str] = (),
    measured: MeasuredOptions,
    data_dir: Path | None = None,
) -> list[str]:
    """Write the device called `name` as a bundle at `out`. The answer is what not to trust, a sentence each.

    **Arguments:**

    - `name`: a measurement, a preset, a preset file, a bundle, or an experiment file.
    - `out`: a folder that is not there yet; a zip archive if it ends in .zip.
    - `about`: the entries of `[bundle]`.
    - `measured`, `overrides`, `data_dir`: as for `device_subject`.

    **Raises:** `InputError` for a device that no bundle can hold, words that are missing, and where `out` is taken.
    """
    if out.exists():
        raise InputError(f"{out}: exists; name another folder or .zip file, or remove it first.")
    section, provenance = _device(name, overrides, measured, data_dir)
    table: dict[str, Any] = {"bundle": dict(about), "device": table_of_device(section)}
    if provenance:
        table["provenance"] = dict(provenance)
    files: dict[str, bytes] = {}
    if section.source is not None:
        files = section.source.files()
        table["device"]["measured"] = section.source.path.name
    checked(table, out, str(out))
    files = {DEVICE_TOML: tomli_w.dumps(table).encode(), **files}
    if out.suffix == ".zip":
        write_output(out, _packed(files))
    else:
        _write_folder(out, files)
    return list(device_warnings(section))


def _device(
    name: str, overrides: Sequence[str], measured: MeasuredOptions, data_dir: Path | None
) -> tuple[DeviceSection, Mapping[str, Any]]:
    """The section of the device, and the provenance that its file states."""
    path = Path(name)
    bundled = name not in PRESETS and is_bundle(path)
    if name not in PRESETS and not bundled and is_measurement(path):
        return device_section({**measured.table(path), **given_values(overrides)}, name, data_dir), {}
    if measured.given:
        raise InputError(
            f"{', '.join(measured.given)}: say how a measurement is read, and '{name}' is none; leave them out."
        )
    if re.fullmatch(r"[\w.]+:\w+", name):
        raise InputError(f"{name}: is a class, and a bundle holds numbers alone; publish the class as a package.")
    if name not in PRESETS and not bundled and path.suffix != ".toml":
        raise InputError(
            f"{unknown_name('device preset', name, list(PRESETS))} A path is that of a measurement (.csv, .txt), of an "
            "experiment or preset file (.toml), or of a bundle."
        )
    table = {} if name in PRESETS or bundled else read_file(path)
    if "experiment" in table:
        section = load_config(path, overrides, kind="train", data_dir=data_dir).device
        if section is None:
            raise InputError(f"{name}: has no [device] to export.")
        return section, {}
    section = device_section({"preset": name, **given_values(overrides)}, name, data_dir)
    return section, read_bundle(path).provenance if bundled else table.get("provenance", {})


def _packed(files: Mapping[str, bytes]) -> bytes:
    """A zip archive of the files; the same bytes for the same files."""
    content = io.BytesIO()
    with zipfile.ZipFile(content, "w", zipfile.ZIP_DEFLATED) as archive:
        for name, data in files.items():
            member = zipfile.ZipInfo(name)
            member.compress_type, member.external_attr = zipfile.ZIP_DEFLATED, 0o644 << 16
            archive.writestr(member, data)
    return content.getvalue()


def _write_folder(out: Path, files: Mapping[str, bytes]) -> None:
    """A folder that appears whole, under its name, or not at all."""
    partial = out.with_name(f".{secrets.token_hex(8)}{PARTIAL}")
    with writing(out):
        try:
            partial.mkdir(parents=True)
            for name, data in files.items():
                (partial / name).write_bytes(data)
            partial.rename(out)
        finally:
            with contextlib.suppress(OSError):
                shutil.rmtree(partial)
