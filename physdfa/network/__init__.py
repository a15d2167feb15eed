"""Networks of spiking neurons: parameters, forward pass over time, readouts."""

from physdfa.network.forward import (
    UNROLL_STEPS,
    FirstLayer,
    ForwardResult,
    LayerStep,
    SpikeSums,
    SpikingNetwork,
    Stimulus,
    first_layer,
    forward,
    mean_rates,
    no_spikes,
    outputs_from_activity,
    outputs_from_currents,
    run,
    weighted_activity,
    with_spikes,
)
from physdfa.network.parameters import NetworkParameters, affine, initial_parameters
from physdfa.network.readout import MEMBRANE_REDUCTIONS, READOUTS, Readout

__all__ = [
    "MEMBRANE_REDUCTIONS",
    "READOUTS",
    "UNROLL_STEPS",
    "FirstLayer",
    "ForwardResult",
    "LayerStep",
    "NetworkParameters",
    "Readout",
    "SpikeSums",
    "SpikingNetwork",
    "Stimulus",
    "affine",
    "first_layer",
    "forward",
    "initial_parameters",
    "mean_rates",
    "no_spikes",
    "outputs_from_activity",
    "outputs_from_currents",
    "run",
    "weighted_activity",
    "with_spikes",
]
