"""Models of electronic stages: the differential amplifier and the rectifier."""

import numpy as np

from physdfa.devices.fitting.model import GAIN, OUTPUT, FittedParameter, Interval, Model, Problem, Shape, Sweep, Weights


def _tanh_amplifier(sweep: Sweep) -> Problem:
    shape = {
        "v_width": Interval(
            low=0.1 * sweep.spacing,
            high=50.0 * sweep.span,
            start_low=max(sweep.spacing, sweep.span / 200.0),
            start_high=2.0 * sweep.span,
            log=True,
        ),
        "v_offset": Interval(
            low=sweep.low - 2.0 * sweep.span,
            high=sweep.high + 2.0 * sweep.span,
            start_low=sweep.low,
            start_high=sweep.high,
        ),
    }

    def basis(drive: np.ndarray, shape: Shape) -> np.ndarray:
        return np.tanh((drive - shape["v_offset"]) / shape["v_width"])[np.newaxis]

    def report(shape: Shape, weights: Weights) -> dict[str, float]:
        return {"gain": weights[0] / shape["v_width"], "saturation": abs(weights[0]), "v_offset": shape["v_offset"]}

    return Problem(shape=shape, weights=("saturation",), basis=basis, report=report, is_signed=True)


def _rectifier(sweep: Sweep) -> Problem:
    shape = {
        "v_th": Interval(
            low=sweep.low - sweep.span, high=sweep.high + sweep.span, start_low=sweep.low, start_high=sweep.high
        ),
        "v_slope": Interval(
            low=1e-2 * sweep.spacing,
            high=5.0 * sweep.span,
            start_low=max(0.2 * sweep.spacing, sweep.span / 500.0),
            start_high=0.5 * sweep.span,
            log=True,
        ),
    }

    def basis(drive: np.ndarray, shape: Shape) -> np.ndarray:
        return (shape["v_slope"] * np.logaddexp(0.0, (drive - shape["v_th"]) / shape["v_slope"]))[np.newaxis]

    def report(shape: Shape, weights: Weights) -> dict[str, float]:
        return {"gain": weights[0], "v_th": shape["v_th"], "v_slope": shape["v_slope"]}

    return Problem(shape=shape, weights=("gain",), basis=basis, report=report)


TANH_AMPLIFIER = Model(
    name="tanh_amplifier",
    formula="y = saturation tanh(gain (x - v_offset) / saturation)",
    source="Gray, Hurst, Lewis & Meyer, Analysis and Design of Analog Integrated Circuits, emitter-coupled pair",
    drive_unit="V",
    output_unit="V",
    parameters=(
        FittedParameter("gain", GAIN, "the small-signal gain"),
        FittedParameter("saturation", OUTPUT, "the largest output"),
        FittedParameter("v_offset", "V", "the voltage of zero output"),
    ),
    problem=_tanh_amplifier,
    stage="tanh_amplifier",
    stage_values=lambda found, largest: dict(found),
)
RECTIFIER = Model(
    name="rectifier",
    formula="y = gain v_slope ln(1 + exp((x - v_th) / v_slope))",
    source="W. Shockley, Bell Syst. Tech. J. 28, 435 (1949); Enz, Krummenacher & Vittoz (1995): the soft corner",
    drive_unit="V",
    output_unit="V",
    parameters=(
        FittedParameter("gain", GAIN, "the slope of the conducting branch"),
        FittedParameter("v_th", "V", "the voltage at which it starts to conduct"),
        FittedParameter("v_slope", "V", "the width of the corner"),
    ),
    problem=_rectifier,
    stage="rectifier",
    # Beyond the sweep nothing is known: there the output stays at the largest that was seen.
    stage_values=lambda found, largest: {**found, "saturation": largest},
)
