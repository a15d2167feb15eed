"""Every fixed key of an experiment file with its range and meaning, read off the schema's annotations."""

import json
import math
from dataclasses import MISSING, dataclass, fields
from functools import cache
from types import NoneType, UnionType
from typing import Annotated, Any, Literal, Union, get_args, get_origin, get_type_hints

from annotated_types import Ge, Gt, Le, Lt
from pydantic import AllowInfNan, Strict, TypeAdapter

from physdfa.config.annotations import MOST, Named, Says
from physdfa.config.schema import SECTIONS
from physdfa.config.search_schema import Constraint, GeneRange, Halving, SweepRange
from physdfa.parts import Option, Parameter

RANGE_TABLES = {"sweep.parameters": SweepRange, "search.genes": GeneRange, "search.constraints": Constraint}
"""The tables whose own keys are names (of config keys, of results), and what each entry is."""

INNER_TABLES = {"search.halving": Halving, "search.robustness": None}
"""Tables in a table: those with keys of their own, and those of any config keys."""


@dataclass(frozen=True, kw_only=True)
class Key:
    """One key: what it means, and what it may hold.

    **Arguments:**

    - `path`: dotted, "training.learning_rate"; for the entries of a range table "search.genes.*.low".
    - `kind`: "number", "whole number", "choice", "text", "flag", "list" or "table".
    - `low`, `high`: the range [`unit`], without its ends where `low_open`, `high_open`.
    - `choices`: the values of a "choice"; `typical`: two ordinary values of a device's number.
    - `default`: the value where the file is silent; `None` where it is derived, as `default_text` says.
    """

    path: str
    kind: str
    meaning: str
    unit: str = ""
    low: float = -math.inf
    high: float = math.inf
    low_open: bool = False
    high_open: bool = False
    choices: tuple[Any, ...] = ()
    required: bool = False
    default: Any = None
    default_text: str = ""
    allowed: str = ""
    annotation: Any = None
    typical: tuple[float | int, ...] = ()

    def contains(self, value: float) -> bool:
        """Whether a number lies in the key's range."""
        above = value > self.low if self.low_open else value >= self.low
        below = value < self.high if self.high_open else value <= self.high
        return above and below

    def check(self, value: Any) -> Any:
        """The value as the schema stores it (an int where a float is due becomes one).

        **Raises:** `ValueError`, if the key does not allow it; `allowed` says what it does.
        """
        return _adapter(self.annotation).validate_python(value)

    def allows(self, value: Any) -> bool:
        """Whether the key may hold the value."""
        try:
            self.check(value)
        except ValueError:
            return False
        return True

    def refusal(self, value: Any, path: str = "") -> str:
        """The sentence for a value that the key does not allow; `path` where it is written otherwise."""
        unit = f" [{self.unit}]" if self.unit else ""
        is_infinite = isinstance(value, float) and not math.isfinite(value)
        return f"{path or self.path} = {show(value)}: must be {self.allowed}{unit}{' and finite' * is_infinite}."


def key_of(path: str, declared: Parameter | Option) -> Key:
    """The key of what a part declares."""
    common: dict[str, Any] = {"path": path, "meaning": declared.meaning, "default": declared.default}
    if declared.default is None:
        common["default_text"] = getattr(declared, "otherwise", "") or "as the part decides"
    if isinstance(declared, Option):
        if declared.choices:
            words = ", ".join(f"'{choice}'" for choice in declared.choices)
            words = words if len(declared.choices) == 1 else f"one of {words}"
            annotation = Literal[declared.choices]  # pyright: ignore[reportInvalidTypeForm]
            return Key(kind="choice", choices=declared.choices, allowed=words, annotation=annotation, **common)
        if isinstance(declared.default, bool):
            return Key(kind="flag", allowed="true or false", annotation=Annotated[bool, Strict()], **common)
        if isinstance(declared.default, int):
            low, high = float(declared.low), float(declared.high)
            annotation = Annotated[int, Strict(), Ge(low), Le(high)]
            words = range_text("a whole number", low, high)
            return Key(kind="whole number", low=low, high=high, allowed=words, annotation=annotation, **common)
        return Key(kind="list", allowed="a list of numbers", annotation=list[float], **common)
    if declared.whole:
        least, most = (round(max(-MOST, min(MOST, end))) for end in (declared.low, declared.high))
        annotation = Annotated[int, Strict(), Ge(least), Le(most)]
    else:
        low = Gt(declared.low) if declared.low_open else Ge(declared.low)
        high = Lt(declared.high) if declared.high_open else Le(declared.high)
        annotation = Annotated[float, Strict(), AllowInfNan(True), low, high]
    ends = (declared.low, declared.high, declared.low_open, declared.high_open)
    words = range_text("a whole number" if declared.whole else "a number", *ends)
    if math.isinf(declared.high) and not declared.high_open:
        words += ", inf included"
    if declared.whole and declared.default is not None:
        common["default"] = int(declared.default)
    return Key(
        kind="whole number" if declared.whole else "number",
        unit=declared.unit,
        low=declared.low,
        high=declared.high,
        low_open=declared.low_open,
        high_open=declared.high_open,
        allowed=words,
        typical=tuple(int(end) if declared.whole else end for end in declared.typical),
        annotation=annotation,
        **common,
    )


def range_text(noun: str, low: float, high: float, low_open: bool = False, high_open: bool = False) -> str:
    """Words for a range: "a number > 0", "a whole number from 0 to 8"."""
    least, most = _number_text(low), _number_text(high)
    if math.isinf(low) and math.isinf(high):
        return noun
    if math.isinf(high):
        return f"{noun} {'>' if low_open else '>='} {least}"
    if math.isinf(low):
        return f"{noun} {'<' if high_open else '<='} {most}"
    if low_open or high_open:
        return f"{noun} {'>' if low_open else '>='} {least} and {'<' if high_open else '<='} {most}"
    return f"{noun} from {least} to {most}"


def _number_text(value: float) -> str:
    is_short_whole = abs(value) < 1e12 and float(value).is_integer()
    return str(int(value)) if is_short_whole else f"{value:g}"


def _flat(annotation: Any) -> tuple[Any, list[Any]]:
    """The bare type of an annotation and all that is attached to it; `| None` is dropped: TOML has no null."""
    attached: list[Any] = []
    while True:
        if get_origin(annotation) is Annotated:
            annotation, *extra = get_args(annotation)
            attached += extra
        elif get_origin(annotation) in (Union, UnionType) and NoneType in get_args(annotation):
            rest = [part for part in get_args(annotation) if part is not NoneType]
            annotation = rest[0] if len(rest) == 1 else Union[tuple(rest)]  # noqa: UP007  (built, not written)
        else:
            return annotation, attached


_KINDS = {int: "whole number", float: "number", str: "text", bool: "flag", tuple: "list"}
_WORDS = {"text": "text", "flag": "true or false", "table": "a table", "list": "a list"}


def _describe(annotation: Any) -> dict[str, Any]:
    """Kind, range, choices and the words for them, of one annotation."""
    base, attached = _flat(annotation)
    found: dict[str, Any] = {}
    for item in attached:
        match item:
            case Ge():
                found["low"] = float(item.ge)  # pyright: ignore[reportArgumentType]
            case Gt():
                found |= {"low": float(item.gt), "low_open": True}  # pyright: ignore[reportArgumentType]
            case Le():
                found["high"] = float(item.le)  # pyright: ignore[reportArgumentType]
            case Lt():
                found |= {"high": float(item.lt), "high_open": True}  # pyright: ignore[reportArgumentType]
            case Named():
                found |= {"kind": "choice", "choices": item.names, "allowed": item.allowed}
            case Says():
                said = {"meaning": item.meaning, "unit": item.unit, "default_text": item.default}
                found |= {name: text for name, text in (said | {"allowed": item.allowed}).items() if text}
    if "kind" in found:
        words = ""
    elif get_origin(base) is Literal:
        found |= {"kind": "choice", "choices": get_args(base)}
        words = "one of " + ", ".join(f"'{choice}'" for choice in get_args(base))
    else:
        origin = get_origin(base) or base
        found["kind"] = _KINDS.get(origin, "table")
        if found["kind"] in ("number", "whole number"):
            bounds = {name: found[name] for name in ("low_open", "high_open") if name in found}
            noun = f"a {found['kind']}"
            words = range_text(noun, found.get("low", -math.inf), found.get("high", math.inf), **bounds)
        else:
            words = _WORDS[found["kind"]]
    found["allowed"] = found.get("allowed") or words
    return found


def keys_of(prefix: str, table: type) -> dict[str, Key]:
    hints = get_type_hints(table, include_extras=True)
    keys = {}
    for entry in fields(table):
        if entry.name == "values":  # of parts, which declare their keys themselves
            continue
        path = f"{prefix}.{entry.name}"
        required = entry.default is MISSING and entry.default_factory is MISSING
        default = None if entry.default is MISSING else entry.default
        keys[path] = Key(
            path=path, required=required, default=default, annotation=hints[entry.name], **_describe(hints[entry.name])
        )
    return keys


def _all_keys() -> dict[str, Key]:
    keys: dict[str, Key] = {}
    for name, table in SECTIONS.items():
        keys |= keys_of(name, table)
    for name, table in RANGE_TABLES.items():
        keys |= keys_of(f"{name}.*", table)
    for name, table in INNER_TABLES.items():
        keys |= {} if table is None else keys_of(name, table)
    return keys


KEYS: dict[str, Key] = _all_keys()
"""All fixed keys by dotted path."""

VARIABLE_SECTIONS = ("data", "network", "rule", "events", "feedback", "training")
"""The tables, besides `[device]`, whose keys a sweep or a search may vary."""


@cache
def _adapter(annotation: Any) -> TypeAdapter:  # bare: the run-time checks do not know its parameter
    return TypeAdapter(annotation)


def show(value: Any) -> str:
    """A value as it would stand in a TOML file, shortened."""
    if isinstance(value, bool):
        text = str(value).lower()
    elif isinstance(value, list | tuple):
        text = "[" + ", ".join(show(item) for item in value) + "]"
    elif isinstance(value, dict):
        text = "{ " + ", ".join(f"{name} = {show(item)}" for name, item in value.items()) + " }"
    elif isinstance(value, str):
        text = json.dumps(value, ensure_ascii=False)
    else:
        text = str(value)
    return text if len(text) <= 60 else text[:57] + "..."
