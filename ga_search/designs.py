"""Designs of a sweep: which points of a declared box to evaluate when no search decides."""

import itertools
from collections.abc import Mapping
from random import Random
from typing import Any

from ga_search.errors import SearchError
from ga_search.genome import ChoiceGene, Gene, GenomeSpace

MORRIS_LEVELS = (0.0, 1 / 3, 2 / 3, 1.0)


def grid(space: GenomeSpace, num: Mapping[str, int]) -> list[dict[str, Any]]:
    """Every combination of evenly spaced values (on the gene's scale), both ends included; the last key varies fastest.

    value_k = low + (high - low) k / (num - 1),   on a log scale low (high / low)^(k / (num - 1))

    **Arguments:**

    - `space`: the varied keys and their ranges.
    - `num`: values per key, >= 2. A choice takes all of its choices and needs none; whole numbers that coincide after
      rounding are taken once.

    **Raises:** `SearchError` if a number is missing, too small, or belongs to no key.
    """
    numeric = [gene.key for gene in space.genes if isinstance(gene, Gene)]
    for key in num:
        if key not in numeric:
            raise SearchError(
                f"{key}: num was given, but the numbers to vary here are: {', '.join(numeric) or 'none'}."
            )
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
    """The first points of a scrambled Sobol sequence, more even than random ones; evenest for a power of two."""
    return [space.decode(point) for point in sobol_units(len(space.genes), num_points, seed=seed)]


def sobol_units(num_genes: int, num_points: int, *, seed: int) -> list[list[float]]:
    """The points of `sobol` in [0, 1]^n.

    **Source:** Sobol, USSR Comput. Math. Math. Phys. 7, 86 (1967), with the scrambling of `scipy.stats.qmc.Sobol`.
    """
    from scipy.stats import qmc  # takes longer to import than the rest of this package; only two designs need it

    _check_num_points(num_points)
    exponent = (num_points - 1).bit_length()  # scipy warns unless whole powers of two are drawn; the rest is cut off
    return qmc.Sobol(num_genes, scramble=True, rng=seed).random_base2(exponent)[:num_points].tolist()


def latin_hypercube(space: GenomeSpace, num_points: int, *, seed: int) -> list[dict[str, Any]]:
    """Points of which, for each gene, exactly one lies in each of `num_points` equal parts of the gene's scale.

    **Source:** McKay, Beckman & Conover, Technometrics 21, 239 (1979), by `scipy.stats.qmc.LatinHypercube`.
    """
    from scipy.stats import qmc  # as in `sobol_units`

    _check_num_points(num_points)
    units = qmc.LatinHypercube(len(space.genes), rng=seed).random(num_points)
    return [space.decode(point) for point in units.tolist()]


def one_at_a_time(space: GenomeSpace, num: Mapping[str, int], centre: Mapping[str, Any]) -> list[dict[str, Any]]:
    """The centre, and along each key the values of `grid` with the others at the centre: a star.

    **Arguments:**

    - `num`: as of `grid`.
    - `centre`: value by key, each within its range.

    **Raises:** `SearchError` as `grid`, or for a centre outside of a range.
    """
    space.encode(centre)  # refuses what is outside
    points = [dict(centre)]
    for gene in space.genes:
        alone = {gene.key: num[gene.key]} if gene.key in num else {}
        points += [{**centre, **point} for point in grid(GenomeSpace([gene]), alone)]
    return points


def morris(space: GenomeSpace, num_trajectories: int, *, seed: int) -> list[dict[str, Any]]:
    """Random walks on a lattice of four levels, in which each key moves once: (keys + 1) points per trajectory.

    Each step is 2/3 of a range, up or down, so that every level is visited equally often.

    **Raises:** `SearchError` for a choice, which has no way up or down.

    **Source:** Morris, Technometrics 33, 161 (1991), with p = 4 levels and delta = p / (2 (p - 1)).
    """
    _check_num_points(num_trajectories)
    choices = [gene.key for gene in space.genes if isinstance(gene, ChoiceGene)]
    if choices:
        raise SearchError(
            f"{', '.join(choices)}: Morris' steps go up or down, and a list of values has no such way; give low and "
            "high, or use method = 'sobol_indices'."
        )
    return [space.decode(point) for point in morris_positions(len(space.genes), num_trajectories, seed=seed)]


def morris_positions(num_keys: int, num_trajectories: int, *, seed: int) -> list[list[float]]:
    """The points of `morris` in the unit box, one trajectory after the other."""
    random, points = Random(seed), []
    for _ in range(num_trajectories):
        point = [random.choice(MORRIS_LEVELS) for _ in range(num_keys)]
        points.append(point)
        for moved in random.sample(range(num_keys), num_keys):
            level = MORRIS_LEVELS.index(point[moved])
            point = [*point]
            point[moved] = MORRIS_LEVELS[(level + 2) % 4]
            points.append(point)
    return points


def saltelli(space: GenomeSpace, num_points: int, *, seed: int) -> list[dict[str, Any]]:
    """Points for Sobol's indices: A, B, and for each key A with that column of B.

    **Raises:** `SearchError` unless `num_points` is a power of two.

    **Source:** Saltelli et al., Comput. Phys. Commun. 181, 259 (2010), radial from A; A and B are the two halves of the
    columns of one scrambled Sobol sequence.
    """
    from scipy.stats import qmc  # as in `sobol`

    if num_points < 2 or num_points & (num_points - 1):
        raise SearchError(f"sobol_indices needs a power of two of base points, 2 or more; got {num_points}.")
    keys = len(space.genes)
    units = qmc.Sobol(2 * keys, scramble=True, rng=seed).random(num_points).tolist()
    first, second = [unit[:keys] for unit in units], [unit[keys:] for unit in units]
    points = [*first, *second]
    for i in range(keys):
        points += [[*one[:i], other[i], *one[i + 1 :]] for one, other in zip(first, second, strict=True)]
    return [space.decode(point) for point in points]


def _axis(gene: Gene, num: int | None) -> list[float | int]:
    if num is None or num < 2:
        raise SearchError(f"{gene.key}: a grid needs num >= 2, as both ends are in it; got {num}.")
    return list(dict.fromkeys(gene.at(k / (num - 1)) for k in range(num)))


def _check_num_points(num_points: int) -> None:
    if num_points < 1:
        raise SearchError(f"a design needs at least 1 point; got {num_points}.")
