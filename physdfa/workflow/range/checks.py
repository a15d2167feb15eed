"""What can be refused of a question for a working range before anything is computed for it."""

import os
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import numpy as np

from physdfa.analysis.working_range import values_at
from physdfa.build import Samples, build_trial
from physdfa.config import with_values
from physdfa.errors import InputError, RunFolderError
from physdfa.workflow.device import fresh_network
from physdfa.workflow.range.constant import refuse_without_device
from physdfa.workflow.range.curves import check_curves
from physdfa.workflow.range.finished import FinishedRun
from physdfa.workflow.range.options import RangeOptions
from physdfa.workflow.range.spreads import Movable, movable, needs_potentials
from physdfa.workflow.range.yields import sampled_devices


def check_asked(
    finished: FinishedRun, samples: Samples | None, asked: RangeOptions, data_dir: Path | None = None
) -> Movable | None:
    """What a yield or a tolerance would move; None without either.

    **Arguments:**

    - `samples`: the data that a baseline or a yield is trained on; None where neither is asked for.

    **Raises:** `RunFolderError` for a folder that the range could not be written into; `InputError` for a level that no
    point reaches, a baseline that cannot be built, curves that cannot be redrawn, or a spread or drift that the device
    cannot have.
    """
    if not os.access(finished.run.path, os.W_OK):
        raise RunFolderError(
            f"{finished.run.path} cannot be written, and a range is kept in the folder of its run; copy the folder to "
            "where you can write, and ask for the range of the copy."
        )
    points = finished.points
    best_measured = float(np.nanmax(points.accuracy))
    if asked.rule.kind in ("absolute", "best"):
        level = asked.rule.accuracy(best=best_measured)
        if not points.works(level).any():
            raise InputError(
                f"no evaluated point reaches the level of {asked.rule.words(level)}; the best has "
                f"{100 * best_measured:.2f} %. Lower the level."
            )
    best = values_at(points.axes, points.positions[int(np.nanargmax(points.accuracy))])
    if asked.rule.kind == "baseline" and samples is not None:
        _check_baseline(finished, samples, best)
    if asked.rule.kind == "constant":
        refuse_without_device(finished, best)
    if asked.curves:
        check_curves(finished.config, {**finished.fixed, **best})
    if not asked.has_yield and asked.tolerance is None:
        return None
    return _check_moves(finished, {**finished.fixed, **best}, asked, data_dir)


def baseline_values(finished: FinishedRun, best: Mapping[str, Any]) -> dict[str, Any]:
    """The values of the rule `dfa` beside the point `best`: those of it that are no device's."""
    values = {key: value for key, value in {**finished.fixed, **best}.items() if not key.startswith("device.")}
    return {**values, "rule.name": "dfa"}


def _check_baseline(finished: FinishedRun, samples: Samples, best: Mapping[str, Any]) -> None:
    try:
        config = with_values(finished.config, baseline_values(finished, best))
        build_trial(config, samples.dataset, config.experiment.seed)
    except InputError as error:
        raise InputError(
            f"--within-dfa: the rule 'dfa' cannot be trained as this run was: {error} Give --level instead."
        ) from None


def _check_moves(
    finished: FinishedRun, point: Mapping[str, Any], asked: RangeOptions, data_dir: Path | None
) -> Movable:
    """A device is drawn as the yield would draw it."""
    try:
        moves = _moves(finished, point, asked, data_dir)
        for spread in asked.spreads or (None,) if asked.has_yield else ():
            deviations = moves.deviations(point, spread, asked.drift)
            sampled_devices(moves, point, deviations, num=1)
            for key, deviation in deviations.items():
                if not deviation:
                    raise InputError(
                        f"{key} is {point[key]:g} at the best point, and a share of it is none; give its spread in its "
                        f"unit, such as {key.removeprefix('device.')}=0.05{moves.unit_of(key)}."
                    )
    except InputError as error:
        option = "--yield-spread" if asked.has_yield else "--tolerance"
        raise InputError(f"{option}: {error} The range itself is found without {option}.") from None
    return moves


def _moves(finished: FinishedRun, point: Mapping[str, Any], asked: RangeOptions, data_dir: Path | None) -> Movable:
    """What differs from device to device, with the potentials that occur in a fresh network where they are needed."""
    moves = movable(finished.config, [axis.key for axis in finished.points.axes], asked.own_spreads)
    if not needs_potentials(moves, point):
        return moves
    _, _, network = fresh_network(with_values(finished.config, point), data_dir)
    return replace(moves, potentials=np.concatenate([np.ravel(layer) for layer in network.potentials]))
