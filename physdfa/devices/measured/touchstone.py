"""A frequency response in a Touchstone file, as network analysers write it, and the bandwidth in it.

**Source:** Touchstone File Format Specification 2.1 (IBIS Open Forum); read by scikit-rf.
"""

import importlib
import io
import math
import re
from dataclasses import dataclass
from pathlib import Path
from typing import Any, NamedTuple

import numpy as np

from physdfa.bounded import MIB, read_bounded
from physdfa.errors import InputError, MissingExtraError, shortened

AT_MOST = 32 * MIB
MOST_PORTS = 99
HALF_DB = 10.0 * math.log10(2.0)
"""The fall [dB] of 20 log10 |S| at f_3dB: to half of the power, to 0.71 of the amplitude."""
_NOT_LOW = 0.1  # of f_3dB: where a sweep should begin
_PEAK_DB = 0.5
_MISFIT_DB = 1.0
_PARAMETER = re.compile(r"s(?:(\d)(\d)|(\d{1,2}),(\d{1,2}))", re.IGNORECASE)
_PORTS = re.compile(r"^\s*\[number of ports\]\s*(\S+)", re.IGNORECASE | re.MULTILINE)
_ENDING = re.compile(r"\.(s\d{1,2}p|ts)", re.IGNORECASE)
_READ_ERRORS = (ValueError, IndexError, KeyError, TypeError, AttributeError, ArithmeticError, UnboundLocalError)


@dataclass(frozen=True, kw_only=True)
class FrequencyResponse:
    """What passes from one port to another, over frequency.

    - `frequency`: [points], rising [Hz]; `magnitude`: [points], |S| > 0.
    - `source`: the file; `parameter`: such as "S21", from port 1 to port 2; `ports`: how many the file has.
    """

    frequency: np.ndarray
    magnitude: np.ndarray
    source: str
    parameter: str
    ports: int


class Bandwidth(NamedTuple):
    """Where a response falls by 3 dB, and how far it is from a first-order low pass.

    - `level_db`: 20 log10 |S| at the lowest frequency [dB], against which it falls.
    - `f_3db` [Hz]; None where it does not fall so far.
    - `misfit_db`: largest distance from the first-order low pass of this f_3dB up to twice f_3dB [dB], at `misfit_at`
      [Hz].
    - `warnings`: what not to trust.
    """

    level_db: float
    f_3db: float | None
    misfit_db: float | None
    misfit_at: float | None
    warnings: tuple[str, ...]


def is_touchstone(path: Path) -> bool:
    """Whether a name ends as that of a Touchstone file does: .s1p to .s99p, or .ts."""
    return _ENDING.fullmatch(path.suffix) is not None


def read_touchstone(path: Path, parameter: str = "S21") -> FrequencyResponse:
    """The magnitude of one parameter of a Touchstone file of version 1 or 2.

    **Arguments:**

    - `parameter`: "S21" is what leaves port 2 of what enters port 1; beyond nine ports "S10,1".

    **Raises:** `InputError` for a file that is none, and for a parameter that it lacks or that is a reflection;
    `MissingExtraError` without the package `scikit-rf`.
    """
    reader = _reader()
    into, out_of = _ports_of(parameter)
    file = io.StringIO(_text_of(path))
    file.name = path.name  # whose ending tells the number of ports
    try:
        with np.errstate(all="ignore"):  # what overflows is refused below
            found = reader(file)
        _check_whole(found)
    except _READ_ERRORS as error:
        said = (" ".join(str(error).split()) or type(error).__name__).rstrip(".")
        raise InputError(
            f"{shortened(path)}: is no Touchstone file that can be read: {said}. Behind the line with # each frequency "
            "has two numbers for each pair of ports."
        ) from None
    ports = found.s.shape[1]
    if max(into, out_of) > ports:
        raise InputError(f"{shortened(path)}: has {ports} ports and no {parameter}; name another parameter by --y.")
    frequency, magnitude = np.asarray(found.f, float), np.abs(found.s[:, out_of - 1, into - 1])
    if len(frequency) < 2:
        raise InputError(f"{shortened(path)}: has {len(frequency)} frequencies; a response needs two or more.")
    if not (np.isfinite(frequency).all() and frequency[0] >= 0 and (np.diff(frequency) > 0).all()):
        raise InputError(f"{shortened(path)}: its frequencies must be numbers >= 0 Hz that rise from row to row.")
    if not (np.isfinite(magnitude).all() and (magnitude > 0).all()):
        row = int(np.argmin(np.isfinite(magnitude) & (magnitude > 0)))
        said = f"{parameter} at {frequency[row]:g} Hz is {magnitude[row]:g}"
        raise InputError(f"{shortened(path)}: {said}; it must be above 0 and finite.")
    return FrequencyResponse(
        frequency=frequency, magnitude=magnitude, source=path.name, parameter=parameter.upper(), ports=ports
    )


def bandwidth_of(response: FrequencyResponse) -> Bandwidth:
    """The frequency at which a response first falls by 3 dB below that at the lowest frequency.

    Between the two points around it, 20 log10 |S| is straight over log f.

    **Raises:** `InputError` for a response that first rises by more than 3 dB, which is no low pass.
    """
    frequency, level = response.frequency, 20.0 * np.log10(response.magnitude)
    fall = level - level[0]
    below = np.flatnonzero(fall <= -HALF_DB)
    first = int(below[0]) if below.size else len(fall)
    peak = int(np.argmax(fall[:first]))
    if fall[peak] > HALF_DB:
        raise InputError(
            f"{response.source}: {response.parameter} rises by {fall[peak]:.3g} dB from {frequency[0]:g} Hz to "
            f"{frequency[peak]:g} Hz before it falls, and is no low pass; delete the rows below its pass band."
        )
    warnings = []
    if fall[peak] > _PEAK_DB:
        place = f"{frequency[peak]:.4g} Hz"
        warnings.append(f"it peaks by {fall[peak]:.3g} dB at {place}; a first-order low pass does not.")
    if not below.size:
        return Bandwidth(float(level[0]), None, None, None, tuple(warnings))
    share = (-HALF_DB - fall[first - 1]) / (fall[first] - fall[first - 1])
    low, high = float(frequency[first - 1]), float(frequency[first])
    f_3db = low * (high / low) ** share if low > 0 else high * share
    if frequency[0] > _NOT_LOW * f_3db:
        place = f"{frequency[0]:.4g} Hz"
        warnings.append(f"the sweep begins at {place}, above a tenth of f_3dB: the level at rest is not known.")
    again = np.flatnonzero(fall[first:] > -HALF_DB)
    if again.size:
        place = f"{frequency[first + again[0]]:.4g} Hz"
        warnings.append(f"it comes back above the 3 dB at {place}; the first fall counts.")
    used = frequency <= 2.0 * f_3db
    distance = np.abs(fall[used] + 10.0 * np.log10(1.0 + (frequency[used] / f_3db) ** 2))
    worst = int(np.argmax(distance))
    if distance[worst] > _MISFIT_DB:
        warnings.append(
            f"a first-order low pass of this f_3dB, as the filter stage is, is up to {distance[worst]:.3g} dB away, "
            f"at {frequency[worst]:.4g} Hz."
        )
    return Bandwidth(float(level[0]), float(f_3db), float(distance[worst]), float(frequency[worst]), tuple(warnings))


def _ports_of(parameter: str) -> tuple[int, int]:
    """(port that is driven, port that is read) of a name such as "S21"."""
    named = _PARAMETER.fullmatch(parameter.strip())
    if named is None:
        raise InputError(f"--y {parameter}: names a parameter such as S21, what leaves port 2 of what enters port 1.")
    out_of, into = (int(number) for number in named.groups() if number is not None)
    if into == out_of or 0 in (into, out_of):
        raise InputError(f"--y {parameter}: is what a port reflects; name what passes through, such as S21.")
    return into, out_of


def _text_of(path: Path) -> str:
    """The text of a file that claims no more ports than there can be.

    **Raises:** `InputError` if it cannot be read.
    """
    try:
        content = read_bounded(path, AT_MOST, ordinary=True)
    except FileNotFoundError:
        raise InputError(f"{shortened(path)}: there is no such file.") from None
    except (OSError, ValueError) as error:
        said = getattr(error, "strerror", None) or error
        raise InputError(f"{shortened(path)}: the file cannot be read ({said}).") from None
    text = content.decode("utf-8-sig", errors="replace")  # comments may be in any encoding, numbers are ASCII
    for claimed in _PORTS.findall(text):
        if not claimed.isdecimal() or not 0 < int(claimed[:9]) <= MOST_PORTS:
            raise InputError(f"{shortened(path)}: claims {shortened(claimed)} ports; 1 to {MOST_PORTS} are read.")
    return text


def _check_whole(found: Any) -> None:
    """Refuse rows that do not hold a matrix. **Raises:** `ValueError`."""
    ports, rows = found.s.shape[1], len(found.f)
    numbers = found.s_flat.shape[1] if rows else ports**2
    if numbers not in (ports**2, ports * (ports + 1) // 2):
        raise ValueError(f"{numbers} parameters a frequency are no matrix of {ports} ports")


def _reader() -> Any:
    try:
        return importlib.import_module("skrf.io.touchstone").Touchstone
    except ImportError:
        raise MissingExtraError("scikit-rf", "touchstone") from None
