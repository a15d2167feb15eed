import math

import equinox as eqx
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.errors import InputError
from physdfa.parts import Option, Parameter, ParameterValue, declarations, option, parameter


class Declared(eqx.Module):
    v_pi: ParameterValue = parameter(
        default=4.7, unit="V", low=0.0, low_open=True, typical=(3.0, 7.0), meaning="the half-wave voltage"
    )
    share: ParameterValue = parameter(default=0.5, unit="", low=0.0, high=1.0, typical=(0.0, 1.0), meaning="a share")
    ratio_db: ParameterValue = parameter(
        default=20.0, unit="dB", low=0.0, high_open=False, typical=(10.0, 30.0), meaning="a ratio"
    )
    found: ParameterValue | None = parameter(
        default=None, unit="A", low=0.0, typical=(0.0, 1.0), meaning="a level that is found"
    )
    count: ParameterValue = parameter(
        default=8.0, unit="", low=1.0, high=16.0, typical=(4.0, 8.0), meaning="a number of bits", whole=True
    )
    mode: str = option(default="zero", choices=("zero", "balanced"), meaning="the mode")
    bits: int = option(default=8, high=16, meaning="the resolution")
    weights: object = option(default=None, static=False, meaning="the weights")
    undeclared: float = eqx.field(static=True, default=0.0)


def mistake(name, value):
    return declarations(Declared)[name].mistake(value)


def test_the_declaration_gives_a_float32_leaf_with_its_default():
    assert Declared().v_pi.dtype == jnp.float32
    assert Declared().v_pi == np.float32(4.7)
    assert Declared(v_pi=3).v_pi.shape == ()
    assert Declared(v_pi=np.array([3.0, 4.0])).v_pi.shape == (2,)
    assert Declared().found is None


def test_only_declared_fields_are_listed_and_each_knows_its_name():
    found = declarations(Declared)
    assert [entry.name for entry in found.values()] == list(found)
    assert "undeclared" not in found
    assert isinstance(found["v_pi"], Parameter)
    assert isinstance(found["mode"], Option)


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("v_pi", 1e-30),
        ("v_pi", 3),
        ("v_pi", jnp.array([1.0, 2.0])),
        ("share", 0.0),
        ("share", 1.0),
        ("share", np.float32(1.0)),
        ("ratio_db", float("inf")),
        ("found", None),
        ("count", 4),
        ("count", 4.0),
        ("mode", "balanced"),
        ("bits", 16),
        ("weights", [0.5, 1]),
        ("weights", jnp.ones((3, 4))),
    ],
)
def test_what_the_declaration_allows_passes(name, value):
    assert mistake(name, value) is None


@pytest.mark.parametrize(
    ("name", "value", "sentence"),
    [
        ("v_pi", 0.0, "`v_pi` is the half-wave voltage and must be > 0 V and finite; got 0 V."),
        ("v_pi", -2, "`v_pi` is the half-wave voltage and must be > 0 V and finite; got -2 V."),
        ("v_pi", 1e-42, "`v_pi` is the half-wave voltage and must be > 0 V and finite; got 1e-42 V."),
        ("v_pi", float("inf"), "`v_pi` is the half-wave voltage and must be > 0 V and finite; got inf V."),
        ("v_pi", 1e39, "`v_pi` is the half-wave voltage and must be > 0 V and finite; got 1e+39 V."),
        ("v_pi", float("nan"), "`v_pi` is the half-wave voltage and must be > 0 V and finite; got nan V."),
        ("v_pi", jnp.array([1.0, -3.0]), "`v_pi` is the half-wave voltage and must be > 0 V and finite; got -3 V."),
        ("v_pi", "4.7", "`v_pi` is the half-wave voltage and must be a number [V]; got '4.7'."),
        ("v_pi", True, "`v_pi` is the half-wave voltage and must be a number [V]; got True."),
        ("v_pi", None, "`v_pi` is the half-wave voltage and must be a number [V]; got None."),
        ("v_pi", [1.0], "`v_pi` is the half-wave voltage and must be a number [V]; got [1.0]."),
        ("share", 1.5, "`share` is a share and must be >= 0 and <= 1; got 1.5."),
        ("mode", "middle", "`mode` is the mode and must be one of zero, balanced; got 'middle'."),
        ("mode", 1, "`mode` is the mode and must be one of zero, balanced; got 1."),
        ("bits", 8.0, "`bits` is the resolution and must be a whole number from 1 to 16; got 8.0."),
        ("bits", 0, "`bits` is the resolution and must be a whole number from 1 to 16; got 0."),
        (
            "weights",
            [1.0, float("nan")],
            "`weights` is the weights and must be a list of finite numbers; got [1.0, nan].",
        ),
        ("weights", "1 2", "`weights` is the weights and must be a list of finite numbers; got '1 2'."),
        ("weights", [], "`weights` is the weights and must be a list of finite numbers; got []."),
    ],
)
def test_what_it_does_not_allow_is_told_in_one_sentence(name, value, sentence):
    assert mistake(name, value) == sentence


def test_a_number_too_large_for_any_float_is_refused_and_does_not_crash():
    assert "must be" in mistake("v_pi", 10**400)


def test_a_count_takes_whole_numbers_only():
    assert mistake("count", 4.5) == "`count` is a number of bits and must be a whole number >= 1 and <= 16; got 4.5."


@pytest.mark.parametrize(
    ("default", "declared", "expected"),
    [
        (0.5, {"low": -1.0, "high": 1.0}, (-1.0, 1.0)),
        (0.5, {"low": 0.0, "high": 1.0, "low_open": True}, (0.05, 1.0)),
        (0.5, {"low": 0.0, "high": 1.0, "high_open": True}, (0.0, 0.95)),
        (4.0, {"low": 0.0, "low_open": True}, (2.0, 8.0)),  # half and double the default
        (4.0, {"low": 2.0}, (3.0, 6.0)),  # half and double its distance from the end
        (-4.0, {"high": 0.0}, (-8.0, -2.0)),
        (0.0, {"low": 0.0}, (0.0, 1.0)),
        (None, {"low": 0.0, "low_open": True}, (0.05, 1.0)),
        (None, {"low": 0.0}, (0.0, 1.0)),
        (math.inf, {"low": 0.0, "high_open": False}, (0.0, 1.0)),
        (3.0, {}, (0.0, 6.0)),
        (0.0, {}, (-1.0, 1.0)),
        (8, {"low": 1.0, "high": 16.0, "whole": True}, (1, 16)),
        (3, {"low": 0.0, "low_open": True, "whole": True}, (2, 6)),
    ],
)
def test_ordinary_values_follow_from_the_range_and_the_default_where_none_are_declared(default, declared, expected):
    class Bare(eqx.Module):
        number: ParameterValue | None = parameter(default=default, unit="", meaning="a number", **declared)

    entry = declarations(Bare)["number"]
    assert isinstance(entry, Parameter)
    assert entry.typical == pytest.approx(expected)
    assert entry.mistake(entry.typical[0]) is entry.mistake(entry.typical[1]) is None


@pytest.mark.parametrize(
    ("declare", "said"),
    [
        (lambda: option(default=0.1, meaning="a share"), r"0\.1 is a real number: declare it with pf\.parameter\("),
        (lambda: option(default="a", meaning="a kind"), r"'a' is a text without choices=\(\.\.\.\): name them"),
        (
            lambda: option(default=80, meaning="a size"),
            r"the default 80 of an option lies outside of low=1 \.\.\. high=64",
        ),
        (lambda: option(default={}, meaning="a table"), "an option is a choice .*; got {}"),
        (lambda: parameter(default=3, unit="", low=0, high=1, meaning="a share"), "outside of its own range: .* got 3"),
        (lambda: parameter(default=True, unit="", meaning="a flag"), r"a flag or a list is a pf\.option"),
    ],
)
def test_a_declaration_that_cannot_serve_is_refused_where_it_stands(declare, said):
    with pytest.raises(InputError, match=said):
        declare()
