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
from physdfa.parts.registry import Registry

__all__ = [
    "Option",
    "Parameter",
    "ParameterValue",
    "Registry",
    "check_declared",
    "declarations",
    "declared_as",
    "is_traced",
    "option",
    "parameter",
]
