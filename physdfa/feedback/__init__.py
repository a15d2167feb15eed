"""The projections that bring the output error back to the hidden layers."""

from physdfa.feedback.base import AbstractProjection, draw_layers
from physdfa.feedback.broadcast import BroadcastProjection
from physdfa.feedback.dense import DenseProjection
from physdfa.feedback.following import SignConcordantProjection, TransposedProjection
from physdfa.feedback.learned import FEEDBACK_OPTIMIZERS, LearnedProjection, UniformProjection
from physdfa.feedback.quantised import RoundedError, TernaryError
from physdfa.feedback.registry import (
    PRECISIONS,
    PROJECTIONS,
    find_precision,
    make_projection,
    projection_declarations,
    projection_parameters,
)
from physdfa.feedback.scattering import ScatteringProjection
from physdfa.feedback.sparse import BlockProjection, FanInProjection, SingleEntryProjection, SparseProjection
from physdfa.feedback.weight_bank import WeightBankProjection

__all__ = [
    "FEEDBACK_OPTIMIZERS",
    "PRECISIONS",
    "PROJECTIONS",
    "AbstractProjection",
    "BlockProjection",
    "BroadcastProjection",
    "DenseProjection",
    "FanInProjection",
    "LearnedProjection",
    "RoundedError",
    "ScatteringProjection",
    "SignConcordantProjection",
    "SingleEntryProjection",
    "SparseProjection",
    "TernaryError",
    "TransposedProjection",
    "UniformProjection",
    "WeightBankProjection",
    "draw_layers",
    "find_precision",
    "make_projection",
    "projection_declarations",
    "projection_parameters",
]
