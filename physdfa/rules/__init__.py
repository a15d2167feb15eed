"""Learning rules: (network, parameters, batch, device, state) -> (gradient, state)."""

from physdfa.rules.adfa import adfa
from physdfa.rules.base import ERRORS, Batch, LearningRule, RuleState, RuleUpdate
from physdfa.rules.bptt import bptt
from physdfa.rules.dfa import dfa
from physdfa.rules.readout_only import readout_only

RULES = {"bptt": bptt, "dfa": dfa, "adfa": adfa, "readout_only": readout_only}

__all__ = [
    "ERRORS",
    "RULES",
    "Batch",
    "LearningRule",
    "RuleState",
    "RuleUpdate",
    "adfa",
    "bptt",
    "dfa",
    "readout_only",
]
