"""What the backward way of a candidate costs: energy per training sample, and the bits that carry the error back."""

import math

from physdfa.config import ExperimentConfig
from physdfa.devices import AbstractDevice, Cascade, HardwareCost, backward_pass_cost, converter_bits
from physdfa.training import Trial

FLOAT_BITS = 32
TERNARY_BITS = 2
CAMERA_FRAMES = 2
"""Bits of an error that is projected as it is; of one that is -1, 0 or 1; and frames per projection of a camera."""


def update_energy(device: AbstractDevice | None, cost: HardwareCost, num_requests: int) -> float | None:
    """Energy [J] of the backward pass of one training sample; None for a mere function of u, which has no hardware.

    See `backward_pass_cost`. What the projection of the error draws is not in it: no source states it for all kinds.

    **Arguments:**

    - `num_requests`: hidden neurons times time steps.
    """
    if not isinstance(device, Cascade):
        return None
    return float(backward_pass_cost(device, cost, num_requests).energy_j)


def feedback_bits(config: ExperimentConfig, trial: Trial) -> float | None:
    """Bits moved to bring the output error of one training sample to its hidden neurons; None without feedback.

        bits = projections (b_error connections + 2 b_camera neurons) + (b_dac + b_adc) neurons time_steps

    b_error: 32 for an exact error, 2 for a ternary one, `error_bits` for a rounded one, once per connection of the
    feedback matrix that is built; b_camera: `camera_bits` of the scattering medium's camera, which takes two frames;
    projections: 1 for the final error, one per time step for the online one; b_dac, b_adc: of the converters of the
    backward device, for each request of g(u). Weights are set once, and not counted. The definition is ours.
    """
    projection = trial.rule.feedback
    if projection is None:
        return None
    section, sizes = config.feedback, trial.network.layer_sizes
    neurons = sum(sizes[1:-1])
    projections = trial.network.num_steps if trial.rule.error == "online" else 1
    by_precision = {"exact": FLOAT_BITS, "ternary": TERNARY_BITS, "rounded": section.error_bits}
    connections = math.fsum(projection.connections(size, sizes[-1]) for size in sizes[1:-1])
    camera = CAMERA_FRAMES * section.camera_bits * neurons if section.kind == "scattering" else 0
    error = by_precision[section.precision] * connections
    converters = 0.0 if trial.device is None else float(converter_bits(trial.device))
    return math.fsum([projections * (error + camera), converters * num_requests(trial)])


def num_requests(trial: Trial) -> int:
    """Requests of g(u) that one training sample makes: hidden neurons times time steps."""
    return sum(trial.network.layer_sizes[1:-1]) * trial.network.num_steps
