"""A trial checks at construction what its parts cannot know alone."""

from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.data import ENCODINGS
from physdfa.errors import InputError
from physdfa.feedback import FanInProjection
from physdfa.rules import Adfa, Eprop, Erbp, SparseDfa, StDfa
from physdfa.training import LOSSES, MeanSquaredError, SpikeCount, Trial, structure_of
from tests.own_parts import Integrator
from tests.rules.all_rules import DISCRETE_RULES, RULE_ERRORS
from tests.rules.networks import make_network
from tests.training.trials import make_sine, make_trial


def test_every_number_that_a_search_varies_is_a_leaf_and_leaves_the_structure_alone():
    drops = {"has_dropout": True, "has_input_dropout": True}
    nominal = make_trial(**drops)
    varied = make_trial(
        rule=Adfa(feedback_scale=3.0),
        device=make_sine(1.0, shift=0.5),
        learning_rate=0.2,
        dropout=0.1,
        input_dropout=0.2,
        **drops,
    )
    assert structure_of(nominal) == structure_of(varied)
    changed = [bool(a != b) for a, b in zip(jax.tree.leaves(nominal), jax.tree.leaves(varied), strict=True)]
    assert sum(changed) == 6


@pytest.mark.parametrize(
    "values",
    [{"batch_size": 4}, {"loss": MeanSquaredError()}, {"rule": "dfa"}, {"hidden": (9,)}, {"has_dropout": True}],
)
def test_what_changes_the_program_is_structure(values):
    assert structure_of(make_trial()) != structure_of(make_trial(**values))


def test_trials_whose_leaves_differ_in_shape_differ_in_structure():
    alone = make_trial()
    stacked = jax.tree.map(lambda leaf: jnp.stack([leaf, leaf]), alone)
    assert structure_of(alone) != structure_of(stacked)


@pytest.mark.parametrize(("readout", "target"), [("rate", 1.0), ("membrane", 1.0), ("count", 5.0)])
def test_the_target_of_the_true_class_is_a_spike_per_step_for_the_count_readout_and_1_elsewhere(readout, target):
    trial = make_trial(readout=readout, num_steps=5, loss=MeanSquaredError())
    outputs = target * jax.nn.one_hot(jnp.array([0, 2]), 3)
    np.testing.assert_array_equal(trial.objective(jnp.array([0, 2]))(outputs), [0.0, 0.0])


def test_an_unknown_loss_is_refused_with_the_known_ones():
    with pytest.raises(InputError, match="Known: cross_entropy, mse"):
        LOSSES.find("l1")


def test_a_network_has_a_loss_of_its_kind():
    with pytest.raises(InputError, match="an EventNetwork has the loss SpikeCount"):
        make_trial(loss=SpikeCount())


@pytest.mark.parametrize("rule", [Eprop(), Erbp(), StDfa()], ids=lambda rule: rule.name)
def test_a_rule_that_uses_the_numbers_of_lif_is_refused_with_another_neuron(rule):
    with pytest.raises(
        InputError, match=f"'{rule.name}' use the numbers of {rule.neurons.__name__} neurons, not of Integrator"
    ):
        replace(make_trial(rule), network=replace(make_network(), neuron=Integrator(1.0)))


@pytest.mark.parametrize("rule", [Adfa("final"), SparseDfa(local_factor="device")], ids=lambda rule: rule.name)
def test_a_rule_whose_factor_is_a_device_s_is_refused_without_one(rule):
    with pytest.raises(InputError, match=f"'{rule.name}' needs a backward device"):
        Trial(make_network(), rule, ENCODINGS["direct"]())


def test_feedback_denser_than_its_matrix_is_refused():
    with pytest.raises(InputError, match=r"`fan_in` = 4: .* set it to 3"):
        make_trial(replace(Adfa("final"), feedback=FanInProjection(4)))


def test_the_other_rules_need_no_device():
    for name in set(DISCRETE_RULES) - {"adfa"}:
        assert Trial(make_network(), DISCRETE_RULES[name](RULE_ERRORS[name][0]), ENCODINGS["direct"]()).device is None


def test_shifts_of_data_that_are_not_images_are_refused():
    with pytest.raises(InputError, match=r"`max_shift`.*image shape"):
        make_trial(max_shift=1)


@pytest.mark.parametrize("name", ["dropout", "input_dropout"])
def test_a_dropout_that_cannot_act_is_refused(name):
    with pytest.raises(InputError, match=f"acts only with has_{name}=True"):
        make_trial(**{name: 0.1})
