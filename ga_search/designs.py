"""Designs of a sweep: which points of a declared box to evaluate when no search decides."""

import itertools
from collections.abc import Mapping
from random import Random
from typing import Any

from ga_search.genome import ChoiceGene, Gene, GenomeSpace
from physdfa.errors import InputError


def grid(space: GenomeSpace, num: Mapping[str, int]) -> list[dict[str, Any]]:
    """Every combination of evenly spaced values (on the gene's scale), both ends included; the last key varies fastest.

    value_k = low + (high - low) k / (num - 1),   on a log scale low (high / low)^(k / (num - 1))

    **Arguments:**

    - `space`: the varied keys and their ranges.
    - `num`: values per key, >= 2. A choice takes all of its choices and needs none; whole numbers that coincide after
      rounding are taken once.

    **Raises:** `InputError` if a number is missing, too small, or belongs to no key.
    """
    numeric = [gene.key for gene in space.genes if isinstance(gene, Gene)]
    for key in num:
        if key not in numeric:
            raise InputError(f"{key}: num was given, but the numbers to vary here are: {', '.join(numeric) or 'none'}.")
    axes = [
        list(gene.choices) if isinstance(gene, ChoiceGene) else _axis(gene, num.get(gene.key)) for gene in space.genes
    ]
    return [dict(zip(space.keys, point, strict=True)) for point in itertools.product(*axes)]


def random_design(space: GenomeSpace, num_points: int, *, seed: int) -> list[dict[str, Any]]:
    """Independent points, uniform on each gene's scale; a larger design begins with the points of a smaller one."""
    _check_num_points(num_points)
    random = Random(seed)
    return [space.decode(space.sample(random)) for _ in range(num_points)]


def sobol(space: GenomeSpace, num_points: int, *, seed: int) -> list[dict[str, Any]]:
    """The first points of a scrambled Sobol sequence, more even than random ones; evenest for a power of two.

    **Source:** Sobol, USSR Comput. Math. Math. Phys. 7, 86 (1967), with the scrambling of `scipy.stats.qmc.Sobol`.
    """
    from scipy.stats import qmc  # takes longer to import than the rest of this package; only two designs need it

    _check_num_points(num_points)
    exponent = (num_points - 1).bit_length()  # scipy warns unless whole powers of two are drawn; the rest is cut off
    units = qmc.Sobol(len(space.genes), scramble=True, rng=seed).random_base2(exponent)[:num_points]
    return [space.decode(point) for point in units.tolist()]


def latin_hypercube(space: GenomeSpace, num_points: int, *, seed: int) -> list[dict[str, Any]]:
    """Points of which, for each gene, exactly one lies in each of `num_points` equal parts of the gene's scale.

    **Source:** McKay, Beckman & Conover, Technometrics 21, 239 (1979), by `scipy.stats.qmc.LatinHypercube`.
    """
    from scipy.stats import qmc  # as in `sobol`

    _check_num_points(num_points)
    units = qmc.LatinHypercube(len(space.genes), rng=seed).random(num_points)
    return [space.decode(point) for point in units.tolist()]


def _axis(gene: Gene, num: int | None) -> list[float | int]:
    if num is None or num < 2:
        raise InputError(f"{gene.key}: a grid needs num >= 2, as both ends are in it; got {num}.")
    return list(dict.fromkeys(gene.at(k / (num - 1)) for k in range(num)))


def _check_num_points(num_points: int) -> None:
    if num_points < 1:
        raise InputError(f"a design needs at least 1 point; got {num_points}.")
