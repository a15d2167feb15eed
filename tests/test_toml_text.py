"""Text that is TOML, and beyond what anything could mean."""

import tomllib

import pytest

from physdfa.toml_text import MOST_DEPTH, TooMuchError, load_toml


def test_ordinary_text_is_what_tomllib_says():
    text = 'a = [1, [2, 3]]\n[b.c]\nd = "e"\n'
    assert load_toml(text) == tomllib.loads(text)


@pytest.mark.parametrize(
    "text",
    ["a = " + "[" * depth + "]" * depth for depth in (MOST_DEPTH + 1, 5000)]
    + ["[" + ".".join("a" * 500) + "]", "a = " + "9" * 5000],
)
def test_what_is_too_deep_or_too_long_is_refused_as_toml(text):
    with pytest.raises(TooMuchError):
        load_toml(text)


def test_the_deepest_that_is_allowed_is_read():
    depth = MOST_DEPTH - 1
    assert load_toml("a = " + "[" * depth + "]" * depth)
