"""How a part declares its numbers: one declaration feeds validation, help, genes, spreads and data sheets."""

from physdfa.parts.declare import (
    Option,
    Parameter,
    ParameterValue,
    check_declared,
    declarations,
    is_traced,
    option,
    parameter,
)

__all__ = [
    "Option",
    "Parameter",
    "ParameterValue",
    "check_declared",
    "declarations",
    "is_traced",
    "option",
    "parameter",
]
