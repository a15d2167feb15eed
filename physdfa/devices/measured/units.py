"""Units as column headers write them, and the way from there to SI."""

import math
import re
from dataclasses import dataclass, replace

import numpy as np

_PREFIXES = {
    "": 1.0, "f": 1e-15, "p": 1e-12, "n": 1e-9, "u": 1e-6, "µ": 1e-6, "μ": 1e-6, "m": 1e-3, "c": 1e-2, "k": 1e3,
    "M": 1e6, "G": 1e9, "T": 1e12,
}  # fmt: skip
_BASES = ("V", "A", "W", "m", "Hz", "s", "K", "rad", "Ω")
_WORDS = {
    "volt": "V", "ampere": "A", "amp": "A", "watt": "W", "second": "s", "sec": "s", "hertz": "Hz", "kelvin": "K",
    "ohm": "Ω", "meter": "m", "metre": "m", "radian": "rad", "degree": "deg", "celsius": "degC", "percent": "%",
}  # fmt: skip
_PREFIX_WORDS = {"milli": "m", "micro": "u", "nano": "n", "pico": "p", "kilo": "k", "mega": "M", "giga": "G"}
# Words that are units at the end of a name too: a power_meter and a lock-in's amp are none.
_WORDS_IN_NAMES = ("volt", "watt", "ampere", "amperes", "volts", "watts", "amps", "seconds", "hertz", "ohms")
_WORDS_AS_NAMES = (*_WORDS_IN_NAMES, "second", "amp", "ohm")
COUNTS = ("sequence", "sample", "samples", "point", "points", "index")
"""Units, as oscilloscopes write them, of a column that only counts its rows."""

LONGEST_NAME = 500
"""Letters of a column's name: the patterns below take time with their cube."""
_BRACKETS_LAST = re.compile(r"(.*?)[\s_/]*[(\[]([^()\[\]]*)[)\]]()")
_BRACKETS_WITHIN = re.compile(r"(.*?)[\s_/]*[(\[]([^()\[\]]*)[)\]](.+)")
_PURE = ("", "1", "-", "a.u.", "a. u.", "au", "arb.", "arb", "arb.u.", "arb. u.", "arb.units", "counts", "ratio")
_DECIBELS = {"dbm": ("W", 1e-3), "dbw": ("W", 1.0), "db": ("", 1.0)}
# A letter after one of these names the port, not amperes or volts.
_NUMBERED_THINGS = ("port", "ch", "channel", "arm", "detector", "output", "input", "sensor", "electrode", "side")


@dataclass(frozen=True)
class Unit:
    """A written unit.

    **Arguments:**

    - `symbol`: as written; `si`: the SI unit it is converted to, "" for a pure number or arbitrary units.
    - `factor`, `offset`: SI value = factor * value + offset, or factor * 10^(value / 10) if `decibels`.
    """

    symbol: str
    si: str
    factor: float
    offset: float = 0.0
    decibels: bool = False

    def to_si(self, values: np.ndarray) -> np.ndarray:
        """`values` in the SI unit; an overflow is infinite."""
        if self.decibels:
            with np.errstate(over="ignore"):
                return self.factor * 10.0 ** (values / 10.0)
        return self.factor * values + self.offset


def unit_of(symbol: str) -> Unit | None:
    """The unit called `symbol` (V, mA, nm, GHz, dBm, %, degC, a.u., volts, milliwatt, ...), or None."""
    symbol = symbol.strip()
    if short := _short_for(symbol.lower()):
        return replace(unit, symbol=symbol) if (unit := unit_of(short)) else None
    if symbol.lower() in (*_PURE, *COUNTS):
        return Unit(symbol, "", 1.0)
    if symbol.lower() in _DECIBELS:
        return Unit(symbol, *_DECIBELS[symbol.lower()], decibels=True)
    if symbol == "%":
        return Unit(symbol, "", 1e-2)
    if symbol in ("°C", "degC", "deg_C", "C"):
        return Unit(symbol, "K", 1.0, offset=273.15)
    if symbol in ("deg", "°"):
        return Unit(symbol, "rad", math.pi / 180.0)
    symbol_in_si = symbol.replace("\u2126", "Ω").replace("Ohm", "Ω")
    for base in _BASES:
        if symbol_in_si.endswith(base) and symbol_in_si[: -len(base)] in _PREFIXES:
            return Unit(symbol, base, _PREFIXES[symbol_in_si[: -len(base)]])
    return None


def _short_for(word: str) -> str | None:
    """`mV` for `millivolts`; None for what is no unit in words."""
    prefix = next((long for long in _PREFIX_WORDS if word.startswith(long) and word != long), "")
    rest = word.removeprefix(prefix)
    singular = rest if rest in _WORDS else rest.removesuffix("s")
    short = _WORDS.get(singular)
    return None if short is None else _PREFIX_WORDS.get(prefix, "") + short


def _is_word(symbol: str) -> bool:
    return symbol.lower() in COUNTS or _short_for(symbol.lower()) is not None


def split_name(name: str) -> tuple[str, Unit | None]:
    """A column name without its unit, and that unit: `bias_V`, `P (mW)`, `power [dBm]`, `I/mA`, `U in V`.

    Without a unit, or longer than `LONGEST_NAME`: the name as it stands, and None.
    """
    name = name.strip()
    if len(name) > LONGEST_NAME:
        return name, None
    for pattern in (_BRACKETS_LAST, _BRACKETS_WITHIN):
        if bracketed := pattern.fullmatch(name):
            unit = unit_of(bracketed[2])
            return (bracketed[1] + bracketed[3], unit) if unit and bracketed[2].strip() else (name, None)
    if channel := re.fullmatch(r"(CH\d+)([mu]?[VAW])", name):  # CH1V, as Rigol writes it
        return channel[1], unit_of(channel[2])
    if tail := re.fullmatch(r"(.+?)(?:_|\s*/\s*|\s+in\s+|\s+)([^\s_/]+)", name):
        unit = unit_of(tail[2])
        last_word = re.split(r"[\s_]", tail[1].lower())[-1]
        names_a_port = len(tail[2]) == 1 and last_word in _NUMBERED_THINGS
        is_temperature = tail[2] != "C" or "temp" in tail[1].lower() or tail[1].lower() == "t"
        is_written_so = tail[2].lower() in _WORDS_IN_NAMES or not _is_word(tail[2])
        if unit and is_written_so and not tail[2].isdigit() and tail[2] != "-" and not names_a_port and is_temperature:
            return tail[1], unit
    elif name != "C" and not name.isdigit() and name != "-" and (unit := unit_of(name)) and name:
        return (name, unit) if name.lower() in _WORDS_AS_NAMES or not _is_word(name) else (name, None)
    return name, None
