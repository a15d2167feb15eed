"""Parts of an experiment that machines compute without knowing of each other: `experiment.shard = "2/8"`."""

from collections.abc import Sequence
from typing import Any, NamedTuple

from physdfa.errors import InputError

MOST_PARTS = 100_000


class Shard(NamedTuple):
    """Part `number` of `parts`, counted from 1."""

    number: int
    parts: int

    def __str__(self) -> str:
        return f"{self.number}/{self.parts}"

    def of(self, work: Sequence[Any]) -> Sequence[Any]:
        """Every `parts`-th piece of work, beginning with that of its number, so that parts take about equally long.

        **Raises:** `InputError` where there is none for this part.
        """
        mine = work[self.number - 1 :: self.parts]
        if not mine:
            raise InputError(
                f'experiment.shard = "{self}": nothing is left for it of {len(work)}; make {len(work)} parts at most.'
            )
        return mine


def shard_of(text: str) -> Shard | None:
    """The part that a config or the command line names; None for the whole.

    **Raises:** `InputError` for anything else than "i/n" with 1 <= i <= n.
    """
    if not text:
        return None
    number, _, parts = text.partition("/")
    is_whole = all(part.isascii() and part.isdigit() and len(part) < 7 for part in (number, parts))
    if not (is_whole and 1 <= int(number) <= int(parts) <= MOST_PARTS):
        raise InputError(f"a part is written as i/n with 1 <= i <= n <= {MOST_PARTS}, such as 2/8; got '{text}'.")
    return Shard(int(number), int(parts))


def checked_shard(text: str) -> str:
    """`text`, which names a part or is empty. **Raises:** as `shard_of`."""
    shard_of(text)
    return text
