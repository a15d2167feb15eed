"""What a docstring says first is said in one short sentence."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
ROOMS = (*sorted(path.parent.name for path in ROOT.glob("physdfa/*/__init__.py")), "../ga_search")
MOST_WORDS = 20


def public_docstrings(node: ast.AST, name: str) -> Iterator[tuple[str, str]]:
    """The docstrings of a module, of its public classes and functions, and of their public members."""
    text = ast.get_docstring(node) if isinstance(node, ast.Module | ast.ClassDef | ast.FunctionDef) else None
    if text:
        yield name, text
    for child in getattr(node, "body", []):
        if isinstance(child, ast.ClassDef | ast.FunctionDef) and not child.name.startswith("_"):
            yield from public_docstrings(child, f"{name}.{child.name}")


@pytest.mark.parametrize("room", ROOMS)
def test_the_first_sentence_of_a_docstring_has_at_most_twenty_words_and_more_than_one(room):
    found = [
        (name, re.split(r"(?<=[.!?])\s|\n\n", text)[0].split())
        for path in sorted((ROOT / "physdfa" / room).resolve().rglob("*.py"))
        for name, text in public_docstrings(ast.parse(path.read_text(encoding="utf-8")), str(path.relative_to(ROOT)))
    ]
    assert len(found) > 10
    long = [
        (name, words) for name, words in found if not 1 < len(words) <= MOST_WORDS and "=" not in words
    ]  # no equation
    assert [f"{name}: {' '.join(words)}" for name, words in long] == []
