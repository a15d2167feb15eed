"""Spiking neurons: step functions in discrete time, and on a time grid with exact spike times."""

from physdfa.neurons.base import AbstractNeuron, NeuronStep, where_awake
from physdfa.neurons.event_lif import EventLif
from physdfa.neurons.lif import RESETS, Lif, LifState
from physdfa.parts import Registry

NEURONS = Registry("neuron", AbstractNeuron, {Lif.name: Lif})
"""Neurons in discrete time by name."""

__all__ = ["NEURONS", "RESETS", "AbstractNeuron", "EventLif", "Lif", "LifState", "NeuronStep", "where_awake"]
