"""Declarations of the keys of an experiment file: types of values with their ranges, and words."""

from collections.abc import Callable
from typing import Annotated, Any, NamedTuple

from annotated_types import Ge, Gt, Le, Lt
from pydantic import AfterValidator, AllowInfNan, ConfigDict, Strict, StringConstraints

from physdfa.config.shard import checked_shard
from physdfa.durations import seconds_in
from physdfa.network import Convolution


class Says(NamedTuple):
    """Words of a key: its meaning and unit. `default` and `allowed` stand where value or type do not say it
    themselves."""

    meaning: str
    unit: str = ""
    default: str = ""
    allowed: str = ""


def checked_duration(text: str) -> str:
    """The text, if it says a time."""
    seconds_in(text)
    return text


def checked_convolution(text: str) -> str:
    """The text of a convolutional layer in its shortest form."""
    return str(Convolution.read(text))


STRICT = ConfigDict(extra="forbid")

MOST = 10**9
"""The largest count of anything: arrays are indexed with 32 bits, and compilers end the process beyond."""

Natural = Annotated[int, Strict(), Ge(0), Le(MOST)]
Positive = Annotated[int, Strict(), Ge(1), Le(MOST)]
Seed = Annotated[int, Strict(), Ge(0), Le(2**32 - 1)]
Number = Annotated[float, Strict(), AllowInfNan(False)]
PositiveNumber = Annotated[float, Strict(), AllowInfNan(False), Gt(0)]
NonNegativeNumber = Annotated[float, Strict(), AllowInfNan(False), Ge(0)]
Share = Annotated[float, Strict(), AllowInfNan(False), Ge(0), Le(1)]
PositiveShare = Annotated[float, Strict(), AllowInfNan(False), Gt(0), Le(1)]
SignedBits = Annotated[int, Strict(), Ge(2), Le(32)]
UnsignedBits = Annotated[int, Strict(), Ge(1), Le(32)]
OpenShare = Annotated[float, Strict(), AllowInfNan(False), Gt(0), Lt(1)]
DropShare = Annotated[float, Strict(), AllowInfNan(False), Ge(0), Lt(1)]
Flag = Annotated[bool, Strict()]
Text = Annotated[str, Strict()]
Layer = Annotated[str, Strict(), AfterValidator(checked_convolution)] | Positive
Duration = Annotated[str, Strict(), AfterValidator(checked_duration)]
Part = Annotated[str, Strict(), AfterValidator(checked_shard)]
RunName = Annotated[str, StringConstraints(strict=True, pattern=r"^[A-Za-z0-9][A-Za-z0-9._-]*$", max_length=100)]


class Named(NamedTuple):
    """The parts that a key chooses by name.

    `own`: a class of one's own may be named as well; `paths`: or the path of a file of one's own.
    """

    names: tuple[str, ...]
    own: bool = True
    paths: bool = False

    @property
    def allowed(self) -> str:
        """The names in words."""
        return "one of " + ", ".join(f"'{name}'" for name in self.names) + (', or "module:Class"' if self.own else "")


def found_by(find: Callable[[str], Any]) -> AfterValidator:
    """Refuse a name that `find` does not know: its `InputError` is a ValueError, and says what there is."""

    def checked(name: str) -> str:
        find(name)
        return name

    return AfterValidator(checked)
