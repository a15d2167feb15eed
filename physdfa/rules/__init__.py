"""Learning rules: (network, parameters, batch, device, state) -> (gradient, state)."""

from physdfa.rules.adfa import adfa
from physdfa.rules.base import ERRORS, Batch, LearningRule, Objective, RuleState, RuleUpdate, SpikeLosses
from physdfa.rules.bptt import bptt
from physdfa.rules.dfa import dfa
from physdfa.rules.rate_penalty import RatePenalty
from physdfa.rules.readout_only import readout_only

RULES = {"bptt": bptt, "dfa": dfa, "adfa": adfa, "readout_only": readout_only}
"""The rules for networks in discrete time by name; each is made from the `error` that it uses."""

__all__ = [
    "ERRORS",
    "RULES",
    "Batch",
    "LearningRule",
    "Objective",
    "RatePenalty",
    "RuleState",
    "RuleUpdate",
    "SpikeLosses",
    "adfa",
    "bptt",
    "dfa",
    "readout_only",
]
