"""What a network says about its device, before and after training."""

from physdfa.analysis.alignment import Angle, angle_between, feedback_angles, update_angles
from physdfa.analysis.potentials import BackwardTable, backward_table, first_layer_potentials
from physdfa.analysis.quality import LayerQuality, device_quality, gain_quality

__all__ = [
    "Angle",
    "BackwardTable",
    "LayerQuality",
    "angle_between",
    "backward_table",
    "device_quality",
    "feedback_angles",
    "first_layer_potentials",
    "gain_quality",
    "update_angles",
]
