"""Models of interference: the Mach-Zehnder modulator and the two ports of a microring."""

import math

import numpy as np

from physdfa.devices.fitting.model import OUTPUT, FittedParameter, Interval, Model, Problem, Shape, Sweep, Weights

MOST_HALF_WAVES = 60.0
"""Half waves in a sweep up to which a search starts there. With finer fringes the starts would lie too far apart."""

_PEAK = FittedParameter("peak_output", OUTPUT, "the largest output: laser power times least loss, if in W")
_CONTRAST = FittedParameter("extinction_ratio_db", "dB", "the ratio of largest to least output")


def extinction_db(floor: float, peak: float) -> float:
    """10 log10(peak / floor) [dB]; infinite without a floor."""
    return 10.0 * math.log10(peak / floor) if floor > 0 else math.inf


def _mach_zehnder(sweep: Sweep) -> Problem:
    # Searched by the phase in the middle of the sweep, which the data hold better than a bias far outside of it.
    shape = {
        "v_pi": Interval(
            # Two samples per half wave tell a fringe from its aliases; ten times the sweep is a straight line.
            low=min(2.0 * sweep.spacing, sweep.span),
            high=10.0 * sweep.span,
            start_low=min(max(2.5 * sweep.spacing, sweep.span / MOST_HALF_WAVES), 0.5 * sweep.span),
            start_high=2.0 * sweep.span,
            log=True,
        ),
        "half_waves": Interval(low=-math.inf, high=math.inf, start_low=-1.0, start_high=1.0),
    }

    def basis(drive: np.ndarray, shape: Shape) -> np.ndarray:
        phase = (drive - sweep.middle) / shape["v_pi"] - shape["half_waves"]
        high = np.cos(0.5 * np.pi * phase) ** 2
        return np.stack([1.0 - high, high])

    def bias(shape: Shape) -> float:
        return sweep.middle + shape["half_waves"] * shape["v_pi"]

    def canonical(shape: Shape, weights: Weights) -> tuple[Shape, Weights]:
        floor, peak = weights
        half_waves = shape["half_waves"] + (1.0 if peak < floor else 0.0)
        folds = round((sweep.middle / shape["v_pi"] + half_waves) / 2.0)
        return {**shape, "half_waves": half_waves - 2.0 * folds}, (min(weights), max(weights))

    def report(shape: Shape, weights: Weights) -> dict[str, float]:
        floor, peak = weights
        return {
            "v_pi": shape["v_pi"],
            "v_bias": bias(shape),
            "extinction_ratio_db": extinction_db(floor, peak),
            "peak_output": peak,
        }

    return Problem(shape=shape, weights=("floor", "peak_output"), basis=basis, canonical=canonical, report=report)


def _ring(sweep: Sweep, *, is_drop: bool) -> Problem:
    shape = {
        "v_fwhm": Interval(
            low=0.5 * sweep.spacing,
            high=20.0 * sweep.span,
            start_low=max(sweep.spacing, sweep.span / 200.0),
            start_high=2.0 * sweep.span,
            log=True,
        ),
        "v_0": Interval(
            low=sweep.low - 2.0 * sweep.span,
            high=sweep.high + 2.0 * sweep.span,
            start_low=sweep.low,
            start_high=sweep.high,
        ),
    }

    def basis(drive: np.ndarray, shape: Shape) -> np.ndarray:
        line = 1.0 / (1.0 + 4.0 * ((drive - shape["v_0"]) / shape["v_fwhm"]) ** 2)
        return line[np.newaxis] if is_drop else np.stack([line, 1.0 - line])

    def report(shape: Shape, weights: Weights) -> dict[str, float]:
        found = {"v_fwhm": shape["v_fwhm"], "v_0": shape["v_0"]}
        if is_drop:
            return {**found, "peak_output": weights[0]}
        return {**found, "extinction_ratio_db": extinction_db(*weights), "peak_output": weights[1]}

    return Problem(
        shape=shape, weights=("peak_output",) if is_drop else ("floor", "peak_output"), basis=basis, report=report
    )


_RING_PARAMETERS = (
    FittedParameter("v_fwhm", "V", "the full width of the resonance at half its depth"),
    FittedParameter("v_0", "V", "the voltage of resonance"),
)
_RING_SOURCE = "W. Bogaerts et al., Laser Photonics Rev. 6, 47 (2012): the Lorentzian near one resonance"

MACH_ZEHNDER = Model(
    name="mach_zehnder",
    formula="y = peak_output [(1 + r) + (1 - r) cos(pi (x - v_bias) / v_pi)] / 2, r = 10^(-extinction_ratio_db / 10)",
    source="Saleh & Teich, Fundamentals of Photonics, 'Electro-Optics'",
    drive_unit="V",
    output_unit=None,
    parameters=(
        FittedParameter("v_pi", "V", "the half-wave voltage"),
        FittedParameter("v_bias", "V", "the voltage of full transmission nearest to 0 V"),
        _CONTRAST,
        _PEAK,
    ),
    problem=_mach_zehnder,
    stage="mach_zehnder",
    stage_values=lambda found, largest: {
        "v_pi": found["v_pi"],
        "v_bias": found["v_bias"],
        "extinction_ratio_db": found["extinction_ratio_db"],
        "insertion_loss_db": 0.0,
        "optical_power": found["peak_output"],
    },
)
MICRORING_THROUGH = Model(
    name="microring_through",
    formula="y = peak_output [1 - (1 - r) / (1 + 4 d^2)], d = (x - v_0) / v_fwhm, r = 10^(-extinction_ratio_db / 10)",
    source=_RING_SOURCE,
    drive_unit="V",
    output_unit=None,
    parameters=(*_RING_PARAMETERS, _CONTRAST, _PEAK),
    problem=lambda sweep: _ring(sweep, is_drop=False),
    stage="microring",
    stage_values=lambda found, largest: {
        "port": "through",
        "v_fwhm": found["v_fwhm"],
        "v_0": found["v_0"],
        "extinction_ratio_db": found["extinction_ratio_db"],
        "insertion_loss_db": 0.0,
        "optical_power": found["peak_output"],
    },
)
MICRORING_DROP = Model(
    name="microring_drop",
    formula="y = peak_output / (1 + 4 d^2), d = (x - v_0) / v_fwhm",
    source=_RING_SOURCE,
    drive_unit="V",
    output_unit=None,
    parameters=(*_RING_PARAMETERS, _PEAK),
    problem=lambda sweep: _ring(sweep, is_drop=True),
    stage="microring",
    stage_values=lambda found, largest: {
        "port": "drop",
        "v_fwhm": found["v_fwhm"],
        "v_0": found["v_0"],
        "insertion_loss_db": 0.0,
        "optical_power": found["peak_output"],
    },
)
