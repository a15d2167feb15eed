"""A training in a few lines is that of an experiment file, and what does not fit is refused in one sentence."""

import subprocess
import sys

import jax
import jax.numpy as jnp
import numpy as np
import optax
import pytest

import physdfa as pf
from physdfa.build import build_event_network, load_samples
from physdfa.config import read_config
from physdfa.rules import Adfa, Dfa, Sfdfa
from physdfa.training import OptaxOptimizer
from physdfa.training.program import MOST_KEPT, forget_programs
from physdfa.workflow.members import train_members
from tests.training.trials import assert_identical

NETWORK = {"layer_sizes": [64, 16, 10], "num_steps": 4}
ADAM = optax.adam(3e-3)


class SquareLaw(pf.Device):
    bias: pf.Param = pf.parameter(default=0.5, unit="V", low=-1, high=1, meaning="the input of least output")

    def respond(self, signal, *, key=None):
        return jnp.tanh(signal - self.bias) ** 2


@pytest.fixture(scope="module")
def digits():
    return pf.load("digits", train_size=320)


def make_network(**values):
    values = NETWORK | values
    return pf.SpikingNetwork(values["layer_sizes"], pf.Lif(), num_steps=values["num_steps"])


def fit(data, *, network=None, rule=None, device=None, optimizer=ADAM, **settings):
    rule = Adfa() if rule is None else rule
    device = SquareLaw() if device is None and rule.needs_device else device
    settings = {"epochs": 2, "batch_size": 32} | settings
    return pf.fit(network or make_network(), rule, device, optimizer, data, **settings)


@pytest.mark.parametrize("validation_size", [0, 64])
def test_it_is_the_training_of_an_experiment_file_bit_for_bit(digits, validation_size):
    settings = {"epochs": 2, "batch_size": 32, "dropout": 0.1, "loss": "mse"}
    config = read_config(
        {
            "experiment": {"name": "same", "seed": 3},
            "data": {"name": "digits", "train_size": 320, "validation_size": validation_size, "encoding": "rate"},
            "network": {"hidden": [16], "num_steps": 4},
            "rule": {"name": "adfa", "feedback_scale": 2.0},
            "device": {"preset": "mach_zehnder", "reference": "calibrated"},
            "training": {"learning_rate": 0.01, **settings},
        },
        kind="train",
    )
    members = train_members(config, load_samples(config, None), [3])
    model, log = fit(
        pf.load("digits", train_size=320, seed=3),
        device=pf.make_device("mach_zehnder", {"reference": "calibrated"}),
        optimizer=pf.Optimizer("adam", learning_rate=0.01),
        rule=Adfa(feedback_scale=2.0),
        encoding="rate",
        validation_size=validation_size,
        seed=3,
        **settings,
    )
    theirs = jax.tree.map(lambda values: values[0], members.population.states)
    assert_identical(model.state, theirs)
    assert pf.evaluate(model, pf.load("digits").test).accuracy == members.test_accuracies[0]
    assert ("validation_accuracy" in log) == (validation_size > 0)


def test_a_network_of_event_neurons_trains_as_in_an_experiment_file(digits):
    config = read_config(
        {
            "experiment": {"name": "same", "seed": 1},
            "data": {"name": "digits", "train_size": 320, "encoding": "latency"},
            "network": {"hidden": [12]},
            "rule": {"name": "sfdfa"},
            "training": {"epochs": 1, "batch_size": 32, "learning_rate": 0.01},
        },
        kind="train",
    )
    members = train_members(config, load_samples(config, None), [1])
    model, _ = fit(
        pf.load("digits", train_size=320, seed=1),
        network=build_event_network(config, (64, 12, 10)),
        rule=Sfdfa(),
        optimizer=pf.Optimizer(learning_rate=0.01),
        encoding="latency",
        epochs=1,
        seed=1,
    )
    assert_identical(model.state, jax.tree.map(lambda values: values[0], members.population.states))
    assert pf.evaluate(model, digits.test).accuracy == members.test_accuracies[0]


def test_the_log_has_a_line_for_each_epoch_and_the_callback_sees_the_same(digits):
    seen = []
    model, log = fit(digits, epochs=3, on_epoch=lambda line, model: seen.append((line, model)))
    assert log.index.tolist() == [1, 2, 3]
    assert log["train_loss"].tolist() == [line["train_loss"] for line, _ in seen]
    assert log["train_loss"].iloc[-1] < log["train_loss"].iloc[0]
    assert [int(one.state.step) for _, one in seen] == [10, 20, 30]  # 320 samples in batches of 32
    assert_identical(seen[-1][1].state, model.state)


def test_an_evaluation_counts_right_answers_by_class(digits):
    model, _ = fit(digits)
    found = pf.evaluate(model, digits.test)
    assert found.accuracy == pytest.approx(np.mean(found.predictions == digits.test.labels))
    table = found.per_class()
    assert table["samples"].sum() == len(digits.test.labels)
    assert (table["samples"] * table["accuracy"]).sum() == pytest.approx(found.accuracy * len(digits.test.labels))
    assert f"accuracy {100 * found.accuracy:.2f} % of 360 samples" in str(found)
    assert np.array_equal(model.predict(digits.test), found.predictions)
    assert np.array_equal(model.predict(digits.test.samples[:7]), found.predictions[:7])


def test_samples_of_the_same_type_are_scored_in_the_scale_of_the_training(digits, tmp_path):
    # 12-bit integers are divided by 4095 and 10-bit ones by 1023; a network trained with the first divides both alike.
    paths = []
    for name, unit in (("bits_12", 255), ("bits_10", 60)):
        images = {"x_train": digits.train_images, "x_test": digits.test_images}
        scaled = {key: values.astype(np.uint16) * unit for key, values in images.items()}
        paths.append(tmp_path / f"{name}.npz")
        np.savez(paths[-1], **scaled, y_train=digits.train_labels, y_test=digits.test_labels)
    trained_on, other = (pf.load(path) for path in paths)
    assert (trained_on.full_scale, other.full_scale) == (4095.0, 1023.0)
    model, _ = fit(trained_on)
    assert np.array_equal(pf.evaluate(model, other.test).predictions, model.predict(other.test.samples))


def test_a_model_has_the_averaged_weights_where_the_optimiser_averages(digits):
    optimizer = pf.Optimizer(learning_rate=0.01, average=1.0)
    model, _ = pf.fit(make_network(), Dfa(), None, optimizer, digits, epochs=1)
    assert_identical(model.parameters, model.state.optimizer_state.mean)
    assert float(np.max(np.abs(model.parameters.weights[0] - model.state.parameters.weights[0]))) > 1e-3


def test_a_model_says_what_it_is_and_holds_what_it_was_made_of(digits):
    model, _ = fit(digits)
    assert repr(model) == "Model(64-16-10, adfa, SquareLaw, 20 updates)"
    assert repr(digits.test) == "360 samples of digits, 64 inputs"
    assert isinstance(model.device, SquareLaw)
    assert model.rule is not None
    assert [weight.shape for weight in model.parameters.weights] == [(16, 64), (10, 16)]
    assert model.rule_state.feedback[0].arrays()["matrix"].shape == (16, 10)


def test_trainings_with_the_same_transformation_share_their_programs(digits, fresh_programs):
    def compiled() -> int:
        from physdfa.training import program

        return len(program._kept)

    fit(digits)
    once = compiled()
    fit(digits, device=SquareLaw(bias=-0.5), seed=1)
    assert compiled() == once  # start and epoch
    fit(digits, optimizer=optax.adam(3e-3))  # made anew, and the same
    assert compiled() == once
    fit(digits, optimizer=optax.adam(2e-3))
    assert compiled() == once + 2 < MOST_KEPT
    forget_programs()


def test_a_rule_without_a_device_and_a_schedule_of_optax_train(digits):
    schedule = optax.warmup_cosine_decay_schedule(0.0, 0.02, warmup_steps=10, decay_steps=100)
    transformation = optax.chain(optax.clip_by_global_norm(1.0), optax.adamw(schedule, weight_decay=1e-4))
    model, _ = fit(digits, rule=Dfa(), optimizer=transformation, epochs=10)
    assert isinstance(model.trial.optimizer, OptaxOptimizer)
    assert pf.evaluate(model, digits.test).accuracy > 0.5  # chance is 0.1


def test_a_minimal_device_trains_in_a_chain(digits):
    decode = pf.devices.Decode(reference="balanced")
    chain = pf.Cascade({"encode": pf.devices.Encode(), "square_law": SquareLaw(), "decode": decode})
    # tanh^2 lies between 0 and 1: balanced detection takes its middle off, and max |g| is 1.
    assert chain.respond(jnp.array([0.5, 30.0])).tolist() == pytest.approx([-1.0, 1.0], abs=1e-5)
    model, _ = fit(digits, device=chain, epochs=10)
    assert pf.evaluate(model, digits.test).accuracy > 0.2  # chance is 0.1, and small as it is, the network learns


@pytest.mark.parametrize(
    ("settings", "said"),
    [
        ({"rule": Dfa(), "device": SquareLaw()}, "'dfa' takes no backward device, but got SquareLaw; give None"),
        ({"network": make_network(layer_sizes=[784, 16, 10])}, r"784 inputs .* digits has 64 .*\[64, 16, 10\]"),
        ({"network": make_network(layer_sizes=[64, 16, 9])}, r"9 outputs, but .* 10 classes"),
        ({"batch_size": 321}, "`batch_size` = 321 is more than the 320 samples"),
        ({"epochs": 0}, "`epochs` must be a whole number of at least 1; got 0"),
        ({"validation_size": 320}, "validation_size = 320 does not fit 320"),
        ({"encoding": "rates"}, "Did you mean 'rate'"),
        ({"encoding": "events"}, "takes samples that are spikes"),
        ({"loss": "hinge"}, "Known: cross_entropy, mse"),
        ({"dropout": 1.0}, "`dropout` is a share"),
        ({"shift_augmentation": 8}, "shift_augmentation"),
        ({"optimizer": optax.lbfgs()}, "cannot work with the gradient and the parameters alone"),
    ],
)
def test_what_does_not_fit_is_refused_in_one_sentence(digits, settings, said):
    with pytest.raises(pf.InputError, match=said) as refusal:
        fit(digits, **settings)
    assert "\n" not in str(refusal.value)


def test_a_missing_device_is_refused(digits):
    with pytest.raises(pf.InputError, match="'adfa' needs a backward device, in the third place; got None"):
        pf.fit(make_network(), Adfa(), None, ADAM, digits)


def test_samples_that_do_not_fit_the_network_are_refused(digits):
    model, _ = fit(digits, epochs=1)
    with pytest.raises(pf.InputError, match=r"of shape \(3, 63\) do not fit: the network takes rows of 64 inputs"):
        model.predict(np.zeros((3, 63), np.uint8))


WRONG_KINDS = """
import optax, physdfa as pf

network, data, adam = pf.SpikingNetwork([64, 8, 10], pf.Lif()), pf.load("digits"), optax.adam(1e-3)
device = pf.make_device("sine_squared", {})
for arguments in (
    (network, pf.rules.adfa, device, adam, data),
    (network, pf.rules.adfa(), type(device), adam, data),
    (network, pf.rules.adfa(), device, 1e-3, data),
    (network, pf.rules.adfa(), device, adam, data.train),
    (pf.rules.adfa(), network, device, adam, data),
):
    try:
        pf.fit(*arguments)
    except pf.InputError as error:
        print(error)
try:
    pf.evaluate(None, data)
except pf.InputError as error:
    print(error)
"""


def test_arguments_of_another_kind_are_refused_by_name():
    # On its own: the checks of types that the tests have would speak first.
    told = subprocess.run([sys.executable, "-c", WRONG_KINDS], capture_output=True, text=True, check=True)
    lines = told.stdout.splitlines()
    assert [line.split("`")[1] for line in lines] == ["rule", "device", "optimizer", "data", "network", "evaluate"]
    assert lines[0].endswith("such as rules.adfa(); got the class Adfa: make one of it, Adfa(...).")
    assert lines[1].endswith("got the class SineSquared: make one of it, SineSquared(...).")
    assert lines[2].endswith("such as optax.adam(3e-3); got a float.")


WRONG_OBJECTS = """
import optax, physdfa as pf

network, data, adam = pf.SpikingNetwork([64, 8, 10], pf.Lif()), pf.load("digits"), optax.adam(1e-3)


class Ramp(pf.data.AbstractEncoding):
    def encode(self, pixels, step, num_steps, key):
        return pixels


for call in (
    lambda: pf.SpikingNetwork([64, 8, 10], pf.Lif),
    lambda: pf.SpikingNetwork([64, 8, 10], pf.Lif(), "rate"),
    lambda: pf.SpikingNetwork(64, pf.Lif()),
    lambda: pf.fit(network, pf.rules.dfa(), None, adam, data, encoding=Ramp),
    lambda: pf.fit(network, pf.rules.dfa(), None, adam, data, loss=pf.training.CrossEntropy),
    lambda: pf.rules.DirectFeedback(),
    lambda: pf.rules.dfa(feedback="dense"),
    lambda: pf.evaluate(network, data.test),
    lambda: pf.Optimizer(pf.training.Adam),
):
    try:
        call()
    except pf.InputError as error:
        print(error)
"""


def test_a_class_or_a_name_in_the_place_of_an_object_is_one_sentence_that_says_so():
    told = subprocess.run([sys.executable, "-c", WRONG_OBJECTS], capture_output=True, text=True, check=True)
    assert told.stdout.splitlines() == [
        "`neuron` must be an object such as Lif(); got the class Lif: make one of it, Lif(...).",
        "`readout` must be an object such as Rate(); got the text 'rate'.",
        "`layer_sizes` must be a list of whole numbers such as [64, 64, 10]: inputs, hidden layers, classes; or, for "
        "convolutional layers, such as [(28, 28), '16c5 stride 2', 64, 10]; got 64.",
        '`encoding` must be an object such as data.Latency(), or a name such as "latency"; got the class Ramp: make '
        "one of it, Ramp(...).",
        '`loss` must be an object such as training.CrossEntropy(), or a name such as "mse"; got the class '
        "CrossEntropy: make one of it, CrossEntropy(...).",
        "DirectFeedback without a `local_factor` and a `teaching_signal` is dfa: give one of them, or take "
        "rules.dfa().",
        "`feedback` must be an object such as feedback.DenseProjection(); got the text 'dense'.",
        "`evaluate` takes a trained model, the first that `fit` returns; got a SpikingNetwork.",
        '`direction` must be an object such as training.Adam(), or a name such as "adam"; got the class Adam: make '
        "one of it, Adam(...).",
    ]


def test_a_file_of_spikes_is_loaded_with_the_values_that_a_config_would_have(tmp_path):
    path = tmp_path / "spikes.npz"
    part = {"times": [1, 5, 2], "units": [0, 1, 1], "offsets": [0, 2, 3], "labels": [0, 1]}
    np.savez(path, **{f"{name}_{key}": np.array(values) for name in ("train", "test") for key, values in part.items()})
    assert pf.load(path, time_unit="ms").train_samples.times.max() == pytest.approx(5e-3)
    with pytest.raises(pf.InputError, match=r"no value of this data set 'time_units'\. Did you mean 'time_unit'"):
        pf.load(path, time_units="ms")
