"""The small language of `physdfa runs --where`: comparisons of columns with numbers or texts, and / or / not.

    rule == "adfa" and (test_accuracy >= 0.98 or wall_time_s < 60)

It is read with `ast` and interpreted here; nothing of it is ever run as Python.
"""

import ast
import operator
import warnings
from collections.abc import Callable, Mapping
from typing import Any

from physdfa.errors import InputError, unknown_name

EXAMPLE = 'rule == "adfa" and test_accuracy >= 0.98'
MAX_LENGTH = 1000
COMPARISONS: dict[type[ast.cmpop], Callable[[Any, Any], bool]] = {
    ast.Eq: operator.eq,
    ast.NotEq: operator.ne,
    ast.Lt: operator.lt,
    ast.LtE: operator.le,
    ast.Gt: operator.gt,
    ast.GtE: operator.ge,
}
Row = Mapping[str, object]


def parse_where(expression: str, columns: Mapping[str, type]) -> Callable[[Row], bool]:
    """The condition as a function of a row. A comparison with a missing value (None) does not hold.

    **Arguments:**

    - `columns`: the known names, each with `float` (numbers) or `str` (text).

    **Raises:** `InputError` for anything outside the language, an unknown column, or a number compared with a text.
    """
    if len(expression) > MAX_LENGTH:
        raise InputError(f"--where takes at most {MAX_LENGTH} characters; got {len(expression)}.")
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of Python, about its own literals
            tree = ast.parse(expression.strip(), mode="eval")
        return _condition(tree.body, columns)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:
        if isinstance(error, InputError):
            raise
        raise InputError(f"--where cannot read {expression!r}; write it like {EXAMPLE}.") from None


def _condition(node: ast.expr, columns: Mapping[str, type]) -> Callable[[Row], bool]:
    match node:
        case ast.BoolOp(op=ast.And(), values=values):
            parts = [_condition(value, columns) for value in values]
            return lambda row: all(part(row) for part in parts)
        case ast.BoolOp(op=ast.Or(), values=values):
            parts = [_condition(value, columns) for value in values]
            return lambda row: any(part(row) for part in parts)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            inner = _condition(operand, columns)
            return lambda row: not inner(row)
        case ast.Compare(left=left, ops=ops, comparators=right):
            return _comparison([left, *right], ops, columns)
        case _:
            raise InputError(
                f"--where has no use for '{ast.unparse(node)}': it knows comparisons, and, or, not; "
                f"write it like {EXAMPLE}."
            )


def _comparison(sides: list[ast.expr], ops: list[ast.cmpop], columns: Mapping[str, type]) -> Callable[[Row], bool]:
    for op in ops:
        if type(op) not in COMPARISONS:
            raise InputError(f"--where compares with ==, !=, <, <=, > and >= only; write it like {EXAMPLE}.")
    values = [_value(side, columns) for side in sides]
    kinds = {kind for kind, _ in values}
    if len(kinds) > 1:
        texts = " with ".join(
            f"{ast.unparse(s)} ({'text' if k is str else 'a number'})" for s, (k, _) in zip(sides, values, strict=True)
        )
        raise InputError(f"--where compares {texts}; numbers go without quotes and texts with them.")
    tests = [COMPARISONS[type(op)] for op in ops]

    def holds(row: Row) -> bool:
        found = [read(row) for _, read in values]
        if any(value is None for value in found):
            return False
        return all(test(found[i], found[i + 1]) for i, test in enumerate(tests))

    return holds


def _value(node: ast.expr, columns: Mapping[str, type]) -> tuple[type, Callable[[Row], object]]:
    """The value of one side of a comparison, number or text, and how to read it from a row."""
    match node:
        case ast.Name(id=name) if name in columns:
            return columns[name], lambda row: row[name]
        case ast.Name(id=name):
            raise InputError(f"--where: {unknown_name('column', name, tuple(columns))} (Texts stand in quotes.)")
        case ast.Constant(value=str() as text):
            return str, lambda row: text
        case ast.Constant(value=int() | float() as number) if not isinstance(number, bool):
            return float, lambda row: number
        case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() | float() as number)):
            return float, lambda row: -number
        case _:
            raise InputError(
                f"--where compares columns, numbers and quoted texts, not '{ast.unparse(node)}'; "
                f"write it like {EXAMPLE}."
            )
