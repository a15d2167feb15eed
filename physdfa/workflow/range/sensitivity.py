"""Which parameter of a sweep or search matters: from its own design for sensitivity, or from its surrogate."""

import dataclasses
from collections.abc import Sequence
from typing import Any

import numpy as np
from scipy.stats import qmc

from ga_search.designs import morris_positions
from physdfa.analysis.sensitivity import morris_effects, sobol_effects
from physdfa.analysis.working_range import Surrogate, positions_from_units
from physdfa.errors import InputError
from physdfa.workflow.range.finished import SENSITIVITY_DESIGNS, FinishedRun

BASE_POINTS = 1024
TRAJECTORIES = 64
"""Of the designs at which the surrogate is asked."""
LEAST_EXPLAINED = 0.5
"""Share of the variance that the surrogate explains in cross-validation, below which no index is read from it."""


def sensitivity_of(finished: FinishedRun, surrogate: Surrogate) -> tuple[list[dict[str, Any]], list[str]]:
    """The indices that this run allows, each with its source, and a sentence for each that it refuses.

    A sweep along a design for sensitivity gives its own indices; the surrogate gives them for any run.
    """
    axes, seed = finished.points.axes, finished.config.experiment.seed
    found, refusals = [], []
    method = finished.config.sweep.method if finished.kind == "sweep" and finished.config.sweep else ""
    if method in SENSITIVITY_DESIGNS:
        outputs = finished.outputs()
        try:
            found.append({"source": "measured", **_indices_of_design(finished, method, outputs)})
        except InputError as error:
            refusals.append(str(error))
    explained = surrogate.cross_validation.explained
    if explained < LEAST_EXPLAINED:
        refusals.append(
            f"The surrogate explains {100 * max(explained, 0.0):.0f} % of the variance of unseen points: no index of "
            "sensitivity is read from it."
        )
        return found, refusals
    if len(axes) > 1:
        units = qmc.Sobol(2 * len(axes), rng=seed).random(BASE_POINTS)
        first, second = units[:, : len(axes)], units[:, len(axes) :]
        parts = [first, second, *(np.where(np.arange(len(axes)) == i, second, first) for i in range(len(axes)))]
        said = surrogate.predict(positions_from_units(axes, np.concatenate(parts))).accuracy
        said = said.reshape(len(parts), BASE_POINTS)
        indices = sobol_effects([axis.key for axis in axes], said[0], said[1], said[2:], seed=seed)
        found.append({"source": "surrogate", "method": "sobol", "explained": explained, "indices": _as_dicts(indices)})
    if not any(axis.is_choice or axis.integer for axis in axes):
        shape = (TRAJECTORIES, len(axes) + 1, len(axes))
        positions = np.array(morris_positions(len(axes), TRAJECTORIES, seed=seed)).reshape(shape)
        said = surrogate.predict(positions.reshape(-1, len(axes))).accuracy.reshape(shape[:2])
        effects = morris_effects([axis.key for axis in axes], positions, said, seed=seed)
        found.append({"source": "surrogate", "method": "morris", "explained": explained, "indices": _as_dicts(effects)})
    return found, refusals


def _indices_of_design(finished: FinishedRun, method: str, outputs: np.ndarray) -> dict[str, Any]:
    axes, seed = finished.points.axes, finished.config.experiment.seed
    keys = [axis.key for axis in axes]
    if method == "morris":
        units = np.array(morris_positions(len(keys), len(outputs) // (len(keys) + 1), seed=seed))
        shape = (-1, len(keys) + 1)
        effects = morris_effects(keys, units.reshape(*shape, len(keys)), outputs.reshape(shape), seed=seed)
        return {"method": "morris", "indices": _as_dicts(effects)}
    parts = outputs.reshape(len(keys) + 2, -1)
    indices = sobol_effects(keys, parts[0], parts[1], parts[2:], seed=seed)
    return {"method": "sobol", "indices": _as_dicts(indices)}


def _as_dicts(indices: Sequence[Any]) -> list[dict[str, Any]]:
    return [dataclasses.asdict(index) for index in indices]
