"""What a network says about its device, before and after training."""

from physdfa.analysis.potentials import BackwardTable, backward_table, first_layer_potentials
from physdfa.analysis.quality import LayerQuality, device_quality, gain_quality

__all__ = [
    "BackwardTable",
    "LayerQuality",
    "backward_table",
    "device_quality",
    "first_layer_potentials",
    "gain_quality",
]
