"""Spiking neurons: step functions in discrete time, and on a time grid with exact spike times."""

from physdfa.neurons.event_lif import EventLif
from physdfa.neurons.lif import RESETS, Lif, LifState, LifStep, where_awake

__all__ = ["RESETS", "EventLif", "Lif", "LifState", "LifStep", "where_awake"]
