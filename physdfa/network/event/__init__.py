"""Networks that compute with exact spike times, for learning rules that use them."""

from physdfa.network.event.inputs import event_currents, event_gradient
from physdfa.network.event.layers import Arrivals, LayerSpikes, ages, arrivals, run_layer
from physdfa.network.event.network import EventNetwork, EventRun

__all__ = [
    "Arrivals",
    "EventNetwork",
    "EventRun",
    "LayerSpikes",
    "ages",
    "arrivals",
    "event_currents",
    "event_gradient",
    "run_layer",
]
