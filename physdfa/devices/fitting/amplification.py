"""Models of light that is amplified: the semiconductor optical amplifier and the laser above its threshold."""

import math

import numpy as np

from physdfa.devices.fitting.model import GAIN, FittedParameter, Interval, Model, Problem, Shape, Sweep, Weights


def _soa(sweep: Sweep) -> Problem:
    shape = {
        "saturation_power": Interval(
            low=1e-4 * sweep.largest,
            high=1e3 * sweep.largest,
            start_low=1e-2 * sweep.largest,
            start_high=10.0 * sweep.largest,
            log=True,
        )
    }

    def basis(drive: np.ndarray, shape: Shape) -> np.ndarray:
        power = np.maximum(drive, 0.0)
        return (power / (1.0 + power / shape["saturation_power"]))[np.newaxis]

    def report(shape: Shape, weights: Weights) -> dict[str, float]:
        gain = weights[0]
        return {
            "gain_db": 10.0 * math.log10(gain) if gain > 0 else -math.inf,
            "saturation_power": shape["saturation_power"],
        }

    return Problem(shape=shape, weights=("gain_db",), basis=basis, report=report)


def _laser_diode(sweep: Sweep) -> Problem:
    shape = {"threshold_current": Interval(low=sweep.low, high=sweep.high, start_low=sweep.low, start_high=sweep.high)}

    def basis(drive: np.ndarray, shape: Shape) -> np.ndarray:
        return np.stack([np.maximum(drive, 0.0), np.maximum(drive - shape["threshold_current"], 0.0)])

    def report(shape: Shape, weights: Weights) -> dict[str, float]:
        return {
            "threshold_current": shape["threshold_current"],
            "slope_efficiency": weights[0] + weights[1],
            "spontaneous_efficiency": weights[0],
        }

    return Problem(shape=shape, weights=("spontaneous_efficiency", "slope_efficiency"), basis=basis, report=report)


SOA = Model(
    name="soa",
    formula="y = G x / (1 + x / saturation_power), G = 10^(gain_db / 10)",
    source="A. E. Siegman, Lasers (1986), homogeneous gain saturation",
    drive_unit="W",
    output_unit="W",
    parameters=(
        FittedParameter("gain_db", "dB", "the gain of weak light"),
        FittedParameter("saturation_power", "W", "the input power that halves the gain"),
    ),
    problem=_soa,
    stage="soa",
    stage_values=lambda found, largest: dict(found),
)
LASER_DIODE = Model(
    name="laser_diode",
    formula="y = spontaneous_efficiency x + (slope_efficiency - spontaneous_efficiency) max(x - threshold_current, 0)",
    source="Saleh & Teich, Fundamentals of Photonics, 'Semiconductor Photon Sources': light above the threshold",
    drive_unit="A",
    output_unit=None,
    parameters=(
        FittedParameter("threshold_current", "A", "the current at which it starts to lase"),
        FittedParameter("slope_efficiency", GAIN, "the slope above the threshold"),
        FittedParameter("spontaneous_efficiency", GAIN, "the slope below the threshold"),
    ),
    problem=_laser_diode,
    stage=None,
    stage_values=lambda found, largest: {},
)
