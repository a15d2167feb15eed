"""Relatives of direct feedback alignment that the papers name."""

from physdfa.rules.relatives.drtp import drtp
from physdfa.rules.relatives.eprop import EPROP_ERRORS, eprop
from physdfa.rules.relatives.erbp import ERBP_ERRORS, erbp
from physdfa.rules.relatives.fdfa import fdfa
from physdfa.rules.relatives.fixed_error import error_refusal
from physdfa.rules.relatives.sign_concordant import sign_concordant
from physdfa.rules.relatives.st_dfa import ST_DFA_ERRORS, st_dfa

__all__ = [
    "EPROP_ERRORS",
    "ERBP_ERRORS",
    "ST_DFA_ERRORS",
    "drtp",
    "eprop",
    "erbp",
    "error_refusal",
    "fdfa",
    "sign_concordant",
    "st_dfa",
]
