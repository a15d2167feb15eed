"""Genes, the space they span, and the individual that DEAP's operators see: a point of the unit cube."""

import hashlib
import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from random import Random
from typing import Any, Literal

from deap import base

from ga_search.errors import SearchError, unknown_name

ID_LENGTH = 12  # hexadecimal digits: 48 bits, so a clash among 100,000 candidates has a chance of 2e-5


@dataclass(frozen=True)
class Gene:
    """A number that a search or sweep varies, and how a fraction u of its range becomes a value.

    linear: low + u (high - low);   log: low (high / low)^u;   integer: the same over [low - 1/2, high + 1/2], rounded,
    so that on a linear scale every whole number owns an equal share of [0, 1].

    **Arguments:**

    - `key`: its name, such as "device.v_bias".
    - `low`, `high`: both ends, reachable; finite, low < high, in the parameter's own unit.
    - `scale`: "linear", or "log" (then low > 0).
    - `integer`: whole numbers only; both ends must be whole.

    **Raises:** `SearchError` if a value leaves its range.
    """

    key: str
    low: float | int
    high: float | int
    scale: Literal["linear", "log"] = "linear"
    integer: bool = False

    def __post_init__(self):
        object.__setattr__(self, "low", float(self.low))
        object.__setattr__(self, "high", float(self.high))
        if not (math.isfinite(self.low) and math.isfinite(self.high) and self.low < self.high):
            raise SearchError(
                f"{self.key}: low = {self.low} and high = {self.high}, but low < high, both finite, is needed."
            )
        if self.scale not in ("linear", "log"):
            raise SearchError(f"{self.key}: {unknown_name('scale', self.scale, ('linear', 'log'))}")
        if self.scale == "log" and self.low <= 0:
            raise SearchError(
                f"{self.key}: a log scale needs low > 0; got low = {self.low}. Raise low or use scale = 'linear'."
            )
        if self.integer and not (float(self.low).is_integer() and float(self.high).is_integer()):
            raise SearchError(f"{self.key}: whole numbers need whole ends; got low = {self.low}, high = {self.high}.")

    def at(self, fraction: float) -> float | int:
        """The value at a fraction [0, 1] of the way from `low` to `high`, both exact; rounded if `integer`."""
        value = self._between(self.low, self.high, fraction)
        return self._rounded(value) if self.integer else value

    def decode(self, unit: float) -> float | int:
        """The value that a gene in [0, 1] stands for: as `at`, but whole numbers in equal shares."""
        if not self.integer:
            return self._between(self.low, self.high, unit)
        return self._rounded(self._between(self.low - 0.5, self.high + 0.5, unit))

    def encode(self, value: Any) -> float:
        """The gene in [0, 1] of a value in [low, high]: `decode(encode(value))` is `value`, to rounding."""
        if isinstance(value, bool) or not isinstance(value, int | float) or not self.low <= value <= self.high:
            raise SearchError(f"{self.key}: {value!r} is not a number between {self.low} and {self.high}.")
        if self.integer and not float(value).is_integer():
            raise SearchError(f"{self.key}: {value!r} is not a whole number.")
        low, high = (self.low - 0.5, self.high + 0.5) if self.integer else (self.low, self.high)
        unit = math.log(value / low) / math.log(high / low) if self.scale == "log" else (value - low) / (high - low)
        return min(max(unit, 0.0), 1.0)

    def _between(self, low: float, high: float, fraction: float) -> float:
        # The formulas miss an end by a rounding error, and an end may be the edge of what a device accepts.
        if fraction in (0.0, 1.0):
            return high if fraction else low
        value = low * (high / low) ** fraction if self.scale == "log" else low + fraction * (high - low)
        return min(max(value, low), high)

    def _rounded(self, value: float) -> int:
        return int(min(max(math.floor(value + 0.5), self.low), self.high))


@dataclass(frozen=True)
class ChoiceGene:
    """A setting that takes one of several unordered values; each owns an equal share of [0, 1].

    **Arguments:**

    - `key`: its name, such as "network.reset".
    - `choices`: at least two different values, numbers, text, or lists of them.

    **Raises:** `SearchError` if there is nothing to choose from.
    """

    key: str
    choices: Sequence[Any]

    def __post_init__(self):
        object.__setattr__(self, "choices", tuple(self.choices))
        if len({canonical_text(choice) for choice in self.choices}) != len(self.choices) or len(self.choices) < 2:
            raise SearchError(f"{self.key}: choices needs at least two different values; got {list(self.choices)}.")

    def decode(self, unit: float) -> Any:
        """The choice in whose share of [0, 1] the gene lies."""
        return self.choices[min(int(unit * len(self.choices)), len(self.choices) - 1)]

    def encode(self, value: Any) -> float:
        """The middle of the choice's share of [0, 1]."""
        texts = [canonical_text(choice) for choice in self.choices]
        if canonical_text(value) not in texts:
            raise SearchError(f"{self.key}: {unknown_name('choice', canonical_text(value), texts)}")
        return (texts.index(canonical_text(value)) + 0.5) / len(texts)


@dataclass(frozen=True)
class GenomeSpace:
    """The box that the genes span; its points are vectors in [0, 1]^n, in the order of `genes`."""

    genes: Sequence[Gene | ChoiceGene]

    def __post_init__(self):
        object.__setattr__(self, "genes", tuple(self.genes))
        if not self.genes:
            raise SearchError("there is nothing to vary; declare at least one gene or swept parameter.")
        repeated = sorted({key for key in self.keys if self.keys.count(key) > 1})
        if repeated:
            raise SearchError(f"each key may be varied once only; declared more than once: {', '.join(repeated)}.")

    @property
    def keys(self) -> tuple[str, ...]:
        """The varied keys, in order."""
        return tuple(gene.key for gene in self.genes)

    def decode(self, units: Sequence[float]) -> dict[str, Any]:
        """The values that a vector in [0, 1]^n stands for, by key."""
        if len(units) != len(self.genes) or not all(0.0 <= unit <= 1.0 for unit in units):
            raise ValueError(f"a genome here is {len(self.genes)} numbers in [0, 1]; got {list(units)}.")
        return {gene.key: gene.decode(float(unit)) for gene, unit in zip(self.genes, units, strict=True)}

    def encode(self, values: Mapping[str, Any]) -> "Genome":
        """The genome of given values; every key of the space, and no other."""
        if set(values) != set(self.keys):
            raise SearchError(
                f"values are needed for exactly {', '.join(self.keys)}; got {', '.join(values) or 'none'}."
            )
        return Genome(gene.encode(values[gene.key]) for gene in self.genes)

    def sample(self, random: Random) -> "Genome":
        """A genome drawn uniformly from [0, 1]^n, hence log-uniformly for a gene on a log scale."""
        return Genome(random.random() for _ in self.genes)


class Fitness(base.Fitness):
    """Numbers to be made as large as possible, behind the question by how much the candidate breaks its constraints.

    Of two, the one that breaks them less is the better; only where both break them equally (above all: not at all) the
    numbers decide, one after the other where an order is asked for, all together for `dominates`.

    **Source:** K. Deb, Comput. Methods Appl. Mech. Eng. 186, 311 (2000), and for the domination Deb et al., IEEE Trans.
    Evol. Comput. 6, 182 (2002), definition 1. Numbers by construction: NaN would freeze DEAP's comparisons.
    """

    weights = (1.0,)

    def __init__(self, values: Sequence[float] = (), violation: float = 0.0):
        if any(math.isnan(value) for value in (*values, violation)):
            raise ValueError("a fitness cannot be NaN; a failed candidate has an infinite violation.")
        self.weights = (1.0,) * max(len(values), 1)
        self.violation = violation
        super().__init__(tuple(values))

    def dominates(self, other: "Fitness", obj: slice = slice(None)) -> bool:
        """Whether this one is better in one number and worse in none, or breaks constraints less."""
        if self.violation != other.violation:
            return self.violation < other.violation
        return super().dominates(other, obj)

    @property
    def _order(self) -> tuple[float, ...]:
        return (-self.violation, *self.wvalues)

    def __hash__(self):
        return hash(self._order)

    def __eq__(self, other):
        return self._order == other._order

    def __le__(self, other):
        return self._order <= other._order

    def __lt__(self, other):
        return self._order < other._order

    def __deepcopy__(self, memo):
        return Fitness(self.values, self.violation)


class Genome(list[float]):
    """An individual: a point of the unit cube, with the fitness that DEAP's selection reads (empty until scored)."""

    def __init__(self, units: Iterable[float], fitness: float | Fitness | None = None):
        super().__init__(units)
        if not all(0.0 <= unit <= 1.0 for unit in self):
            raise ValueError(f"a genome is a list of numbers in [0, 1]; got {list(self)}.")
        if not isinstance(fitness, Fitness):
            fitness = Fitness() if fitness is None else Fitness((fitness,))
        self.fitness = fitness


def canonical_text(value: Any) -> str:
    """JSON with sorted keys and the shortest text that gives each float back: the same on every machine."""
    return json.dumps(value, sort_keys=True, separators=(",", ":"), default=_plain)


def candidate_id(values: Mapping[str, Any], *context: int | str) -> str:
    """The name of a candidate, a hash of its values alone. Neither the order of keys nor the schedule changes it.

    **Arguments:**

    - `values`: value by key.
    - `context`: what else belongs to the identity, such as a seed; usually nothing.
    """
    text = canonical_text([dict(values), *context])
    return hashlib.sha256(text.encode()).hexdigest()[:ID_LENGTH]


def _plain(value: Any) -> Any:
    """Numbers and arrays of NumPy and JAX as Python's own."""
    if hasattr(value, "tolist"):
        return value.tolist()
    raise TypeError(f"{value!r} is not a value that a gene can have.")
