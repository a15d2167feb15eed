"""Measures of a network and its device, before and after training."""

from physdfa.analysis.alignment import (
    Angle,
    LearningAngles,
    angle_between,
    feedback_angles,
    learning_angles,
    update_angles,
)
from physdfa.analysis.early_scores import EarlyScores, early_scores
from physdfa.analysis.potentials import BackwardTable, backward_table, first_layer_potentials
from physdfa.analysis.predictors import PredictorRanking, rank_predictors
from physdfa.analysis.quality import LayerQuality, device_quality, gain_quality

__all__ = [
    "Angle",
    "BackwardTable",
    "EarlyScores",
    "LayerQuality",
    "LearningAngles",
    "PredictorRanking",
    "angle_between",
    "backward_table",
    "device_quality",
    "early_scores",
    "feedback_angles",
    "first_layer_potentials",
    "gain_quality",
    "learning_angles",
    "rank_predictors",
    "update_angles",
]
