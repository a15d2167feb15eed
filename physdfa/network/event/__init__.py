"""Networks that compute with exact spike times, for learning rules that use them."""

from physdfa.network.event.inputs import event_currents, event_gradient
from physdfa.network.event.layers import Arrivals, LayerSpikes, ages, arrivals, run_layer
from physdfa.network.event.network import EventBlocks, EventNetwork, EventRun, join_blocks, split_blocks

__all__ = [
    "Arrivals",
    "EventBlocks",
    "EventNetwork",
    "EventRun",
    "LayerSpikes",
    "ages",
    "arrivals",
    "event_currents",
    "event_gradient",
    "join_blocks",
    "run_layer",
    "split_blocks",
]
