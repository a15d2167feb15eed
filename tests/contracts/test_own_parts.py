"""Parts of a user's own, named in a config, train, are swept and are told of like ours."""

import tomllib

import numpy as np
import pytest

from physdfa.build import build_trial, load_samples
from physdfa.config import inactive_reason, read_config, to_toml, value_at
from physdfa.config.json_schema import json_schema
from physdfa.data import DATASETS
from physdfa.errors import ConfigError
from physdfa.parts import ParameterValue, parameter
from physdfa.report.parts import KINDS, keys_table
from physdfa.rules import RULES
from physdfa.workflow.train import train
from tests.own_parts import Blobs, Contrast, Integrator, Largest, Smoothed

OWN = {
    "data.name": ("Blobs", "datasets", Blobs),
    "data.encoding": ("Contrast", "encodings", Contrast),
    "network.neuron": ("Integrator", "neurons", Integrator),
    "network.readout": ("Largest", "readouts", Largest),
    "training.loss": ("Smoothed", "losses", Smoothed),
}
"""Key -> class in tests/own_parts.py, and its kind in `physdfa list`."""

CONFIG = """
[experiment]
name = "own"
[data]
name = "tests.own_parts:Blobs"
classes = 4
encoding = "tests.own_parts:Contrast"
gamma = 2.0
[network]
hidden = [12]
num_steps = 4
neuron = "tests.own_parts:Integrator"
drop = 0.5
readout = "tests.own_parts:Largest"
leak = 0.5
[rule]
name = "dfa"
[training]
epochs = 8
batch_size = 16
learning_rate = 0.01
loss = "tests.own_parts:Smoothed"
smoothing = 0.2
"""


def make(*overrides, more=""):
    return read_config(tomllib.loads(CONFIG + more), overrides=overrides)


def test_their_values_arrive():
    config = make()
    samples = load_samples(config, None)
    trial = build_trial(config, samples.dataset, 0)
    assert samples.dataset.num_classes == 4
    assert [type(part) for part in (trial.encoding, trial.network.neuron, trial.network.readout, trial.loss)] == [
        Contrast,
        Integrator,
        Largest,
        Smoothed,
    ]
    numbers = trial.encoding.gamma, trial.network.neuron.drop, trial.network.readout.leak, trial.loss.smoothing
    np.testing.assert_allclose(numbers, [2.0, 0.5, 0.5, 0.2])


@pytest.mark.parametrize("rule", [name for name, rule in RULES.items() if not rule.event_neurons])
def test_a_network_of_them_learns_under_every_rule_that_allows_its_neuron(rule, tmp_path):
    device = '[device]\npreset = "mach_zehnder_ideal"\n' if rule == "adfa" else ""
    if not issubclass(Integrator, RULES[rule].neurons):
        with pytest.raises(ConfigError, match=f"network.neuron = .*the equations of the rule '{rule}' use the numbers"):
            make(f"rule.name={rule}", more=device)
        return
    run = train(make(f"rule.name={rule}", more=device), out_dir=tmp_path)
    assert run.read_summary()["test_accuracy"] > 0.5  # four classes: chance is 0.25


def test_the_text_of_a_config_with_them_reads_as_the_same_config():
    config = make()
    assert read_config(tomllib.loads(to_toml(config))) == config


@pytest.mark.parametrize(
    ("override", "said"),
    [
        ("data.gamma=100.0", "must be a number from 0.1 to 10"),
        ("network.drop=3.0", "must be a number from 0 to 2"),
        (
            "network.decay_mem=0.5",
            "the neuron 'tests.own_parts:Integrator' has no key 'decay_mem'; 'lif', 'cuba_lif' and 'alif' have one",
        ),
        ("network.readout=tests.own_parts:Larges", "has no readout called 'Larges'"),
        ("data.encoding=latency", "there is no key 'gamma'"),
    ],
)
def test_what_they_do_not_take_is_refused_in_one_sentence(override, said):
    with pytest.raises(ConfigError, match=said) as caught:
        make(override)
    assert len(caught.value.mistakes) == 1


class Threshold(Largest):
    threshold: ParameterValue = parameter(default=1.0, unit="", low=0, meaning="the least value")


class TrainSize(Contrast):
    train_size: ParameterValue = parameter(default=1.0, unit="", low=0, meaning="the exponent of size")


@pytest.mark.parametrize(
    ("override", "said"),
    [
        (
            "network.readout=tests.contracts.test_own_parts:Threshold",
            "declares the key 'threshold', which the neuron 'tests.own_parts:Integrator' has, too; rename",
        ),
        (
            "data.encoding=tests.contracts.test_own_parts:TrainSize",
            r"declares the key 'train_size', which \[data\] itself has, too; rename",
        ),
    ],
)
def test_a_key_that_two_declare_is_refused(override, said):
    with pytest.raises(ConfigError, match=said) as caught:
        make(override)
    assert len(caught.value.mistakes) == 1


@pytest.mark.parametrize(
    ("key", "said"),
    [
        ("gian", r"has no key 'gian'\. Known: error, feedback_scale, gain\. Did you mean 'gain'\?"),
        ("plain", r"has a field 'plain' that is not declared, .*`plain: pf\.Param = pf\.parameter\("),
    ],
)
def test_a_key_that_is_none_is_told_with_the_nearest_or_the_declaration_that_it_lacks(key, said):
    with pytest.raises(ConfigError, match=said):
        make("rule.name=tests.bad_parts:Base", f"rule.{key}=1.0")


def test_their_numbers_are_genes_but_those_of_a_data_set():
    gene = '[search.genes]\n"{}" = {{ low = 0.2, high = 0.9 }}\n'
    for key in ("data.gamma", "network.drop", "network.leak", "training.smoothing"):
        config = make(more=gene.format(key))
        assert inactive_reason(config, key) is None
        assert value_at(config, key) == pytest.approx({"data.gamma": 2, "training.smoothing": 0.2}.get(key, 0.5))
    with pytest.raises(ConfigError, match=r"data\.spread cannot be varied: the samples are read once"):
        make(more=gene.format("data.spread"))


@pytest.mark.parametrize(("key", "name", "kind", "part"), [(key, *entry) for key, entry in OWN.items()])
def test_they_are_shown_as_ours_are(key, name, kind, part):
    shown = keys_table(kind, f"tests.own_parts:{name}")
    assert [row[0] for row in shown.rows]
    registry = DATASETS if kind == "datasets" else KINDS[kind][0]  # files of one's own stand beside the sets by name
    assert issubclass(part, registry.base)
    section, bare = key.split(".")
    allowed = json_schema()["properties"][section]["properties"][bare]
    assert {"type": "string", "pattern": "^[^:]+:[^:]+$"} in allowed["anyOf"]
