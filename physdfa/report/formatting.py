"""Numbers as a reader wants them: percentages, durations, memory, parameter values."""

import math
from collections.abc import Mapping, Sequence

ABSENT = "–"
PREFIXES = {12: "T", 9: "G", 6: "M", 3: "k", 0: "", -3: "m", -6: "µ", -9: "n", -12: "p", -15: "f"}
"""SI prefixes by their power of ten."""


def as_number(value: object) -> float | None:
    """`value` as a finite float; None for anything that is not one (missing key, text, NaN)."""
    if isinstance(value, bool) or not isinstance(value, (int, float)):
        return None
    return float(value) if math.isfinite(value) else None


def as_numbers(values: object) -> list[float]:
    """The finite numbers of a list; empty for anything that is not a list."""
    if not isinstance(values, Sequence) or isinstance(values, str):
        return []
    return [number for number in map(as_number, values) if number is not None]


def accuracy(mean: object, std: object = None) -> str:
    """Fractions as `98.12 ± 0.05 %`; `–` where the mean is not a number."""
    value, spread = as_number(mean), as_number(std)
    if value is None:
        return ABSENT
    return f"{100 * value:.2f} %" if spread is None else f"{100 * value:.2f} ± {100 * spread:.2f} %"


def summary_accuracy(row: Mapping[str, object]) -> str:
    """The test accuracy of a summary, or of a row of its comparison; a single seed has no spread."""
    is_single = len(as_numbers(row.get("test_accuracies"))) == 1
    return accuracy(row.get("test_accuracy"), None if is_single else row.get("test_accuracy_std"))


def duration(seconds: object) -> str:
    """Seconds as `0.42 s`, `42.1 s`, `3 min 05 s` or `2 h 14 min`."""
    value = as_number(seconds)
    if value is None:
        return ABSENT
    if value < 9.995:  # below, so that no rounding gives 10.00 s or 60.0 s
        return f"{value:.2f} s"
    if value < 59.95:
        return f"{value:.1f} s"
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def memory(num_bytes: object) -> str:
    """Bytes as MiB or GiB."""
    value = as_number(num_bytes)
    if value is None:
        return ABSENT
    mebibytes = value / 2**20
    return f"{mebibytes:.0f} MiB" if mebibytes < 1024 else f"{mebibytes / 1024:.2f} GiB"


def count(value: object) -> str:
    """A whole number with thin groups of three, `12 345`."""
    number = as_number(value)
    return ABSENT if number is None else f"{round(number):,}".replace(",", "\u202f")


def parameter_value(value: object) -> str:
    """A parameter's value: numbers to five digits, anything else as it is."""
    number = as_number(value)
    if number is not None:
        return f"{number:.5g}"
    if isinstance(value, float):
        return ABSENT
    return str(value)


def scaled(largest: float, unit: str) -> tuple[float, str]:
    """(factor, unit with prefix) that bring values up to `largest` between 1 and 1000; without a unit, (1, "")."""
    magnitude = abs(largest)
    if not unit or magnitude == 0 or not math.isfinite(magnitude):
        return 1.0, unit
    # To four digits, as they are shown: 999.96 is 1000, which has the next prefix.
    power = 3 * math.floor(math.log10(float(f"{magnitude:.4g}")) / 3)
    power = min(max(power, min(PREFIXES)), max(PREFIXES))
    return 10.0**-power, PREFIXES[power] + unit


def engineering(value: float, unit: str) -> str:
    """A value in an SI unit to four digits, with the prefix that suits it: `1.25 mW`, `16 µs`."""
    factor, prefixed = scaled(value, unit)
    return f"{value * factor:.4g} {prefixed}".rstrip()


def decibels(value: float) -> str:
    """A level in dB to a tenth; `infinite` without an end."""
    return f"{value:.1f} dB" if math.isfinite(value) else ("infinite" if value > 0 else "minus infinite")
