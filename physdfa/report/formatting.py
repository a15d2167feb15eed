"""Numbers as a reader wants them: three significant digits, SI prefixes, and a dash where there is none."""

import math
from collections.abc import Mapping, Sequence
from numbers import Real

ABSENT = "–"
DIGITS = 3
"""Significant digits of what was computed or measured."""
FEW_DIGITS = 2
"""Significant digits of an estimate, and of a share of a few dozen points."""
DIGITS_TO_COPY = 5
"""Significant digits of a value that a reader may write into a file of their own."""
LARGEST_IN_FULL = 1e6
"""Numbers from here on have an exponent; smaller ones show all their whole digits."""
PREFIXES = {12: "T", 9: "G", 6: "M", 3: "k", 0: "", -3: "m", -6: "µ", -9: "n", -12: "p", -15: "f"}
"""SI prefixes by their power of ten."""
WITHOUT_PREFIX = ("dB", "dBm", "deg", "degC")
"""Units that take no prefix, as do those that do not begin with a letter, such as 1/Hz."""


def as_number(value: object) -> float | None:
    """`value` as a finite float; None for anything that is not one (missing key, text, NaN)."""
    if isinstance(value, bool) or not isinstance(value, Real):
        return None
    return float(value) if math.isfinite(value) else None


def as_numbers(values: object) -> list[float]:
    """The finite numbers of a list; empty for anything that is not a list."""
    if not isinstance(values, Sequence) or isinstance(values, str):
        return []
    return [number for number in map(as_number, values) if number is not None]


def number(value: object, digits: int = DIGITS) -> str:
    """A number to `digits` significant digits: `0.0123`, `12.3`, `1235`; `–` for anything that is no number."""
    if value in (math.inf, -math.inf):
        return "infinite" if value == math.inf else "minus infinite"
    known = as_number(value)
    if known is None:
        return ABSENT
    if 10**digits <= abs(float(f"{known:.{digits}g}")) < LARGEST_IN_FULL:
        return f"{known:.0f}"
    return f"{known:.{digits}g}"


def percent(share: object, digits: int = DIGITS) -> str:
    """A share as `31.2 %`."""
    known = as_number(share)
    return ABSENT if known is None else f"{number(100 * known, digits)} %"


def accuracy(mean: object, std: object = None) -> str:
    """Fractions as `98.12 ± 0.05 %`, in hundredths of a point throughout; `–` where the mean is not a number."""
    value, spread = as_number(mean), as_number(std)
    if value is None:
        return ABSENT
    return f"{100 * value:.2f} %" if spread is None else f"{100 * value:.2f} ± {100 * spread:.2f} %"


def summary_accuracy(row: Mapping[str, object]) -> str:
    """The test accuracy of a summary, or of a row of its comparison; a single seed has no spread."""
    is_single = len(as_numbers(row.get("test_accuracies"))) == 1
    return accuracy(row.get("test_accuracy"), None if is_single else row.get("test_accuracy_std"))


def duration(seconds: object, digits: int = DIGITS) -> str:
    """Seconds as `421 ms`, `42.1 s`, `3 min 05 s` or `2 h 14 min`."""
    value = as_number(seconds)
    if value is None:
        return ABSENT
    if value < 59.95:  # below, so that no rounding gives 60 s
        return engineering(value, "s", digits)
    minutes, rest = divmod(round(value), 60)
    if minutes < 60:
        return f"{minutes} min {rest:02d} s"
    return f"{minutes // 60} h {minutes % 60:02d} min"


def memory(num_bytes: object) -> str:
    """Bytes as `72.4 MB` or `1.61 GB`."""
    value = as_number(num_bytes)
    return ABSENT if value is None else engineering(value, "B")


def count(value: object) -> str:
    """A whole number with thin groups of three, `12 345`."""
    known = as_number(value)
    return ABSENT if known is None else f"{round(known):,}".replace(",", "\u202f")


def parameter_value(value: object) -> str:
    """A parameter's value: numbers with the digits to copy, anything else as it is."""
    is_number = isinstance(value, Real) and not isinstance(value, bool)
    return number(value, DIGITS_TO_COPY) if is_number else str(value)


def with_error(value: float, error: float) -> str:
    """A value with its standard error, `4.691 ± 0.006`: two digits of the error, and equally many decimals.

    Without a known error the value has the digits to copy.
    """
    if not math.isfinite(value) or not math.isfinite(error) or error <= 0:
        return parameter_value(value)
    exponent = math.floor(math.log10(max(abs(value), error)))
    scale = 1.0 if -4 <= exponent < 5 else 10.0**exponent
    decimals = max(1 - math.floor(math.log10(error / scale)), 0)
    text = f"{value / scale:.{decimals}f} ± {error / scale:.{decimals}f}"
    return text if scale == 1.0 else f"({text})e{exponent:+03d}"


def scaled(largest: float, unit: str) -> tuple[float, str]:
    """(factor, unit with prefix) that bring values up to `largest` between 1 and 1000; (1, `unit`) without prefixes."""
    magnitude = abs(largest)
    if not unit[:1].isalpha() or unit in WITHOUT_PREFIX or magnitude == 0 or not math.isfinite(magnitude):
        return 1.0, unit
    # As it will be shown: 999.6 is 1000, which has the next prefix.
    power = 3 * math.floor(math.log10(float(f"{magnitude:.{DIGITS}g}")) / 3)
    power = min(max(power, min(PREFIXES)), max(PREFIXES))
    return 10.0**-power, PREFIXES[power] + unit


def engineering(value: float, unit: str, digits: int = DIGITS) -> str:
    """A value in an SI unit, with the prefix that suits it: `1.25 mW`, `16 µs`."""
    factor, prefixed = scaled(value, unit)
    return f"{number(value * factor, digits)} {prefixed}".rstrip()


def interval(ends: tuple[float, float], unit: str) -> str:
    """A range under one prefix, `0 to 9.41 V`. It has as many digits as tell its ends apart, `1.55 to 1.553 µm`."""
    factor, prefixed = scaled(max(ends, key=abs), unit)
    low, high = (end * factor for end in ends)
    span, largest = abs(high - low), max(abs(low), abs(high))
    finer = math.floor(math.log10(largest / span)) if 0 < span < largest < math.inf else 0
    return f"{number(low, DIGITS + finer)} to {number(high, DIGITS + finer)} {prefixed}".rstrip()


def decibels(value: float) -> str:
    """A level in dB to a tenth; `infinite` without an end."""
    return f"{value:.1f} dB" if math.isfinite(value) else number(value)
