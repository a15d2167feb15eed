"""Written and read again."""

import functools
import tomllib

from hypothesis import given, settings
from hypothesis import strategies as st

from physdfa.config import ExperimentConfig, config_hash, read_config, to_toml, with_values
from physdfa.config.keys import KEYS

BASE = {
    "experiment": {"name": "test"},
    "data": {"name": "digits"},
    "network": {"hidden": [16], "readout": "membrane"},
    "rule": {"name": "adfa"},
    "feedback": {"kind": "scattering"},
    "device": {"preset": "mach_zehnder_ideal"},
    "training": {"optimizer": "sgd"},
    "sweep": {"parameters": {"device.v_bias": {"low": 0.0, "high": 9.4, "num": 3}}},
    "search": {
        "halving": {},
        "genes": {"network.hidden": {"choices": [[8], [16, 8]]}, "device.v_pi": {"low": 3.0, "high": 7.0}},
    },
}


@functools.cache
def base() -> ExperimentConfig:
    return read_config(BASE)


numbers = st.floats(min_value=1e-6, max_value=0.999)
changes = st.fixed_dictionaries(
    {},
    optional={
        "experiment.description": st.text(),
        "experiment.seed": st.integers(0, 2**32 - 1),
        "data.train_size": st.integers(1000, 10**9),
        "network.decay_mem": numbers,
        "network.threshold": numbers,
        "network.readout_decay": numbers,
        "network.hidden": st.lists(st.integers(1, 10**6), min_size=1, max_size=4),
        "network.recurrent": st.booleans(),
        "network.membrane_reduction": st.sampled_from(["mean", "last"]),
        "feedback.shot_noise": numbers,
        "feedback.camera_bits": st.integers(1, 32),
        "training.momentum": numbers,
        "training.learning_rate": st.floats(min_value=1e-300, max_value=1e300),
        "device.v_bias": st.floats(min_value=-30, max_value=30),
        "device.mach_zehnder.v_pi": st.floats(min_value=0.5, max_value=30),
        "search.elites": st.integers(0, 20),
    },
)


@settings(max_examples=40, deadline=None)
@given(changes)
def test_a_configuration_written_and_read_is_the_same(values):
    config = with_values(base(), values)
    again = read_config(tomllib.loads(to_toml(config)), kind="train")
    assert again == config
    assert config_hash(again) == config_hash(config)


def test_a_list_of_recurrent_layers_is_written_and_read_as_it_is():
    plain = read_config({name: table for name, table in BASE.items() if name not in ("sweep", "search")})
    config = with_values(plain, {"network.hidden": (8, 6), "network.recurrent": (True, False)})
    again = read_config(tomllib.loads(to_toml(config)), kind="train")
    assert again.network.recurrent == config.network.recurrent == (True, False)


def test_the_text_holds_every_key_that_has_a_value():
    tables = tomllib.loads(to_toml(base()))
    for path, key in KEYS.items():
        if ".*." not in path and (key.required or key.default is not None):
            *above, name = path.split(".")
            holder = functools.reduce(lambda table, part: table[part], above, tables)
            assert name in holder, path


def test_different_configurations_have_different_hashes():
    assert config_hash(base()) != config_hash(with_values(base(), {"experiment.seed": 1}))
    assert len(config_hash(base())) == 64


def test_a_value_for_a_stage_stands_in_a_table_of_that_stage():
    text = to_toml(with_values(base(), {"device.mach_zehnder.v_pi": 5.0}))
    assert "[device.mach_zehnder]\nv_pi = 5.0" in text
