"""How a part declares its numbers: one declaration feeds validation, help, genes, spreads and data sheets."""

from physdfa.parts.declare import (
    Option,
    Parameter,
    ParameterValue,
    check_declared,
    declarations,
    declared_as,
    is_traced,
    option,
    parameter,
)
from physdfa.parts.own import PartError, error_in_own_part, is_ours, own_name
from physdfa.parts.registry import Registry

__all__ = [
    "Option",
    "Parameter",
    "ParameterValue",
    "PartError",
    "Registry",
    "check_declared",
    "declarations",
    "declared_as",
    "error_in_own_part",
    "is_ours",
    "is_traced",
    "option",
    "own_name",
    "parameter",
]
