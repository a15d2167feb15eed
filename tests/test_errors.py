"""The one sentence an error owes its reader, and who may catch it."""

import pytest

from physdfa.errors import (
    ConfigError,
    DataError,
    InputError,
    MissingExtraError,
    PhysdfaError,
    RunFolderError,
    unknown_name,
)


@pytest.mark.parametrize("kind", [ConfigError, DataError, RunFolderError])
def test_what_a_user_gave_wrong_is_an_input_error_and_a_value_error(kind):
    assert issubclass(kind, InputError)
    assert issubclass(kind, ValueError)
    assert issubclass(kind, PhysdfaError)


def test_a_missing_package_is_for_the_user_but_no_wrong_value():
    assert issubclass(MissingExtraError, PhysdfaError)
    assert not issubclass(MissingExtraError, ValueError)
    assert "'ray'" in str(MissingExtraError("ray", "cluster"))
    assert "pip install 'physdfa[cluster]'" in str(MissingExtraError("ray", "cluster"))


def test_a_config_error_names_its_source_and_every_mistake_on_a_line_of_its_own():
    error = ConfigError(["a.b = 1: must be 2.", "c: is missing."], "run.toml")
    assert str(error) == "run.toml: 2 mistakes\n  a.b = 1: must be 2.\n  c: is missing."
    assert error.mistakes == ("a.b = 1: must be 2.", "c: is missing.")
    assert error.source == "run.toml"


def test_one_mistake_is_one_mistake():
    assert str(ConfigError(["c: is missing."], "run.toml")).startswith("run.toml: 1 mistake\n")


def test_an_unknown_name_comes_with_the_nearest_known_one_and_all_of_them():
    sentence = unknown_name("rule", "adffa", ("bptt", "adfa"))
    assert sentence == "there is no rule 'adffa'. Did you mean 'adfa'? Known: bptt, adfa."


def test_nothing_is_suggested_where_nothing_is_near():
    assert unknown_name("rule", "hebb", ("bptt", "adfa")) == "there is no rule 'hebb'. Known: bptt, adfa."
