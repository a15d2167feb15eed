"""What stands on the bench: how it is reached, how far it may be driven, and what it may answer."""

import tomllib
from dataclasses import dataclass, field
from pathlib import Path
from typing import Annotated, Any, Literal

from annotated_types import Ge, Gt, Le
from pydantic import AfterValidator, AllowInfNan, ConfigDict, Strict, TypeAdapter, ValidationError

from physdfa.bounded import TEXT_AT_MOST, read_bounded
from physdfa.durations import seconds_in
from physdfa.errors import InputError, shortened, unknown_name
from physdfa.toml_text import load_toml

_Number = Annotated[float, Strict(), AllowInfNan(False)]
_Text = Annotated[str, Strict()]
_Count = Annotated[int, Strict(), Ge(1), Le(10**7)]


def _time(text: str) -> str:
    seconds_in(text)
    return text


_Time = Annotated[str, Strict(), AfterValidator(_time)]
_STRICT = ConfigDict(extra="forbid")


@dataclass(frozen=True, kw_only=True)
class InstrumentTable:
    """How the instrument is reached.

    - `resource`: its VISA name; `library`: of PyVISA, "@py" for the one in Python, "" for that of a vendor.
    - `timeout`: the longest wait for an answer; `retries`: further tries after a wrong or missing one.
    - `setup`, `close`: commands before the first drive, and after the last.
    """

    __pydantic_config__ = _STRICT
    resource: _Text
    library: _Text = "@py"
    timeout: _Time = "5s"
    retries: Annotated[int, Strict(), Ge(0), Le(100)] = 2
    setup: tuple[_Text, ...] = ()
    close: tuple[_Text, ...] = ()


@dataclass(frozen=True, kw_only=True)
class DriveTable:
    """What is driven, and its limits, beyond which nothing is ever sent.

    - `command`: with {} for one value at a time; without, the command before a binary block of them.
    - `block`: most values in one block; `rate`: values that the bench takes in a second [1/s].
    - `rest`: the drive that is left behind after the last one [unit]; none without.
    """

    __pydantic_config__ = _STRICT
    command: _Text
    low: _Number
    high: _Number
    unit: _Text = "V"
    block: _Count = 4096
    rate: Annotated[float, Strict(), AllowInfNan(False), Gt(0)] | None = None
    rest: _Number | None = None


@dataclass(frozen=True, kw_only=True)
class ReadingTable:
    """What is read, and what it can be: anything else is garbage, and asked for again.

    - `query`: answered by one number, or by a binary block of as many as were driven.
    """

    __pydantic_config__ = _STRICT
    query: _Text
    low: _Number
    high: _Number
    unit: _Text = "V"


@dataclass(frozen=True, kw_only=True)
class MeasureTable:
    """The sweep of `physdfa device measure`: so many drives up and down again, so often."""

    __pydantic_config__ = _STRICT
    points: Annotated[int, Strict(), Ge(3), Le(10**6)] = 101
    repeats: Annotated[int, Strict(), Ge(1), Le(10**4)] = 2


@dataclass(frozen=True, kw_only=True)
class BenchPlan:
    """A whole plan. Two plans of the same text are equal, and share one connection.

    - `endian`: the order of bytes in blocks of float32.
    """

    __pydantic_config__ = _STRICT
    instrument: InstrumentTable
    drive: DriveTable
    reading: ReadingTable
    measure: MeasureTable = MeasureTable()
    endian: Literal["little", "big"] = "little"
    source: Annotated[str, Strict()] = field(default="", compare=False)

    @property
    def takes_blocks(self) -> bool:
        """Whether many values are driven at once."""
        return "{}" not in self.drive.command


_MEANINGS = {
    "instrument": "the table [instrument], with `resource`",
    "drive": "the table [drive], with `command`, `low` and `high`",
    "reading": "the table [reading], with `query`, `low` and `high`",
    "instrument.resource": 'the VISA name of the instrument, such as "TCPIP0::192.168.0.7::5025::SOCKET"',
    "instrument.timeout": "a time above 0 with its unit, such as 5s",
    "instrument.retries": "a whole number from 0 to 100",
    "drive.command": 'the command that drives, such as "VOLT {}", or without {} before a block: "TRAC:DATA"',
    "drive.low": "the least drive that is allowed, a number",
    "drive.high": "the largest drive that is allowed, a number",
    "drive.block": "a whole number of values from 1 to 10,000,000",
    "drive.rate": "values per second, above 0",
    "reading.query": 'the question for a reading, such as "MEAS:VOLT?"',
    "reading.low": "the least reading that can be true, a number",
    "reading.high": "the largest reading that can be true, a number",
    "measure.points": "a whole number of drives from 3 to 1,000,000",
    "measure.repeats": "a whole number from 1 to 10,000",
    "endian": '"little" or "big"',
}
_TABLES = {"instrument": InstrumentTable, "drive": DriveTable, "reading": ReadingTable, "measure": MeasureTable}


def read_plan(path: Path) -> BenchPlan:
    """The plan in a TOML file.

    **Raises:** `InputError` with one sentence for each mistake.
    """
    try:
        table = load_toml(read_bounded(path, TEXT_AT_MOST, ordinary=True).decode("utf-8-sig"))
    except (OSError, UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise InputError(f"{shortened(path)} is not the plan of a bench: {error}.") from None
    mistakes = [f"source: {unknown_name('key', 'source', _keys(()))}"] if "source" in table else []
    try:
        plan = TypeAdapter(BenchPlan).validate_python(table)
    except ValidationError as error:
        mistakes += [_sentence(table, one) for one in error.errors(include_url=False, include_context=False)]
    else:
        mistakes += _contradictions(plan)
        plan = BenchPlan(
            instrument=plan.instrument, drive=plan.drive, reading=plan.reading, measure=plan.measure,
            endian=plan.endian, source=str(path),
        )  # fmt: skip
        if not mistakes:
            return plan
    raise InputError("\n".join(f"{shortened(path)}: {mistake}" for mistake in dict.fromkeys(mistakes)))


def _contradictions(plan: BenchPlan) -> list[str]:
    found = []
    for name, table in (("drive", plan.drive), ("reading", plan.reading)):
        if not table.low < table.high:
            found.append(f"{name}.low = {table.low:g}: must lie below {name}.high = {table.high:g}.")
    if plan.reading.unit == "W" and plan.reading.low < 0:
        found.append(
            f"reading.low = {plan.reading.low:g}: an optical power is not negative; read the detector in V, or say 0."
        )
    rest, drive = plan.drive.rest, plan.drive
    if rest is not None and not drive.low <= rest <= drive.high:
        found.append(f"drive.rest = {rest:g}: must lie within the limits {drive.low:g} to {drive.high:g} {drive.unit}.")
    if drive.command.count("{") != drive.command.count("{}") or drive.command.count("}") != drive.command.count("{}"):
        found.append(f"drive.command = {shortened(drive.command)}: knows no braces but {{}}, for the value.")
    return found


def _keys(location: tuple[Any, ...]) -> list[str]:
    table = _TABLES.get(str(location[0])) if location else None
    names = BenchPlan.__dataclass_fields__ if table is None else table.__dataclass_fields__
    return [name for name in names if name != "source"]


def _sentence(table: dict[str, Any], detail: Any) -> str:
    location = detail["loc"]
    path = ".".join(str(part) for part in location[:2])
    meaning = _MEANINGS.get(path, "as docs/bench.md says")
    if detail["type"] == "missing":
        return f"{path}: is missing. It is {meaning}."
    if detail["type"] == "unexpected_keyword_argument":
        return f"{path}: {unknown_name('key', str(location[-1]), _keys(location[:-1]))}"
    value: Any = table
    for part in location[:2]:
        value = value.get(part) if isinstance(value, dict) else value
    return f"{path} = {shortened(value)}: must be {meaning}."
