"""Measures of a network and its device, before and after training."""

from physdfa.analysis.alignment import LearningAngles, learning_angles
from physdfa.analysis.early_scores import EARLY_EPOCHS, early_scores, mean_update_angle
from physdfa.analysis.potentials import BackwardTable, backward_table, first_layer_potentials
from physdfa.analysis.quality import LayerQuality, device_quality

__all__ = [
    "EARLY_EPOCHS",
    "BackwardTable",
    "LayerQuality",
    "LearningAngles",
    "backward_table",
    "device_quality",
    "early_scores",
    "first_layer_potentials",
    "learning_angles",
    "mean_update_angle",
]
