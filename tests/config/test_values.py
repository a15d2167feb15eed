"""Single values by their dotted keys."""

import time
import tomllib

import numpy as np
import pytest

from physdfa.config import own_values, read_config, to_toml, validation_size, value_at, with_values
from physdfa.config.usage import made_rule
from physdfa.errors import ConfigError, InputError


def test_values_are_replaced_and_nothing_else(make):
    config = make("device.v_bias=1.0")
    changed = with_values(
        config, {"device.v_bias": np.float32(2.5), "training.learning_rate": 1, "network.num_steps": 5.0}
    )
    assert value_at(changed, "device.v_bias") == 2.5
    assert changed.training.learning_rate == 1.0
    assert isinstance(changed.training.learning_rate, float)
    assert changed.network.num_steps == 5
    back = with_values(changed, {"device.v_bias": 1.0, "training.learning_rate": 1e-3, "network.num_steps": 20})
    assert back == config
    assert value_at(config, "device.v_bias") == 1.0


@pytest.mark.parametrize(
    "values",
    [
        {"training.learning_rate": -1.0},
        {"training.lr": 1.0},
        {"device.v_bia": 1.0},
        {"device.v_pi": 0.0},
        {"device.v_pi": float("nan")},
        {"network.num_steps": 2.5},
        {"network.reset": "soft"},
        {"search.population": 4},
        {"nothing": 1},
    ],
)
def test_a_value_that_its_key_does_not_allow_is_refused(make, values):
    with pytest.raises(ConfigError) as caught:
        with_values(make(), values)
    assert caught.value.mistakes[0].startswith(f"{next(iter(values))} = ")


def test_all_refused_values_are_reported_together(make):
    with pytest.raises(ConfigError) as caught:
        with_values(make(), {"network.threshold": 0.0, "training.epochs": 0, "rule.error": "final"})
    assert len(caught.value.mistakes) == 2


def test_a_value_of_the_device_is_the_given_one_or_the_declared_default(make):
    config = make("device.mach_zehnder.v_bias=1.5")
    assert value_at(config, "device.v_bias") == 1.5
    assert value_at(config, "device.v_pi") == 4.7  # declared by the preset
    with pytest.raises(InputError, match=r"there is no key 'device\.nothing'"):
        value_at(config, "device.nothing")


def test_a_thousand_candidates_are_made_in_well_under_a_second(make):
    config = make()
    with_values(config, {"device.v_bias": 0.0, "training.learning_rate": 0.1})
    start = time.process_time()
    for step in range(1000):
        with_values(config, {"device.v_bias": step / 100, "training.learning_rate": 1e-3})
    assert time.process_time() - start < 3.0  # about 0.1 s without the shape checks of the tests


def test_a_sixth_is_held_out_where_candidates_are_compared(make):
    config = make()
    assert validation_size(config, "train", 1200) == 0
    assert validation_size(config, "sweep", 1200) == 200
    assert validation_size(config, "search", 1200) == 200
    assert validation_size(make("data.validation_size=50"), "train", 1200) == 50


def test_a_validation_split_leaves_something_on_both_sides(make):
    with pytest.raises(InputError, match="compares candidates on validation samples"):
        validation_size(make("data.validation_size=0"), "search", 100)
    with pytest.raises(InputError, match="must be below the 100 training samples"):
        validation_size(make("data.validation_size=100"), "train", 100)


PARTS = """[search.genes]
"rule.name" = { choices = ["dfa", "eprop"] }
"training.optimizer" = { choices = ["adam", "lion"] }
"""


def test_a_candidate_with_another_part_has_the_defaults_of_that_part_where_nothing_is_said(make):
    config = make("rule.name=dfa", "rule.feedback_scale=2.0", more=PARTS)
    other = with_values(config, {"rule.name": "eprop", "training.optimizer": "lion"})
    kept = {"error": "online", "feedback_scale": 2.0, "symmetric": False, "local_factor": "surrogate"}
    assert own_values(other, "rule") == kept
    assert own_values(other, "training")["b2"] == 0.99
    assert made_rule(other).error == "online"
    assert with_values(other, {"rule.name": "dfa", "training.optimizer": "adam"}) == config


def test_a_candidate_is_the_same_of_the_file_and_of_what_is_written_back(make):
    config = make("rule.name=dfa", more=PARTS)
    again = read_config(tomllib.loads(to_toml(config)))
    chosen = {"rule.name": "eprop", "training.optimizer": "lion"}
    assert with_values(again, chosen) == with_values(config, chosen)
    assert tomllib.loads(to_toml(config))["training"]["b2"] == 0.999
