"""Text and overrides as plain tables."""

import pytest

from physdfa.config.raw import apply_override, parse_override, with_dotted_keys
from physdfa.errors import InputError


def test_nested_and_dotted_spellings_become_the_same_table():
    nested = {
        "device": {"driver": {"gain": 2.0}},
        "search": {"genes": {"device": {"v_bias": {"low": 0.0, "high": 1.0}}}},
    }
    dotted = {"device": {"driver.gain": 2.0}, "search": {"genes": {"device.v_bias": {"low": 0.0, "high": 1.0}}}}
    assert with_dotted_keys(nested) == with_dotted_keys(dotted) == dotted


@pytest.mark.parametrize(
    ("text", "path", "value"),
    [
        ("training.epochs=5", ["training", "epochs"], 5),
        ("network.hidden=[8, 8]", ["network", "hidden"], [8, 8]),
        ("data.name=folder/my set.npz", ["data", "name"], "folder/my set.npz"),
        ("data.name='mnist'", ["data", "name"], "mnist"),
        ("experiment.description=a=b", ["experiment", "description"], "a=b"),
        ('search.genes."device.v_bias".low=1.5', ["search", "genes", "device.v_bias", "low"], 1.5),
        ("experiment.description=1\nseed = 2", ["experiment", "description"], "1\nseed = 2"),
    ],
)
def test_a_value_is_toml_or_else_bare_text(text, path, value):
    assert parse_override(text) == (path, value)


@pytest.mark.parametrize("text", ["", "epochs", "epochs=3", "=3", "a b.c=3", "training.=3"])
def test_an_override_without_a_key_path_is_refused(text):
    with pytest.raises(InputError, match=r"must read key\.path=value"):
        parse_override(text)


@pytest.mark.parametrize("override", ["search.genes.device.v_bias.low=1.5", 'search.genes."device.v_bias".low=1.5'])
def test_an_override_reaches_into_a_gene(override):
    table = {"search": {"genes": {"device.v_bias": {"low": 0.0, "high": 9.0}}}}
    assert apply_override(table, *parse_override(override)) == 'search.genes."device.v_bias".low'
    assert table["search"]["genes"] == {"device.v_bias": {"low": 1.5, "high": 9.0}}


def test_an_override_adds_a_gene():
    table: dict = {}
    apply_override(table, *parse_override("search.genes.network.threshold={low=0.5, high=2.0}"))
    assert table == {"search": {"genes": {"network.threshold": {"low": 0.5, "high": 2.0}}}}
