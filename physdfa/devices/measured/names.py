"""Meaning of a column's name: its unit, the direction of its sweep, and its repeat."""

import re
from dataclasses import dataclass
from functools import cached_property

from physdfa.devices.measured.units import COUNTS, Unit, split_name

RISING, FALLING = 1, -1

_DIRECTIONS = {
    **dict.fromkeys(("rising", "rise", "up", "forward", "fwd", "increasing", "ascending"), RISING),
    **dict.fromkeys(
        ("falling", "fall", "down", "backward", "bwd", "reverse", "rev", "decreasing", "descending"), FALLING
    ),
}
_NUMBERED_DIRECTION = re.compile(rf"({'|'.join(_DIRECTIONS)})(\d*)")  # rising, up1
_NUMBERED_REPEAT = re.compile(r"(?:run|sweep|scan|repeat|rep|cycle|trial|pass)(\d+)")
_BETWEEN_WORDS = re.compile(r"[\s_\-./]+")
_NEVER_A_DRIVE = re.compile(
    r"(relative |elapsed |smu-\d |base )?time(stamp)?( .*)?|zeit|date|datum|timestamp|index|samples?|points?|sequence"
    r"|seconds?|record|no\.?|nr\.?|#|n|t|comment",
    re.IGNORECASE,
)


@dataclass(frozen=True)
class Column:
    """A column of a table: its `index`, its `name` as written, and whether it `holds_numbers`."""

    index: int
    name: str
    holds_numbers: bool

    @cached_property
    def _split(self) -> tuple[str, Unit | None]:
        return split_name(self.name)

    @property
    def bare(self) -> str:
        """The name without its unit."""
        return self._split[0]

    @property
    def unit(self) -> Unit | None:
        """The unit in the name; None if it states none."""
        return self._split[1]

    @cached_property
    def _said(self) -> tuple[int, int, str]:
        return _read_words(self.bare)

    @property
    def direction(self) -> int:
        """The direction of the sweep in the name: +1 rising, -1 falling, 0 none."""
        return self._said[0]

    @property
    def repeat(self) -> int:
        """The number beside the direction (`up2`, `falling_2`, `run2_rising`); 0 without."""
        return self._said[1]

    @property
    def output(self) -> tuple[str, str]:
        """The name without direction and number, the same for all sweeps of one output."""
        return self._said[2].lower(), "" if self.unit is None else self.unit.symbol

    def is_called(self, shared: str) -> bool:
        """Whether `shared` names the output without direction and number: `arm1_dBm` or `arm1` of `arm1_rising_dBm`."""
        name, unit = self.output
        words = [word for word in _BETWEEN_WORDS.split(re.sub(r"[()\[\]]", " ", shared.strip().lower())) if word]
        rest = [word for word in _BETWEEN_WORDS.split(name) if word]
        return words in ([*rest, unit.lower()] if unit else rest, rest or [unit.lower()])

    @property
    def is_clock(self) -> bool:
        """Whether the column counts time or samples, or has no name, and so cannot be the drive."""
        if not self.name:  # the row numbers of a spreadsheet or data frame
            return True
        if self.unit is not None:
            return self.unit.si == "s" or self.unit.symbol.lower() in COUNTS
        return _NEVER_A_DRIVE.fullmatch(self.bare) is not None


def _read_words(name: str) -> tuple[int, int, str]:
    """(direction, number of the repeat, what is left) of a name; direction 0 where none or both are stated."""
    words = [word for word in _BETWEEN_WORDS.split(name) if word]
    found = [match for word in words if (match := _NUMBERED_DIRECTION.fullmatch(word.lower()))]
    if len({_DIRECTIONS[match[1]] for match in found}) != 1:
        return 0, 0, name
    number, rest, after_direction = found[0][2], [], False
    for place, word in enumerate(words):
        if _NUMBERED_DIRECTION.fullmatch(word.lower()):
            after_direction = True
            continue
        repeat = _NUMBERED_REPEAT.fullmatch(word.lower())
        if not number and (repeat or (word.isdecimal() and (after_direction or place == 0))):
            number = repeat[1] if repeat else word
        else:
            rest.append(word)
        after_direction = False
    return _DIRECTIONS[found[0][1]], int(number or 0), "_".join(rest)
