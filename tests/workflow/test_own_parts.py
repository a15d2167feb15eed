"""A learning rule and a projection of a user's own: one class in one file, named in an experiment file."""

import tomllib

import numpy as np
import pytest

from physdfa.config import inactive_reason, own_values, read_config
from physdfa.errors import ConfigError
from physdfa.workflow.train import train

RULE = """
import dataclasses
from typing import ClassVar

from physdfa.feedback import AbstractProjection, DenseProjection
from physdfa.parts import ParameterValue, parameter
from physdfa.rules import AbstractDirectFeedback, AbstractRandomFeedback, LocalFactor
from physdfa.rules import Dfa


class Scaled(AbstractRandomFeedback, AbstractDirectFeedback):
    name: ClassVar[str] = "scaled"
    gain: ParameterValue = parameter(
        default=1.0, unit="", low=0.0, typical=(0.5, 2.0), meaning="the factor on the error that is sent back"
    )

    @property
    def factor(self):
        return Dfa().factor

    def teaching(self, batch, error):
        return self.gain * error


class NoRule:
    pass


class Louder(AbstractProjection):
    gain: ParameterValue = parameter(
        default=1.0, unit="", low=0.0, typical=(0.5, 2.0), meaning="the factor on the matrix"
    )
    inner: DenseProjection = DenseProjection()

    def drawn(self, key, neurons, classes, feedback_scale):
        return dataclasses.replace(self, inner=self.inner.drawn(key, neurons, classes, self.gain * feedback_scale))

    def project(self, error, *, key=None):
        return self.inner.project(error, key=key)

    def arrays(self):
        return self.inner.arrays()
"""

FILE = """
[experiment]
name = "own"
[data]
name = "digits"
train_size = 200
[network]
hidden = [8]
num_steps = 3
[rule]
name = "{rule}"
[training]
epochs = 1
batch_size = 20
"""


@pytest.fixture
def module(tmp_path, monkeypatch, request):
    name = f"own_rule_{abs(hash(request.node.name))}"
    (tmp_path / f"{name}.py").write_text(RULE, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    return name


def config_of(rule, *overrides, more=""):
    return read_config(tomllib.loads(FILE.format(rule=rule) + more), overrides=overrides)


def weights(run):
    arrays, _ = run.load_tree("final")
    return {name: array for name, array in arrays.items() if name.startswith(("weights", "biases"))}


def test_with_its_number_at_1_it_trains_as_dfa_does_and_otherwise_it_does_not(module, tmp_path):
    of_dfa, alike, other = (
        weights(train(config, out_dir=tmp_path / str(n)))
        for n, config in enumerate(
            (config_of("dfa"), config_of(f"{module}:Scaled"), config_of(f"{module}:Scaled", "rule.gain=0.0"))
        )
    )
    assert all(np.array_equal(of_dfa[name], alike[name]) for name in of_dfa)
    assert not np.array_equal(of_dfa["weights/0"], other["weights/0"])
    assert np.array_equal(of_dfa["weights/1"].shape, other["weights/1"].shape)


def test_its_numbers_are_keys_with_their_range_and_genes(module):
    gene = '[search.genes]\n"rule.gain" = { low = 0.1, high = 2.0 }'
    config = config_of(f"{module}:Scaled", more=gene)
    assert own_values(config, "rule") == {"error": "final", "feedback_scale": 1.0, "gain": 1.0}
    assert inactive_reason(config, "rule.gain") is None
    assert inactive_reason(config, "feedback.kind") is None
    assert inactive_reason(config, "device.v_pi") == (
        "this rule does not ask for a backward device, as LocalFactor(function, needs_device=True) would (here "
        f"rule.name = '{module}:Scaled')"
    )
    assert inactive_reason(config, "network.surrogate") is None  # it may use it without saying so
    with pytest.raises(ConfigError, match=r"rule\.gain = -1: must be a number >= 0"):
        config_of(f"{module}:Scaled", "rule.gain=-1")
    with pytest.raises(ConfigError, match=r"has no key 'gian'\. Known: error, feedback_scale, gain"):
        config_of(f"{module}:Scaled", "rule.gian=1.0")


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("nowhere_at_all:Rule", "the module 'nowhere_at_all' cannot be imported"),
        (
            "{}:NoRule",
            "called 'NoRule', a class that derives from physdfa.rules.AbstractRule and defines update",
        ),
        ("{}:Missing", "has no learning rule called 'Missing'.* and defines update"),
        ("{}:AbstractDirectFeedback", "has no learning rule called 'AbstractDirectFeedback'.* and defines factor"),
    ],
)
def test_what_is_no_rule_is_refused_with_what_would_be_one(module, name, said):
    with pytest.raises(ConfigError, match=said):
        config_of(name.format(module))


def test_a_projection_of_ones_own_trains_as_the_dense_one_of_its_scale_does(module, tmp_path):
    kind = f"feedback.kind={module}:Louder"
    ours, theirs = (
        weights(train(config, out_dir=tmp_path / str(n)))
        for n, config in enumerate(
            (config_of("dfa", kind, "feedback.gain=2.0"), config_of("dfa", "rule.feedback_scale=2.0"))
        )
    )
    assert all(np.array_equal(ours[name], theirs[name]) for name in theirs)
    with pytest.raises(ConfigError, match=r"have no key 'gian'\. Known: gain"):
        config_of("dfa", kind, "feedback.gian=2.0")
