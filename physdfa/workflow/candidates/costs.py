"""What the backward way of a candidate costs: energy per training sample, and the bits that carry the error back."""

import math

from physdfa.devices import AbstractDevice, Cascade, HardwareCost, backward_pass_cost, converter_bits
from physdfa.training import Trial


def update_energy(device: AbstractDevice | None, cost: HardwareCost, num_requests: int) -> float | None:
    """Energy [J] of the backward pass of one training sample. None for a mere function of u, which has no hardware.

    See `backward_pass_cost`. What the projection of the error draws is not in it: no source states it for all kinds.

    **Arguments:**

    - `num_requests`: hidden neurons times time steps.
    """
    if not isinstance(device, Cascade):
        return None
    return float(backward_pass_cost(device, cost, num_requests).energy_j)


def feedback_bits(trial: Trial) -> float | None:
    """Bits moved to bring the output error of one training sample to its hidden neurons; None without feedback.

        bits = errors * bits of the projection + (b_dac + b_adc) neurons time_steps

    errors: 1 for the final error, one per time step for the online one; the projection's: 32 for an exact error, 2 for
    a ternary one, `error_bits` for a rounded one, once per connection of the feedback matrix that is built, and
    `camera_bits` of each neuron in the two frames of a scattering medium's camera; b_dac, b_adc: of the converters of
    the backward device, for each request of g(u). Weights are set once, and not counted. The definition is ours.
    """
    projection, sizes = trial.rule.projection, trial.network.layer_sizes
    if projection is None:
        return None
    errors = trial.network.num_steps if trial.rule.error == "online" else 1
    projected = math.fsum(projection.bits(size, sizes[-1]) for size in sizes[1:-1])
    converters = 0.0 if trial.device is None else float(converter_bits(trial.device))
    return math.fsum([errors * projected, converters * num_requests(trial)])


def num_requests(trial: Trial) -> int:
    """Requests of g(u) that one training sample makes: hidden neurons times time steps."""
    return sum(trial.network.layer_sizes[1:-1]) * trial.network.num_steps
