"""Spiking neurons: step functions in discrete time, and on a time grid with exact spike times."""

from physdfa.neurons.alif import Alif
from physdfa.neurons.base import AbstractNeuron, NeuronStep, where_awake
from physdfa.neurons.cuba_lif import CubaLif
from physdfa.neurons.event_lif import EventLif
from physdfa.neurons.leaky import RESETS, AbstractLeaky, LifState
from physdfa.neurons.lif import Lif
from physdfa.parts import Registry

NEURONS = Registry("neuron", AbstractNeuron, {neuron.name: neuron for neuron in (Lif, CubaLif, Alif)})
"""Neurons in discrete time by name."""

__all__ = [
    "NEURONS",
    "RESETS",
    "AbstractLeaky",
    "AbstractNeuron",
    "Alif",
    "CubaLif",
    "EventLif",
    "Lif",
    "LifState",
    "NeuronStep",
    "where_awake",
]
