"""Spiking neurons: step functions in discrete time."""

from physdfa.neurons.lif import RESETS, Lif, LifState, LifStep

__all__ = ["RESETS", "Lif", "LifState", "LifStep"]
