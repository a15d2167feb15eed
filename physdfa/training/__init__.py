"""Training: losses, optimisers, the compiled epoch, populations."""

from physdfa.training.losses import LOSSES
from physdfa.training.optimizer import OPTIMIZERS, SCHEDULES, Optimizer
from physdfa.training.population import EpochReport, Population, Splits, Trainer, member, stack, structure_of
from physdfa.training.program import Program
from physdfa.training.step import Data, EpochMetrics, Score, TrainState, layer_potentials
from physdfa.training.trial import Trial

__all__ = [
    "LOSSES",
    "OPTIMIZERS",
    "SCHEDULES",
    "Data",
    "EpochMetrics",
    "EpochReport",
    "Optimizer",
    "Population",
    "Program",
    "Score",
    "Splits",
    "TrainState",
    "Trainer",
    "Trial",
    "layer_potentials",
    "member",
    "stack",
    "structure_of",
]
