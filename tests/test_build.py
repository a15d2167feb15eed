"""From a config to objects: every key arrives where it acts, and nothing else decides a training."""

import tomllib
from dataclasses import replace

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.build import (
    DEVICE_KEY,
    build_device,
    build_trial,
    check_feedback_ranges,
    training_key,
)
from physdfa.config import KEYS, ExperimentConfig, read_config, with_values
from physdfa.config.choices import CHOICES, all_part_keys
from physdfa.data import load_dataset
from physdfa.devices import Cascade, MachZehnderModulator, SineSquared
from physdfa.errors import InputError
from physdfa.feedback import (
    PRECISIONS,
    PROJECTIONS,
    LearnedProjection,
    SignConcordantProjection,
    SingleEntryProjection,
    SparseProjection,
    TransposedProjection,
    UniformProjection,
)
from physdfa.network.event import EventNetwork
from physdfa.parts import declarations
from physdfa.training import OPTIMIZERS, structure_of
from tests.arriving_keys import (
    ARRIVES,
    EVENTS_ARRIVE,
    FEEDBACK_ARRIVES,
    NEURONS_ARRIVE,
    NOT_OF_THE_TRIAL,
    OPTIMIZERS_ARRIVE,
    READOUTS_ARRIVE,
    SPARSE_DFA,
    SPARSE_DFA_ARRIVES,
)
from tests.rules.all_rules import DISCRETE_RULES, RULE_ERRORS

CONFIG = """
[experiment]
name = "test"
[data]
name = "digits"
[network]
hidden = [16]
[rule]
name = "adfa"
[device]
"""

DIGITS = load_dataset("digits", train_size=60)


def make_config(device='preset = "mach_zehnder_ideal"', **values) -> ExperimentConfig:
    config = read_config(tomllib.loads(CONFIG + device))
    return with_values(config, {name.replace("__", "."): value for name, value in values.items()})


@pytest.mark.parametrize("key", sorted(ARRIVES))
def test_the_value_of_a_key_arrives_in_the_trial(key):
    value, held = ARRIVES[key]
    nominal, changed = (
        build_trial(config, DIGITS, 0) for config in (make_config(), with_values(make_config(), {key: value}))
    )
    assert held(changed) == value
    assert held(nominal) != value


@pytest.mark.parametrize("key", NEURONS_ARRIVE)
def test_the_value_of_a_key_of_a_neuron_arrives_in_the_trial(key):
    neuron, value, held = NEURONS_ARRIVE[key]
    changed = build_trial(with_values(make_config(), {"network.neuron": neuron, key: value}), DIGITS, 0)
    assert held(changed) == value


@pytest.mark.parametrize("key", READOUTS_ARRIVE)
def test_the_value_of_a_key_of_a_readout_arrives_in_the_trial(key):
    readout, value, held = READOUTS_ARRIVE[key]
    nominal, changed = (
        build_trial(with_values(make_config(), {"network.readout": readout} | values), DIGITS, 0)
        for values in ({}, {key: value})
    )
    assert held(changed) == value
    assert held(nominal) != value
    assert (structure_of(changed) == structure_of(nominal)) == isinstance(value, float)


def test_every_key_that_a_search_may_vary_arrives_somewhere():
    sections = ("data", "network", "rule", "events", "training", "feedback")
    arriving = (
        set(ARRIVES)
        | set(EVENTS_ARRIVE)
        | set(SPARSE_DFA_ARRIVES)
        | set(FEEDBACK_ARRIVES)
        | set(READOUTS_ARRIVE)
        | set(NEURONS_ARRIVE)
        | set(NOT_OF_THE_TRIAL)
        | {f"training.{number}" for _, number in OPTIMIZERS_ARRIVE}
        | {"feedback.kind", "feedback.precision", "feedback.entries", "training.nesterov"}
    )
    of_parts = {key for section in CHOICES for key in all_part_keys(section)}
    assert {key for key in KEYS if key.split(".")[0] in sections} | of_parts == arriving


@pytest.mark.parametrize("name", ["adam", "adamw", "sgd"])
def test_looking_ahead_is_structure(name):
    choice = {"training.optimizer": name}
    ahead = build_trial(with_values(make_config(), choice | {"training.nesterov": "on"}), DIGITS, 0)
    assert ahead.optimizer.direction.nesterov == "on"
    assert structure_of(ahead) != structure_of(build_trial(with_values(make_config(), choice), DIGITS, 0))


@pytest.mark.parametrize(("name", "number"), OPTIMIZERS_ARRIVE)
def test_each_number_of_an_optimiser_arrives_as_a_leaf_of_its_direction(name, number):
    choice = {"training.optimizer": name}
    nominal, changed = (
        build_trial(with_values(make_config(), choice | values), DIGITS, 0)
        for values in ({}, {f"training.{number}": 0.125})
    )
    assert type(changed.optimizer.direction) is OPTIMIZERS[name]
    assert float(getattr(changed.optimizer.direction, number)) == 0.125
    assert structure_of(nominal) == structure_of(changed)


@pytest.mark.parametrize("key", sorted(SPARSE_DFA_ARRIVES))
def test_the_value_of_a_key_of_sparse_dfa_arrives_in_the_trial(key):
    value, held = SPARSE_DFA_ARRIVES[key]
    nominal, changed = (
        build_trial(with_values(make_config(), SPARSE_DFA | values), DIGITS, 0) for values in ({}, {key: value})
    )
    assert held(changed) == value
    assert held(nominal) != value
    assert (structure_of(changed) == structure_of(nominal)) == (key != "rule.local_factor")
    assert isinstance(changed.rule.feedback, SingleEntryProjection)
    assert (changed.device is None) == (key != "rule.local_factor")


SFDFA = {"rule.name": "sfdfa", "data.encoding": "latency"}


@pytest.mark.parametrize(
    ("name", "symmetric", "feedback"),
    [
        ("fdfa", False, LearnedProjection),
        ("eprop", False, SparseProjection),
        ("eprop", True, TransposedProjection),
        ("erbp", False, SparseProjection),
        ("st_dfa", False, SparseProjection),
        ("sign_concordant", False, SignConcordantProjection),
        ("drtp", False, SparseProjection),
    ],
)
def test_each_rule_has_the_feedback_that_is_its_own_or_the_projection_of_the_config(name, symmetric, feedback):
    error = RULE_ERRORS[name][0]
    rule = {"rule.name": name, "rule.error": error, "rule.symmetric": symmetric, "rule.feedback_rate": 0.25}
    made = build_trial(with_values(make_config(), {**rule, "feedback.kind": "sparse"}), DIGITS, 0).rule
    assert (type(made), made.error, type(made.projection)) == (DISCRETE_RULES[name], error, feedback)
    if name == "fdfa":
        assert float(made.projection.rate) == 0.25


@pytest.mark.parametrize("key", sorted(EVENTS_ARRIVE))
def test_the_value_of_a_key_of_event_neurons_arrives_in_the_trial(key):
    value, held = EVENTS_ARRIVE[key]
    nominal, changed = (
        build_trial(with_values(make_config(), SFDFA | values), DIGITS, 0) for values in ({}, {key: value})
    )
    assert held(changed) == (pytest.approx(value) if isinstance(value, float) else value)
    assert held(nominal) != value
    is_leaf = isinstance(value, float) and key not in ("events.window", "events.duration")  # these set the steps, too
    assert (structure_of(changed) == structure_of(nominal)) == is_leaf


def test_the_way_of_the_error_back_is_that_of_the_config():
    for gradient, feedback in (("sfdfa", LearnedProjection), ("dfa", UniformProjection), ("bp", type(None))):
        trial = build_trial(with_values(make_config(), SFDFA | {"rule.gradient": gradient}), DIGITS, 0)
        assert type(trial.rule.projection) is feedback
        assert type(trial.network) is EventNetwork
        assert trial.device is None


def test_output_neurons_are_as_the_hidden_ones_unless_said_otherwise():
    changed = {"events.max_spikes": 7, "events.weight_range": 0.5}
    network = build_trial(with_values(make_config(), SFDFA | changed), DIGITS, 0).network
    assert network.output_max_spikes == 7
    assert float(network.output_weight_scale) == 0.5
    assert float(network.output_weight_mean) == 0.0


def test_the_window_of_events_is_that_of_networks_in_discrete_time_too():
    nominal, changed = (build_trial(make_config(events__window=value), DIGITS, 0) for value in (0.1, 0.25))
    assert (float(nominal.network.window), float(changed.network.window)) == (pytest.approx(0.1), 0.25)
    assert structure_of(nominal) == structure_of(changed)


def test_time_constants_that_are_not_two_to_one_are_refused():
    with pytest.raises(InputError, match=r"events\.tau_mem = 0\.13: must be twice"):
        build_trial(with_values(make_config(), SFDFA | {"events.tau_mem": 0.13}), DIGITS, 0)


def test_numbers_change_leaves_and_names_change_the_structure():
    nominal = structure_of(build_trial(make_config(), DIGITS, 0))
    for key, (value, _) in ARRIVES.items():
        changed = structure_of(build_trial(with_values(make_config(), {key: value}), DIGITS, 0))
        # dropout 0 has no masks at all; without a limit no norm is taken, nor a mean: with these, another program
        switches = ("training.dropout", "training.input_dropout", "training.clip", "training.average")
        switches += ("data.time_jitter",)
        is_leaf = isinstance(value, float) and key not in switches
        assert (changed == nominal) == is_leaf, key


@pytest.mark.parametrize("key", sorted(FEEDBACK_ARRIVES))
def test_each_number_of_a_projection_arrives_as_a_leaf_of_the_rule_s_projection(key):
    choices, value = FEEDBACK_ARRIVES[key]
    nominal, changed = (
        build_trial(with_values(make_config(), choices | values), DIGITS, 0) for values in ({}, {key: value})
    )
    assert float(getattr(changed.rule.feedback, key.split(".")[1])) == value
    assert structure_of(nominal) == structure_of(changed)
    leaves = (jax.tree.leaves(trial.rule) for trial in (nominal, changed))
    assert sum(bool(one != other) for one, other in zip(*leaves, strict=True)) == 1


@pytest.mark.parametrize(("kind", "projection"), PROJECTIONS.items())
@pytest.mark.parametrize(("precision", "coarse"), PRECISIONS.items())
def test_kind_and_precision_make_the_projection_of_the_rules_with_feedback(kind, projection, precision, coarse):
    choices = {"feedback.kind": kind, "feedback.precision": precision}
    made = build_trial(with_values(make_config(), choices), DIGITS, 0).rule.feedback
    assert type(made) is (coarse or projection)
    assert coarse is None or type(made.projection) is projection
    for rule in ("bptt", "readout_only"):
        assert (
            build_trial(with_values(make_config(), {**choices, "rule.name": rule}), DIGITS, 0).rule.projection is None
        )


@pytest.mark.parametrize("kind", [kind for kind, made in PROJECTIONS.items() if "entries" in declarations(made)])
def test_the_values_of_sparse_connections_are_those_of_the_config(kind):
    values = {"feedback.kind": kind, "feedback.entries": "ternary"}
    assert build_trial(with_values(make_config(), values), DIGITS, 0).rule.feedback.entries == "ternary"


@pytest.mark.parametrize(("kind", "key"), [("fan_in", "feedback.fan_in"), ("block", "feedback.blocks")])
def test_feedback_denser_than_its_matrix_is_refused_before_anything_is_computed(kind, key):
    with pytest.raises(InputError, match=r"= 11: .* set it to 10"):
        build_trial(with_values(make_config(), {"feedback.kind": kind, key: 11}), DIGITS, 0)


@pytest.mark.parametrize("entry", ["{ low = 1, high = 11, integer = true }", "{ choices = [1, 11] }"])
@pytest.mark.parametrize(("kind", "key"), [("fan_in", "feedback.fan_in"), ("block", "feedback.blocks")])
def test_a_search_that_would_make_feedback_denser_than_its_matrix_is_refused_as_a_whole(kind, key, entry):
    text = (
        CONFIG
        + 'preset = "mach_zehnder_ideal"\n[search.genes]\n"training.learning_rate" = { low = 1e-3, high = 1e-2 }\n'
    )
    config = read_config(tomllib.loads(f'{text}"{key}" = {entry}'), overrides=[f"feedback.kind={kind}"], kind="search")
    with pytest.raises(InputError, match=rf'search\.genes\."{key}": .* = 11: .* set it to 10'):
        check_feedback_ranges(config, "search", DIGITS)
    check_feedback_ranges(config, "train", DIGITS)  # which has no use for the genes


def test_two_shares_of_dropout_are_one_program():
    trials = [build_trial(make_config(training__dropout=share), DIGITS, 0) for share in (0.1, 0.4)]
    assert structure_of(trials[0]) == structure_of(trials[1])
    assert trials[0].has_dropout


def test_the_surrogate_is_as_wide_as_the_threshold_unless_said_otherwise():
    assert float(build_trial(make_config(network__threshold=1.5), DIGITS, 0).network.neuron.surrogate_width) == 1.5


def test_output_neurons_are_the_hidden_ones_but_for_their_leak():
    trial = build_trial(
        make_config(
            network__threshold=1.5,
            network__reset="subtract",
            network__refractory_steps=1,
            network__readout="count",
            network__readout_decay=0.5,
        ),
        DIGITS,
        0,
    )
    hidden, output = trial.network.neuron, trial.network.readout.neuron
    assert replace(output, decay_mem=hidden.decay_mem).__dict__ == hidden.__dict__
    assert float(output.decay_mem) == 0.5


def test_the_data_give_the_network_its_ends_and_the_pixels_their_scale():
    trial = build_trial(make_config(), DIGITS, 0)
    assert trial.network.layer_sizes == (64, 16, 10)
    assert trial.full_scale == 16.0
    assert trial.image_shape == (8, 8)


@pytest.mark.parametrize("rule", ["bptt", "dfa", "readout_only"])
def test_only_adfa_has_a_device_even_where_the_config_names_one(rule):
    assert build_device(make_config(rule__name=rule), 0) is None
    assert build_trial(make_config(rule__name=rule), DIGITS, 0).device is None


def test_a_preset_becomes_its_device_with_the_values_of_the_config():
    device = build_device(make_config('preset = "sine_squared"\nhalf_period = 2.5'), 0)
    assert isinstance(device, SineSquared)
    assert float(device.half_period) == 2.5


def test_stages_become_a_chain_with_the_values_of_the_config():
    text = 'stages = ["encode", "mach_zehnder", "photodiode", "decode"]\n[device.mach_zehnder]\nv_pi = 3.25'
    device = build_device(make_config(text), 0)
    assert isinstance(device, Cascade)
    assert device.names == ("encode", "mach_zehnder", "photodiode", "decode")
    modulator = device.stages[1]
    assert isinstance(modulator, MachZehnderModulator)
    assert float(modulator.v_pi) == 3.25


def test_what_a_device_draws_comes_from_the_seed():
    config, signal = make_config('preset = "random_fourier"'), jnp.linspace(-2, 2, 9)
    devices = [build_device(config, seed) for seed in (0, 0, 1)]
    first, again, other = (np.asarray(device.respond(signal)) for device in devices if device is not None)
    np.testing.assert_array_equal(first, again)
    assert not np.array_equal(first, other)


def test_a_device_that_draws_nothing_does_not_depend_on_the_seed():
    first, other = (build_device(make_config(), seed) for seed in (0, 1))
    for left, right in zip(jax.tree.leaves(first), jax.tree.leaves(other), strict=True):
        np.testing.assert_array_equal(left, right)


def test_the_key_of_a_training_is_of_the_seed_and_the_identity_and_apart_from_the_device_s():
    def words(key):
        return tuple(np.asarray(jax.random.key_data(key)).tolist())

    assert words(training_key(3, "a")) == words(training_key(3, "a"))
    different = [training_key(3), training_key(3, "a"), training_key(3, "b"), training_key(4), training_key(4, "a")]
    device_key = jax.random.fold_in(jax.random.key(3), DEVICE_KEY)
    assert len({words(key) for key in [*different, device_key]}) == 6


def test_a_convolution_that_does_not_fit_the_images_is_refused_under_its_key():
    config = with_values(make_config(), {"network.hidden": ("8c9",)})
    with pytest.raises(InputError, match=r"network\.hidden: '8c9' leaves nothing of an image of 8 x 8"):
        build_trial(config, DIGITS, 0)
