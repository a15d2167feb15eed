"""Models of absorption: by voltage in the electro-absorption modulator, by light in the saturable absorber."""

import numpy as np

from physdfa.devices.fitting.model import GAIN, OUTPUT, FittedParameter, Interval, Model, Problem, Shape, Sweep, Weights
from physdfa.errors import InputError


def _electro_absorption(sweep: Sweep) -> Problem:
    if sweep.high <= 0:
        raise InputError("electro_absorption takes the reverse voltage as positive; this sweep ends at or below 0 V.")
    shape = {
        "v_0": Interval(
            low=1e-3 * sweep.high,
            high=1e3 * sweep.high,
            start_low=0.05 * sweep.high,
            start_high=5.0 * sweep.high,
            log=True,
        ),
        "exponent": Interval(low=1.0, high=20.0, start_low=1.0, start_high=5.0),
    }

    def basis(drive: np.ndarray, shape: Shape) -> np.ndarray:
        absorbance = (np.maximum(drive, 0.0) / shape["v_0"]) ** shape["exponent"]
        return np.exp(-absorbance)[np.newaxis]

    def report(shape: Shape, weights: Weights) -> dict[str, float]:
        return {"v_0": shape["v_0"], "exponent": shape["exponent"], "peak_output": weights[0]}

    return Problem(shape=shape, weights=("peak_output",), basis=basis, report=report)


def _saturable_absorber(sweep: Sweep) -> Problem:
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
        return np.stack([power, power * (power / (power + shape["saturation_power"]))])

    def report(shape: Shape, weights: Weights) -> dict[str, float]:
        return {
            "transmission": weights[0],
            "modulation_depth": weights[1],
            "saturation_power": shape["saturation_power"],
        }

    return Problem(shape=shape, weights=("transmission", "modulation_depth"), basis=basis, report=report)


ELECTRO_ABSORPTION = Model(
    name="electro_absorption",
    formula="y = peak_output exp(-(max(x, 0) / v_0)^exponent), x the reverse voltage",
    source="G. L. Li & P. K. L. Yu, J. Lightwave Technol. 21, 2010 (2003)",
    drive_unit="V",
    output_unit=None,
    parameters=(
        FittedParameter("v_0", "V", "the voltage of transmission 1/e"),
        FittedParameter("exponent", "", "the power of the voltage in the absorption"),
        FittedParameter("peak_output", OUTPUT, "the output without voltage"),
    ),
    problem=_electro_absorption,
    stage="electro_absorption",
    stage_values=lambda found, largest: {
        "v_0": found["v_0"],
        "exponent": found["exponent"],
        "insertion_loss_db": 0.0,
        "optical_power": found["peak_output"],
    },
)
SATURABLE_ABSORBER = Model(
    name="saturable_absorber",
    formula="y = x [transmission + modulation_depth x / (x + saturation_power)]",
    source="Saleh & Teich, Fundamentals of Photonics, 'Amplifier Nonlinearity'",
    drive_unit="W",
    output_unit="W",
    parameters=(
        FittedParameter("transmission", GAIN, "the transmission of weak light"),
        FittedParameter("modulation_depth", GAIN, "the additional transmission of strong light"),
        FittedParameter("saturation_power", "W", "the power that saturates half of the absorption"),
    ),
    problem=_saturable_absorber,
    stage="saturable_absorber",
    stage_values=lambda found, largest: dict(found),
    is_limited=False,
)
