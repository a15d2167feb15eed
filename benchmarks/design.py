"""Are points that are chosen worth more than points that are spread? The side of the level on which devices are put.

    python benchmarks/design.py landscapes               accuracies by formula; minutes
    python benchmarks/design.py devices A.toml B.toml    experiments of `physdfa init --from`, trained on the digits

A surrogate knows points of a Sobol design, or half as many, most of them chosen as `physdfa sweep --add` does.
Counted is how much of the box it puts on the wrong side of the level: against the formula, or against the mean
accuracy of other points with four seeds each.
"""

import argparse
import json
import tempfile
from collections.abc import Sequence
from pathlib import Path

import numpy as np

from physdfa.analysis.range_coverage import LANDSCAPES
from physdfa.analysis.range_coverage.landscapes import CHANCE, axes_of, measured
from physdfa.analysis.working_range import EvaluatedPoints, LevelRule, Surrogate, fit_surrogate, spread_over_box
from physdfa.analysis.working_range.next_points import next_points
from physdfa.config.load import load_config
from physdfa.workflow.range.find import chance_of
from physdfa.workflow.range.finished import FinishedRun, read_finished
from physdfa.workflow.refine import EVEN_EVERY, POOL, Growth, extend_sweep
from physdfa.workflow.sweep import SWEEP_BATCH, run_sweep

NAMES = ("plateau, 64 points", "plateau, 3 axes", "dome", "ripple", "hard step", "noisy seeds")
REPETITIONS = 20
IMAGES = 239
FIRST = 32
"""Points of the design with which the chosen ones begin."""
BATCHES = 4
NUM_ASKED = 4096
BANK, BANK_SEEDS = 192, 4
"""Points of a device that tell which surrogate is right, and their seeds."""
WORKING = 0.3
"""The share of the bank that reaches the level."""


def halves() -> list[int]:
    """Numbers of points with chosen ones; the Sobol design has twice as many."""
    return [FIRST + SWEEP_BATCH * batch for batch in range(BATCHES + 1)]


def wrong(surrogate: Surrogate, places: np.ndarray, works: np.ndarray, level: float) -> float:
    """The share of places on the wrong side."""
    return float(np.mean((surrogate.predict(places).accuracy >= level) != works))


def on_landscape(name: str, repetition: int) -> dict[int, tuple[float, float]]:
    """By number of points: wrong with so many, chosen, and with twice as many, spread."""
    landscape, random = LANDSCAPES[name], np.random.default_rng([repetition, IMAGES])
    accuracy, axes = landscape.make(random, landscape.num_axes), axes_of(landscape.num_axes)
    sequence, noise = int(random.integers(2**31)), np.random.default_rng([repetition, 1])
    places = spread_over_box(axes, NUM_ASKED, seed=sequence + 1)
    works = np.nan_to_num(accuracy(places)) >= landscape.level

    def fitted(positions: np.ndarray, counts: np.ndarray) -> Surrogate:
        points = EvaluatedPoints(
            axes=axes,
            positions=positions,
            accuracy=counts,
            failed=np.isnan(counts),
            seeds=landscape.seeds,
            design="uniform",
        )
        return fit_surrogate(points, chance=CHANCE, resolution=1 / IMAGES, seed=repetition)

    def counted(positions: np.ndarray) -> np.ndarray:
        return measured(landscape, accuracy(positions), IMAGES, noise)

    spread = spread_over_box(axes, 2 * halves()[-1], seed=sequence)
    spread_counts = counted(spread)
    even = spread_over_box(axes, SWEEP_BATCH * BATCHES, seed=sequence + 2)
    positions, counts, found = spread[:FIRST], spread_counts[:FIRST], {}
    for batch, num in enumerate(halves()):
        surrogate, twice = fitted(positions, counts), fitted(spread[: 2 * num], spread_counts[: 2 * num])
        sides = (wrong(one, places, works, landscape.level) for one in (surrogate, twice))
        found[num] = (next(sides), next(sides))
        pool = spread_over_box(axes, POOL, seed=sequence + 3 + batch)
        num_even = SWEEP_BATCH // EVEN_EVERY
        order = next_points(surrogate, pool, landscape.level, SWEEP_BATCH - num_even, best_too=False, seed=batch)
        fresh = np.concatenate([even[batch * num_even : (batch + 1) * num_even], pool[order]])
        positions, counts = np.concatenate([positions, fresh]), np.concatenate([counts, counted(fresh)])
    return found


def on_device(path: Path, bank: FinishedRun, folder: Path, repetition: int) -> dict[int, tuple[float, float]]:
    """The same of a device; see `on_landscape`."""
    truth = np.nan_to_num(bank.points.accuracy)
    level = float(np.quantile(truth, 1 - WORKING))
    run, found = swept(path, folder, FIRST, repetition), {}
    for num in halves():
        if num > FIRST:
            extend_sweep(run, Growth(rule=LevelRule(kind="absolute", value=level), points=SWEEP_BATCH))
        sides = []
        for own in (run, swept(path, folder, 2 * num, repetition)):
            finished = read_finished(own)
            surrogate = fit_surrogate(
                finished.points, chance=chance_of(finished), resolution=finished.resolution, seed=repetition
            )
            sides.append(wrong(surrogate, bank.points.positions, truth >= level, level))
        found[num] = (sides[0], sides[1])
        print(json.dumps({"device": path.stem, "points": num, "chosen": sides[0], "spread": sides[1]}), flush=True)
    return found


def swept(path: Path, folder: Path, num: int, seed: int, *changes: str) -> Path:
    """The run of an experiment's sweep with so many points of a Sobol design."""
    plain = [f"sweep.num_samples={num}", "sweep.references=0", f"experiment.seed={seed}", *changes]
    return run_sweep(load_config(path, plain, kind="sweep"), out_dir=folder).path


def on_devices(paths: Sequence[Path], repetitions: int) -> dict[str, list[dict[int, tuple[float, float]]]]:
    """By device, what each repetition found."""
    found: dict[str, list[dict[int, tuple[float, float]]]] = {}
    with tempfile.TemporaryDirectory() as name:
        for path in paths:
            bank = read_finished(swept(path, Path(name), BANK, 1000, f"sweep.seeds={BANK_SEEDS}"))
            found[path.stem] = [on_device(path, bank, Path(name), number) for number in range(repetitions)]
    return found


def table(rows: dict[str, list[dict[int, tuple[float, float]]]]) -> str:
    """Means over the repetitions, and the standard error of their difference."""
    lines = [
        "| | points | wrong, chosen | wrong, twice as many, spread | difference |",
        "| --- | ---: | ---: | ---: | ---: |",
    ]
    for name, found in rows.items():
        for num in found[0]:
            sides = 100 * np.array([each[num] for each in found])
            apart = sides[:, 0] - sides[:, 1]
            error = f" ± {apart.std(ddof=1) / len(apart) ** 0.5:.2f}" if len(apart) > 1 else ""
            chosen, spread = sides.mean(axis=0)
            lines.append(f"| {name} | {num} | {chosen:.2f} % | {spread:.2f} % | {apart.mean():+.2f}{error} |")
    return "\n".join(lines)


def main() -> None:
    """Print the table."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("what", choices=("landscapes", "devices"))
    parser.add_argument("experiments", type=Path, nargs="*")
    parser.add_argument("--repetitions", type=int, default=REPETITIONS)
    asked = parser.parse_args()
    if asked.what == "devices":
        print(table(on_devices(asked.experiments, asked.repetitions)))
    else:
        print(table({name: [on_landscape(name, n) for n in range(asked.repetitions)] for name in NAMES}))


if __name__ == "__main__":
    main()
