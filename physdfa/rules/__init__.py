"""Learning rules: (network, parameters, batch, device, state) -> (gradient, state).

Rules       bptt, dfa, adfa, sparse_dfa, readout_only, sfdfa, fdfa, eprop, ottt, erbp, st_dfa, sign_concordant, drtp:
            classes, `rules.adfa()` is `rules.Adfa()`; RULES holds them by name
Own rules   DirectFeedback (of two functions); AbstractRandomFeedback and AbstractDirectFeedback (to derive from, in
            this order), LocalFactor (what multiplies the projected error), SURROGATE and RESPONSE (those of dfa and
            adfa); AbstractRule (for any other `update`), which tells what a rule says of itself
What a rule is given and gives    Batch, RuleState, RuleUpdate, Objective
Beside it   ERRORS, LOCAL_FACTORS, RatePenalty, SpikeLosses, UpdateCounts, UpdateGate

`docs/rules.md` has the equations, `docs/own_rule.md` a rule of one's own.
"""

from physdfa.parts import Registry
from physdfa.rules.adfa import RESPONSE, Adfa
from physdfa.rules.base import ERRORS, AbstractRule, Batch, Objective, RuleState, RuleUpdate, SpikeLosses
from physdfa.rules.bptt import Bptt
from physdfa.rules.dfa import Dfa
from physdfa.rules.direct_feedback import AbstractDirectFeedback, AbstractRandomFeedback, DirectFeedback
from physdfa.rules.drtp import Drtp
from physdfa.rules.eprop import Eprop
from physdfa.rules.erbp import Erbp
from physdfa.rules.event import Sfdfa
from physdfa.rules.factors import SURROGATE, LocalFactor
from physdfa.rules.fdfa import Fdfa
from physdfa.rules.ottt import Ottt
from physdfa.rules.rate_penalty import RatePenalty
from physdfa.rules.readout_only import ReadoutOnly
from physdfa.rules.sign_concordant import SignConcordant
from physdfa.rules.sparse_dfa import LOCAL_FACTORS, SparseDfa
from physdfa.rules.st_dfa import StDfa
from physdfa.rules.update_gate import UpdateCounts, UpdateGate

RULES = Registry(
    "learning rule",
    AbstractRule,
    {
        rule.name: rule
        for rule in (
            Bptt,
            Dfa,
            Adfa,
            SparseDfa,
            ReadoutOnly,
            Sfdfa,
            Fdfa,
            Eprop,
            Ottt,
            Erbp,
            StDfa,
            SignConcordant,
            Drtp,
        )
    },
)
"""The learning rules by name."""

# The names of experiment files serve in Python as well: `rules.adfa()` is `rules.Adfa()`.
adfa, bptt, dfa, drtp, eprop, erbp, fdfa, ottt = Adfa, Bptt, Dfa, Drtp, Eprop, Erbp, Fdfa, Ottt
readout_only, sfdfa, sign_concordant, sparse_dfa, st_dfa = ReadoutOnly, Sfdfa, SignConcordant, SparseDfa, StDfa

__all__ = [
    "ERRORS",
    "LOCAL_FACTORS",
    "RESPONSE",
    "RULES",
    "SURROGATE",
    "AbstractDirectFeedback",
    "AbstractRandomFeedback",
    "AbstractRule",
    "Adfa",
    "Batch",
    "Bptt",
    "Dfa",
    "DirectFeedback",
    "Drtp",
    "Eprop",
    "Erbp",
    "Fdfa",
    "LocalFactor",
    "Objective",
    "Ottt",
    "RatePenalty",
    "ReadoutOnly",
    "RuleState",
    "RuleUpdate",
    "Sfdfa",
    "SignConcordant",
    "SparseDfa",
    "SpikeLosses",
    "StDfa",
    "UpdateCounts",
    "UpdateGate",
    "adfa",
    "bptt",
    "dfa",
    "drtp",
    "eprop",
    "erbp",
    "fdfa",
    "ottt",
    "readout_only",
    "sfdfa",
    "sign_concordant",
    "sparse_dfa",
    "st_dfa",
]
