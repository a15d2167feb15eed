"""The rules for networks in discrete time, and when each can take its error."""

from physdfa.parts import declarations
from physdfa.rules import RULES

DISCRETE_RULES = {name: rule for name, rule in RULES.items() if not rule.event_neurons}
RULE_ERRORS = {name: declarations(rule)["error"].choices for name, rule in DISCRETE_RULES.items()}
