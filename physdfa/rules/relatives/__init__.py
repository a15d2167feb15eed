"""Relatives of direct feedback alignment that the papers name."""

from physdfa.rules.relatives.drtp import Drtp
from physdfa.rules.relatives.eprop import Eprop
from physdfa.rules.relatives.erbp import Erbp
from physdfa.rules.relatives.fdfa import Fdfa
from physdfa.rules.relatives.sign_concordant import SignConcordant
from physdfa.rules.relatives.st_dfa import StDfa

__all__ = ["Drtp", "Eprop", "Erbp", "Fdfa", "SignConcordant", "StDfa"]
