"""Learning rules: (network, parameters, batch, device, state) -> (gradient, state)."""

from physdfa.rules.adfa import adfa
from physdfa.rules.base import ERRORS, Batch, LearningRule, Objective, RuleState, RuleUpdate, SpikeLosses
from physdfa.rules.bptt import bptt
from physdfa.rules.dfa import dfa
from physdfa.rules.direct_feedback import direct_feedback
from physdfa.rules.factors import SURROGATE, LocalFactor
from physdfa.rules.rate_penalty import RatePenalty
from physdfa.rules.readout_only import readout_only
from physdfa.rules.relatives import (
    EPROP_ERRORS,
    ERBP_ERRORS,
    ST_DFA_ERRORS,
    drtp,
    eprop,
    erbp,
    error_refusal,
    fdfa,
    sign_concordant,
    st_dfa,
)
from physdfa.rules.sparse_dfa import LOCAL_FACTORS, sparse_dfa
from physdfa.rules.update_gate import UpdateCounts, UpdateGate

RULES = {
    "bptt": bptt,
    "dfa": dfa,
    "adfa": adfa,
    "sparse_dfa": sparse_dfa,
    "readout_only": readout_only,
    "fdfa": fdfa,
    "eprop": eprop,
    "erbp": erbp,
    "st_dfa": st_dfa,
    "sign_concordant": sign_concordant,
    "drtp": drtp,
}
"""The rules for networks in discrete time by name; each is made from the `error` that it uses."""

RULE_ERRORS = {name: ERRORS for name in RULES} | {"eprop": EPROP_ERRORS, "erbp": ERBP_ERRORS, "st_dfa": ST_DFA_ERRORS}
"""When each of these rules can take its error: what it can be made from."""

__all__ = [
    "ERRORS",
    "LOCAL_FACTORS",
    "RULES",
    "RULE_ERRORS",
    "SURROGATE",
    "Batch",
    "LearningRule",
    "LocalFactor",
    "Objective",
    "RatePenalty",
    "RuleState",
    "RuleUpdate",
    "SpikeLosses",
    "UpdateCounts",
    "UpdateGate",
    "adfa",
    "bptt",
    "dfa",
    "direct_feedback",
    "drtp",
    "eprop",
    "erbp",
    "error_refusal",
    "fdfa",
    "readout_only",
    "sign_concordant",
    "sparse_dfa",
    "st_dfa",
]
