"""Learning rules that use exact spike times."""

from physdfa.rules.event.sfdfa import GRADIENTS, LOCAL_GRADIENTS, Sfdfa
from physdfa.rules.event.sweep import Traces, input_traces, layer_traces, local_factor

__all__ = [
    "GRADIENTS",
    "LOCAL_GRADIENTS",
    "Sfdfa",
    "Traces",
    "input_traces",
    "layer_traces",
    "local_factor",
]
