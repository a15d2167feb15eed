"""Networks of spiking neurons: parameters, forward pass over time, readouts."""

from physdfa.network.connections import AbstractConnections, FullConnections
from physdfa.network.convolution import Convolution, ConvolutionalConnections
from physdfa.network.forward import (
    FirstLayer,
    ForwardResult,
    LayerStep,
    SpikeSums,
    SpikingNetwork,
    Stimulus,
    affine,
    first_layer,
    forward,
    mean_rates,
    no_spikes,
    outputs_from_activity,
    run,
    weighted_activity,
    with_spikes,
)
from physdfa.network.layers import as_connections, recurrent_layers, with_recurrence
from physdfa.network.parameters import NetworkParameters, initial_parameters, paths_to_outputs
from physdfa.network.readout import (
    MEMBRANE_REDUCTIONS,
    READOUTS,
    UNROLL_STEPS,
    AbstractLinearReadout,
    AbstractReadout,
    Count,
    Membrane,
    Rate,
    steps_per_kernel,
)
from physdfa.network.synapses import synaptic_means, synaptic_shares

__all__ = [
    "MEMBRANE_REDUCTIONS",
    "READOUTS",
    "UNROLL_STEPS",
    "AbstractConnections",
    "AbstractLinearReadout",
    "AbstractReadout",
    "Convolution",
    "ConvolutionalConnections",
    "Count",
    "FirstLayer",
    "ForwardResult",
    "FullConnections",
    "LayerStep",
    "Membrane",
    "NetworkParameters",
    "Rate",
    "SpikeSums",
    "SpikingNetwork",
    "Stimulus",
    "affine",
    "as_connections",
    "first_layer",
    "forward",
    "initial_parameters",
    "mean_rates",
    "no_spikes",
    "outputs_from_activity",
    "paths_to_outputs",
    "recurrent_layers",
    "run",
    "steps_per_kernel",
    "synaptic_means",
    "synaptic_shares",
    "weighted_activity",
    "with_recurrence",
    "with_spikes",
]
