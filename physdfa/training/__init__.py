"""Training: losses, optimisers, the compiled epoch, populations."""

from physdfa.training.directions import OPTIMIZERS, Adagrad, Adam, AdamW, Lion, RmsProp, Sgd
from physdfa.training.forward_weights import rounded_weight
from physdfa.training.free_memory import free_bytes
from physdfa.training.losses import LOSSES, AbstractLoss, CrossEntropy, MeanSquaredError, SpikeCount
from physdfa.training.optimizer import SCHEDULES, AbstractOptimizer, OptaxOptimizer, Optimizer
from physdfa.training.population import (
    EpochReport,
    Member,
    Population,
    Splits,
    member,
    members_of,
    stack,
    structure_of,
)
from physdfa.training.program import Program
from physdfa.training.step import (
    CALIBRATION_SAMPLES,
    Data,
    EpochMetrics,
    Score,
    TrainState,
    layer_potentials,
    plain_batch,
)
from physdfa.training.trainer import Trainer
from physdfa.training.trial import Trial

__all__ = [
    "CALIBRATION_SAMPLES",
    "LOSSES",
    "OPTIMIZERS",
    "SCHEDULES",
    "AbstractLoss",
    "AbstractOptimizer",
    "Adagrad",
    "Adam",
    "AdamW",
    "CrossEntropy",
    "Data",
    "EpochMetrics",
    "EpochReport",
    "Lion",
    "MeanSquaredError",
    "Member",
    "OptaxOptimizer",
    "Optimizer",
    "Population",
    "Program",
    "RmsProp",
    "Score",
    "Sgd",
    "SpikeCount",
    "Splits",
    "TrainState",
    "Trainer",
    "Trial",
    "free_bytes",
    "layer_potentials",
    "member",
    "members_of",
    "plain_batch",
    "rounded_weight",
    "stack",
    "structure_of",
]
