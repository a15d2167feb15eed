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
    load_samples,
    split_rows,
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
from physdfa.parts import Parameter, declarations
from physdfa.training import OPTIMIZERS, Sgd, structure_of
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

ARRIVES = {
    "data.encoding": ("rate", lambda trial: trial.encoding.name),
    "data.shift_augmentation": (2, lambda trial: trial.max_shift),
    "network.hidden": ((12, 11), lambda trial: trial.network.layer_sizes[1:-1]),
    "network.num_steps": (7, lambda trial: trial.network.num_steps),
    "network.decay_mem": (0.25, lambda trial: trial.network.neuron.decay_mem),
    "network.threshold": (1.5, lambda trial: trial.network.neuron.threshold),
    "network.reset": ("subtract", lambda trial: trial.network.neuron.reset),
    "network.refractory_steps": (2, lambda trial: trial.network.neuron.refractory_steps),
    "network.readout": ("count", lambda trial: trial.network.readout.name),
    "network.surrogate": ("arctan", lambda trial: trial.network.neuron.surrogate),
    "network.surrogate_width": (0.75, lambda trial: trial.network.neuron.surrogate_width),
    "network.weight_scale": (2.5, lambda trial: trial.network.weight_scale),
    "network.input_scale": (3.5, lambda trial: trial.network.input_scale),
    "rule.name": ("dfa", lambda trial: trial.rule.name),
    "rule.error": ("online", lambda trial: trial.rule.error),
    "rule.feedback_scale": (0.5, lambda trial: trial.rule.feedback_scale),
    "training.batch_size": (17, lambda trial: trial.batch_size),
    "training.optimizer": ("sgd", lambda trial: "sgd" if isinstance(trial.optimizer.direction, Sgd) else "adam"),
    "training.learning_rate": (0.125, lambda trial: trial.optimizer.learning_rate),
    "training.warmup": (0.25, lambda trial: trial.optimizer.warmup),
    "training.clip": (1.5, lambda trial: trial.optimizer.clip),
    "training.average": (0.25, lambda trial: trial.optimizer.average),
    "training.schedule": ("cosine", lambda trial: trial.optimizer.schedule),
    "training.label_smoothing": (0.25, lambda trial: trial.loss.label_smoothing),
    "training.loss": ("mse", lambda trial: trial.loss.name),
    "training.dropout": (0.25, lambda trial: trial.dropout),
    "training.input_dropout": (0.5, lambda trial: trial.input_dropout),
    "training.matmul_precision": ("high", lambda trial: trial.matmul_precision),
}
"""Each key, another value, and where the trial holds it."""

NEURONS_ARRIVE = {
    "network.decay_syn": ("cuba_lif", 0.5, lambda trial: trial.network.neuron.decay_syn),
    "network.threshold_rise": ("alif", 0.5, lambda trial: trial.network.neuron.threshold_rise),
    "network.decay_adaptation": ("alif", 0.5, lambda trial: trial.network.neuron.decay_adaptation),
}
"""Each number of one neuron only, that neuron, another value, and where the trial holds it."""

READOUTS_ARRIVE = {
    "network.readout_decay": ("count", 0.5, lambda trial: trial.network.readout.neuron.decay_mem),
    "network.membrane_reduction": ("membrane", "last", lambda trial: trial.network.readout.membrane_reduction),
}
"""Each number of a readout, one that has it, another value, and where the trial holds it."""

OPTIMIZERS_ARRIVE = [
    (name, number)
    for name, kind in OPTIMIZERS.items()
    for number, entry in declarations(kind).items()
    if isinstance(entry, Parameter)
]
"""Each optimiser with each of its numbers."""

FEEDBACK_ARRIVES = {
    "feedback.share": ({"feedback.kind": "sparse"}, 0.25),
    "feedback.fan_in": ({"feedback.kind": "fan_in"}, 3),
    "feedback.blocks": ({"feedback.kind": "block"}, 5),
    "feedback.reference": ({"feedback.kind": "scattering"}, 2.5),
    "feedback.full_scale": ({"feedback.kind": "scattering"}, 7.5),
    "feedback.camera_bits": ({"feedback.kind": "scattering"}, 5),
    "feedback.shot_noise": ({"feedback.kind": "scattering"}, 0.25),
    "feedback.weight_range": ({"feedback.kind": "weight_bank"}, 2.5),
    "feedback.weight_bits": ({"feedback.kind": "weight_bank"}, 5),
    "feedback.product_noise": ({"feedback.kind": "weight_bank"}, 0.125),
    "feedback.error_threshold": ({"feedback.precision": "ternary", "feedback.kind": "sparse"}, 0.25),
    "feedback.error_bits": ({"feedback.precision": "rounded", "feedback.kind": "scattering"}, 5),
}
"""Each number of a projection, the choices under which it acts, and another value."""

SPARSE_DFA = {"rule.name": "sparse_dfa", "rule.local_factor": "surrogate", "feedback.kind": "single_entry"}

SPARSE_DFA_ARRIVES = {
    "rule.error_threshold": (0.25, lambda trial: trial.rule.gate.error_threshold),
    "rule.update_threshold": (0.5, lambda trial: trial.rule.gate.update_threshold),
    "rule.local_factor": ("device", lambda trial: "device" if trial.rule.needs_device else "surrogate"),
}
"""Each key of the rule sparse_dfa, another value, and where the trial holds it."""

EVENTS_ARRIVE = {
    "events.tau_syn": (0.25, lambda trial: trial.network.output.tau_syn),
    "events.threshold": (0.5, lambda trial: trial.network.hidden.threshold),
    "events.output_threshold": (0.25, lambda trial: trial.network.output.threshold),
    "events.window": (0.05, lambda trial: round(float(trial.network.window), 6)),
    "events.duration": (0.3, lambda trial: trial.network.num_steps * 0.1 / 51),
    "events.levels": (10, lambda trial: trial.network.num_levels),
    "events.max_spikes": (5, lambda trial: trial.network.max_spikes),
    "events.output_max_spikes": (4, lambda trial: trial.network.output_max_spikes),
    "events.output_weight_range": (0.25, lambda trial: trial.network.output_weight_scale),
    "events.output_weight_mean": (0.125, lambda trial: trial.network.output_weight_mean),
    "events.weight_range": (0.5, lambda trial: trial.network.weight_scale),
    "events.wanted_true": (12.0, lambda trial: trial.loss.wanted_true),
    "events.wanted_false": (1.0, lambda trial: trial.loss.wanted_false),
    "events.rate_penalty": (0.5, lambda trial: trial.penalty.strength),
    "events.wanted_rate": (2.0, lambda trial: trial.penalty.target),
    "events.penalty_sides": ("above", lambda trial: trial.penalty.sides),
    "rule.feedback_rate": (0.25, lambda trial: trial.rule.projection.rate),
    "rule.feedback_optimizer": ("adam", lambda trial: trial.rule.projection.optimizer),
}
"""Each key of the rule sfdfa, another value, and where the trial holds it."""

NOT_OF_THE_TRIAL = {
    "events.tau_mem": "num_event_steps, which refuses what is not twice tau_syn",
    "rule.gradient": "made_rule",
    "rule.symmetric": "made_rule",
    "rule.local_gradient": "made_rule",
    "data.name": "load_samples",
    "data.train_size": "load_samples",
    "data.validation_size": "split_rows",
    "network.neuron": "build_spiking_network, in NEURONS_ARRIVE",
    "training.epochs": "the caller of fit",
    "training.checkpoint_every": "Checkpoints",
    "training.keep_best": "Checkpoints",
}


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


def test_each_member_has_the_same_rows_which_are_disjoint_and_together_complete():
    splits = split_rows(make_config(data__validation_size=12, training__batch_size=8), "train", DIGITS, 3)
    assert splits.train.shape == (3, 48)
    assert splits.validation.shape == (3, 12)
    assert sorted([*splits.train[0], *splits.validation[0]]) == list(range(60))
    for rows in (splits.train, splits.validation):
        np.testing.assert_array_equal(rows, np.broadcast_to(rows[0], rows.shape))


@pytest.mark.parametrize(("kind", "held_out"), [("train", 0), ("sweep", 10), ("search", 10)])
def test_a_sixth_validates_where_candidates_are_compared_and_nothing_in_a_plain_training(kind, held_out):
    splits = split_rows(make_config(training__batch_size=8), kind, DIGITS, 1)
    assert splits.validation.shape == (1, held_out)


def test_the_split_is_drawn_from_the_seed_of_the_experiment():
    config = make_config(data__validation_size=12, training__batch_size=8)
    rows = [
        tuple(split_rows(with_values(config, {"experiment.seed": seed}), "train", DIGITS, 1).validation[0])
        for seed in (0, 0, 1)
    ]
    assert rows[0] == rows[1] != rows[2]


def test_a_batch_of_all_training_samples_is_the_largest():
    config = make_config(data__validation_size=12, training__batch_size=48)
    assert split_rows(config, "train", DIGITS, 1).train.shape == (1, 48)


def test_a_batch_over_the_data_set_is_refused_in_one_sentence():
    config = make_config(data__validation_size=12, training__batch_size=49)
    with pytest.raises(InputError) as refusal:
        split_rows(config, "train", DIGITS, 1)
    assert str(refusal.value) == (
        "training.batch_size = 49 is more than the 48 samples to train on; lower it, or use more of the data set."
    )


def test_samples_in_memory_are_those_of_the_data_set():
    samples = load_samples(make_config(data__train_size=60), None)
    np.testing.assert_array_equal(samples.train.samples, DIGITS.train_images)
    np.testing.assert_array_equal(samples.train.labels, DIGITS.train_labels)
    assert samples.train.samples.dtype == np.uint8  # a quarter of the memory of float32
    assert samples.test.samples.shape == (360, 64)


def own_images(tmp_path, shape, dtype=np.float32):
    path = tmp_path / "own.npz"
    values, classes = (np.random.default_rng(0).uniform(size=(8, *shape)) * 200).astype(dtype), np.arange(8) % 2
    np.savez(path, x_train=values, y_train=classes, x_test=values, y_test=classes)
    return str(path)


@pytest.mark.parametrize(
    ("shape", "shift", "words"), [((6,), 2, "have no image shape"), ((3, 5), 3, "images of 3 x 5 pixels. Give 0 to 2")]
)
def test_shifts_that_the_samples_do_not_have_room_for_are_refused(tmp_path, shape, shift, words):
    config = make_config(data__name=own_images(tmp_path, shape), data__shift_augmentation=shift)
    with pytest.raises(InputError, match=rf"data\.shift_augmentation = {shift}.*{words}"):
        load_samples(config, None)


def test_own_images_can_be_shifted_square_or_not(tmp_path):
    config = make_config(data__name=own_images(tmp_path, (3, 5), np.uint8), data__shift_augmentation=2)
    samples = load_samples(config, None)
    trial = build_trial(config, samples.dataset, 0)
    assert (trial.max_shift, trial.image_shape, trial.full_scale) == (2, (3, 5), 255.0)


def test_data_for_a_trained_network_are_in_the_scale_of_its_training(tmp_path):
    config = make_config(data__name=own_images(tmp_path, (6,), np.uint16))
    (remark,) = load_samples(config, None).dataset.remarks
    assert "but its largest value is 1" in remark
    scaled = load_samples(config, None, trained_with={"uint16": 4095.0}).dataset
    assert scaled.full_scale == 4095.0
    assert "divided by 4095, as those that the network was trained with" in scaled.remarks[0]
    assert load_samples(config, None, trained_with={"uint8": 255.0}).dataset.full_scale != 255.0


def test_the_key_of_a_training_is_of_the_seed_and_the_identity_and_apart_from_the_device_s():
    def words(key):
        return tuple(np.asarray(jax.random.key_data(key)).tolist())

    assert words(training_key(3, "a")) == words(training_key(3, "a"))
    different = [training_key(3), training_key(3, "a"), training_key(3, "b"), training_key(4), training_key(4, "a")]
    device_key = jax.random.fold_in(jax.random.key(3), DEVICE_KEY)
    assert len({words(key) for key in [*different, device_key]}) == 6
