"""Networks that compute with exact spike times, for learning rules that use them."""

from physdfa.network.event.inputs import event_currents, event_gradient
from physdfa.network.event.layers import Arrivals, LayerSpikes, ages, arrivals, as_pieces, row, run_layer, with_row
from physdfa.network.event.network import EventNetwork, EventRun, join_blocks, split_blocks

__all__ = [
    "Arrivals",
    "EventNetwork",
    "EventRun",
    "LayerSpikes",
    "ages",
    "arrivals",
    "as_pieces",
    "event_currents",
    "event_gradient",
    "join_blocks",
    "row",
    "run_layer",
    "split_blocks",
    "with_row",
]
