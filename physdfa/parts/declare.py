"""The one declaration of a part's number: it feeds validation, help, gene bounds and data sheets.

    v_pi: ParameterValue = parameter(default=4.7, unit="V", low=0.0, low_open=True, typical=(3.0, 7.0),
                                     meaning="the half-wave voltage")
    reference: str = option(default="zero", choices=("zero", "balanced"), meaning="what is subtracted")

A `parameter` is a number that a search may vary: an array leaf. An `option` is structure: static, and compiled in.
"""

import dataclasses
import math
from collections.abc import Sequence
from typing import Any, Literal

import equinox as eqx
import numpy as np
from jax.core import Tracer
from jaxtyping import Array, Float

from physdfa.arrays import as_scalar
from physdfa.errors import InputError

ParameterValue = Float[Array, "..."]
"""A scalar leaf; in a population, one with leading axes."""

_SMALLEST_NORMAL = float(np.finfo(np.float32).tiny)


@dataclasses.dataclass(frozen=True, kw_only=True)
class Parameter:
    """What a number of a part means, and what it may be.

    **Arguments:**

    - `name`: as in a config; dotted (`mach_zehnder.v_pi`) in a cascade.
    - `default`: the value when none is given; None where the device finds it itself.
    - `unit`: SI symbol, or dB; empty for a pure number and for units of the membrane potential.
    - `low`, `high`: the range; `low_open`, `high_open`: whether that end itself is excluded.
    - `typical`: a finite interval of ordinary values inside the range, for plots, sensitivity and effect checks.
    - `meaning`: one line, completing "`v_pi` is ...".
    - `whole`: whether it counts something (bits, updates): whole numbers only.
    - `otherwise`: what the part takes where none is given and there is no default: "the threshold".
    - `place`: "input" or "output" of a device, for a place on the axis of that signal (a bias, an offset). Its zero
      means nothing, so it spreads by a share of the span of that signal; empty for what spreads by a share of itself.
    """

    name: str
    default: float | None
    unit: str
    low: float
    high: float
    low_open: bool
    high_open: bool
    typical: tuple[float, float]
    meaning: str
    whole: bool = False
    otherwise: str = ""
    place: str = ""

    @property
    def allowed(self) -> str:
        """The range in words: "> 0 V", "between 0 and 1", "finite"."""
        unit = f" {self.unit}" if self.unit else ""
        ends = []
        if self.low > -math.inf:
            ends.append(f"{'>' if self.low_open else '>='} {self.low:g}")
        if self.high < math.inf:
            ends.append(f"{'<' if self.high_open else '<='} {self.high:g}")
        if not ends:
            return "finite"
        return (
            ("a whole number " if self.whole else "")
            + " and ".join(ends)
            + unit
            + ("" if self.high < math.inf or not self.high_open else " and finite")
        )

    def mistake(self, value: object) -> str | None:
        """The sentence for a value that cannot be used, or None; each element of a population is looked at."""
        unit = f" {self.unit}" if self.unit else ""
        if value is None and self.default is None:
            return None
        try:
            if isinstance(value, (bool, str, list, tuple)) or value is None:
                raise TypeError
            with np.errstate(over="ignore"):
                values = np.asarray(value).astype(np.float32)
        except (TypeError, ValueError, OverflowError):
            unit = unit and f" [{self.unit}]"
            return f"`{self.name}` is {self.meaning} and must be a number{unit}; got {value!r}."
        # Processors compute with denormal numbers as with zero, so they pass as zero here, too.
        values = np.where(np.abs(values) < _SMALLEST_NORMAL, np.float32(0), values)
        low, high = np.float32(self.low), np.float32(self.high)
        too_low = values <= low if self.low_open else values < low
        too_high = values >= high if self.high_open else values > high
        wrong = np.isnan(values) | too_low | too_high
        if self.whole:
            wrong |= values != np.round(values)
        if not wrong.any():
            return None
        # As it was written, where that is one number: 1e39 is inf only after its conversion.
        shown = value if isinstance(value, (int, float)) else values[wrong].flat[0]
        return f"`{self.name}` is {self.meaning} and must be {self.allowed}; got {shown:g}{unit}."


@dataclasses.dataclass(frozen=True, kw_only=True)
class Option:
    """A choice that fixes a part's structure.

    **Arguments:**

    - `name`, `default`, `meaning`: as for `Parameter`.
    - `choices`: the names allowed; empty for a flag, for an integer from `low` to `high`, or for a list of numbers
      (default None). With the default None the part decides by itself.
    """

    name: str
    default: object
    choices: tuple[str, ...]
    low: int
    high: int
    meaning: str

    def mistake(self, value: object) -> str | None:
        """The sentence for a value that cannot be used, or None."""
        if value is None and self.default is None:
            return None
        if self.choices:
            allowed, fits = f"one of {', '.join(self.choices)}", isinstance(value, str) and value in self.choices
        elif isinstance(self.default, bool):
            allowed, fits = "true or false", isinstance(value, bool)
        elif isinstance(self.default, int):
            allowed = f"a whole number from {self.low} to {self.high}"
            is_whole = isinstance(value, (int, np.integer)) and not isinstance(value, bool)
            fits = is_whole and self.low <= int(value) <= self.high  # pyright: ignore[reportArgumentType]
        else:
            allowed, fits = "a list of finite numbers", _are_finite_numbers(value)
        return None if fits else f"`{self.name}` is {self.meaning} and must be {allowed}; got {value!r}."


def _are_finite_numbers(value: object) -> bool:
    if isinstance(value, str) or not isinstance(value, (Sequence, np.ndarray, Array)):
        return False
    try:
        numbers = np.asarray(value, dtype=np.float64)
    except (TypeError, ValueError):
        return False
    # A row of numbers as a person writes it; an array may carry population axes before it.
    has_rank = numbers.ndim == 1 if isinstance(value, Sequence) else numbers.ndim >= 1
    return has_rank and numbers.size > 0 and bool(np.abs(numbers).max() <= np.finfo(np.float32).max)


def _as_value(value: Any) -> Array | None:
    """A float32 leaf, or None for a value that the device finds itself; overflow is left to the range check."""
    if value is None:
        return None
    try:
        with np.errstate(over="ignore"):
            return as_scalar(value)
    except (TypeError, ValueError):
        raise InputError(f"a parameter must be a number; got {value!r}.") from None


def parameter(
    *,
    default: float | int | None,
    unit: str,
    low: float | int = -math.inf,
    high: float | int = math.inf,
    low_open: bool = False,
    high_open: bool | None = None,
    typical: tuple[float | int, float | int] | None = None,
    meaning: str,
    whole: bool = False,
    otherwise: str = "",
    place: Literal["", "input", "output"] = "",
) -> Any:
    """An equinox field for a number that a search may vary; the arguments are those of `Parameter`.

    An infinite end is excluded unless `high_open=False` says that infinity itself is meant (an ideal extinction ratio).
    Without `typical`, it is the range where that is finite, else values around the default.

    **Raises:** `InputError` for a default that is no number, or lies outside of the range.
    """
    if isinstance(default, bool | str) or not isinstance(default, int | float | np.number | None):
        raise InputError(
            f"the default of a parameter is a number, or None; got {default!r}. A choice, a flag or a list is a "
            "pf.option."
        )
    low, high, default = float(low), float(high), None if default is None else float(default)
    low_open = low_open or low == -math.inf
    high_open = high == math.inf if high_open is None else high_open
    if typical is None:
        typical = _ordinary_values(default, (low, low_open), (high, high_open), whole=whole)
    declared = Parameter(
        name="",
        default=default,
        unit=unit,
        low=low,
        high=high,
        low_open=low_open,
        high_open=high_open,
        typical=(float(typical[0]), float(typical[1])),
        meaning=meaning,
        whole=whole,
        otherwise=otherwise,
        place=place,
    )
    if mistake := dataclasses.replace(declared, name="default").mistake(default):
        raise InputError(f"the default of a parameter lies outside of its own range: {mistake}")
    return eqx.field(converter=_as_value, default=default, metadata={"declared": declared})


def _ordinary_values(
    default: float | None, low: tuple[float, bool], high: tuple[float, bool], *, whole: bool
) -> tuple[float, float]:
    """Two values inside the range (end, whether it is excluded): its finite ends, else half and double the default.

    An excluded end is left by a twentieth of the interval; around a default of 0, and without one, the interval is 1
    wide to each side.
    """
    (first, first_open), (last, last_open) = low, high
    if math.isinf(first) and math.isinf(last):
        middle = default or 0.0
        first, last = middle - (abs(middle) or 1.0), middle + (abs(middle) or 1.0)
    elif math.isinf(last):
        reach = (default if default is not None and math.isfinite(default) else first) - first
        first, last = (first + reach / 2, first + 2 * reach) if reach > 0 else (first, first + 1.0)
    elif math.isinf(first):
        reach = last - (default if default is not None and math.isfinite(default) else last)
        first, last = (last - 2 * reach, last - reach / 2) if reach > 0 else (last - 1.0, last)
    inset = 1.0 if whole else 0.05 * (last - first)
    first += inset if first_open and first == low[0] else 0.0
    last -= inset if last_open and last == high[0] else 0.0
    return (float(math.ceil(first)), float(math.floor(last))) if whole else (first, last)


def option(
    *,
    default: object,
    choices: tuple[str, ...] = (),
    low: int = 1,
    high: int = 64,
    meaning: str,
    static: bool = True,
) -> Any:
    """An equinox field for a choice that fixes the structure; the arguments are those of `Option`.

    `static=False` is for a list of numbers: its length is structure, the numbers are a leaf.

    **Raises:** `InputError` for a default that no option can have.
    """
    if mistake := _option_mistake(default, choices, low, high):
        raise InputError(mistake)
    declared = Option(name="", default=default, choices=choices, low=low, high=high, meaning=meaning)
    return eqx.field(static=static, default=default, metadata={"declared": declared})


def _option_mistake(default: object, choices: tuple[str, ...], low: int, high: int) -> str | None:
    """Why there can be no such option, in one sentence."""
    kinds = "an option is a choice (choices=(...)), a flag, a whole number (low=, high=) or a list of numbers"
    if isinstance(choices, str):
        return f"the choices of an option are several names, ({choices!r}, ...); got the text {choices!r}."
    if default is None:
        return None
    if choices:
        # One that is none of them stands for a choice that has to be made.
        return None if isinstance(default, str) else f"the default {default!r} of an option is none of its names."
    if isinstance(default, str):
        return f"{kinds}; {default!r} is a text without choices=(...): name them."
    if isinstance(default, float):
        return f"{kinds}; {default!r} is a real number: declare it with pf.parameter(default={default!r}, ...)."
    if isinstance(default, int) and not isinstance(default, bool):
        is_inside = low <= default <= high
        return None if is_inside else f"the default {default} of an option lies outside of low={low} ... high={high}."
    if isinstance(default, bool) or _are_finite_numbers(default):
        return None
    return f"{kinds}; got {default!r}."


def declared_as(owner: type, name: str) -> Any:
    """A field that is what the field `name` of another part is: one declaration serves both."""
    field = next(field for field in dataclasses.fields(owner) if field.name == name)
    return dataclasses.field(default=field.default, metadata=field.metadata)


def declarations(part: type) -> dict[str, Parameter | Option]:
    """The parameters and options that a class declares, by field name."""
    return {
        field.name: dataclasses.replace(field.metadata["declared"], name=field.name)
        for field in dataclasses.fields(part)
        if "declared" in field.metadata
    }


def check_declared(module: eqx.Module) -> None:
    """Look at each declared value of a module that has just been built; what is being traced is left out.

    **Raises:** `InputError` for the first that leaves its range.
    """
    for name, declared in declarations(type(module)).items():
        value = getattr(module, name)
        if not is_traced(value) and (mistake := declared.mistake(value)):
            raise InputError(mistake)


def is_traced(value: object) -> bool:
    """Whether `value` has no numbers yet, because a transformation such as `jit` is being traced."""
    return isinstance(value, Tracer)
