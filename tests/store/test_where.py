"""The language of --where: what it says, and everything it refuses."""

import pytest

from physdfa.errors import InputError
from physdfa.store.where import parse_where

COLUMNS = {"rule": str, "seed": float, "test_accuracy": float}
ROW = {"rule": "adfa", "seed": 3, "test_accuracy": None}


@pytest.mark.parametrize(
    ("expression", "holds"),
    [
        ('rule == "adfa"', True),
        ("rule != 'adfa'", False),
        ("seed > 2 and seed <= 3", True),
        ("1 < seed < 3", False),
        ("seed == -3 or rule < 'b'", True),
        ("not (seed == 3)", False),
        ("  3 == seed ", True),
        ("test_accuracy >= 0", False),  # missing: no comparison with it holds
        ("test_accuracy != 0", False),
        ("not test_accuracy >= 0", True),
        ("seed == 3 or seed == 4 and rule == 'x'", True),  # `and` binds more strongly
    ],
)
def test_a_condition_means_what_it_says(expression, holds):
    assert parse_where(expression, COLUMNS)(ROW) is holds


@pytest.mark.parametrize(
    "expression",
    [
        "__import__('os').system('true') == 0",
        "rule.upper() == 'ADFA'",
        "rule.__class__ == 'x'",
        "[seed][0] == 3",
        "seed + 1 == 4",
        "seed ** 9 ** 9 == 1",
        "(lambda: 1)() == 1",
        "seed in (1, 2)",
        "rule is 'adfa'",
        "seed",
        "True",
        "seed == None",
        "seed == True",
        "seed == 1j",
        "f'{seed}' == 'x'",
        "(seed := 3) == 3",
        "rule = 'adfa'",
        "seed == 3; seed == 4",
        "seed ==",
        "",
        "\0",
        "(" * 400 + "seed == 3" + ")" * 400,
        "not " * 240 + "seed == 3 +",
        'rule == "\\d" and',
        "seed == 3 or " * 100 + "seed == 3",
    ],
)
def test_everything_else_is_refused_in_one_sentence(expression):
    with pytest.raises(InputError, match=r"^--where") as refusal:
        parse_where(expression, COLUMNS)
    assert "\n" not in str(refusal.value)


def test_an_unknown_column_names_the_nearest_and_all_known():
    with pytest.raises(InputError, match=r"Did you mean 'test_accuracy'\? Known: rule, seed, test_accuracy"):
        parse_where("test_acuracy > 0.9", COLUMNS)
    with pytest.raises(InputError, match="Texts stand in quotes"):
        parse_where("rule == adfa", COLUMNS)


def test_a_number_is_not_compared_with_a_text():
    with pytest.raises(InputError, match=r"seed \(a number\) with '3' \(text\)"):
        parse_where("seed == '3'", COLUMNS)
