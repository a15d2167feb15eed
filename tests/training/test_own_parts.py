"""What a part of a user's own raises, or answers in another form than promised, is told before anything is trained."""

import re
import tomllib

import jax.numpy as jnp
import optax
import pytest

import physdfa as pf
from ga_search.evolution import Candidate
from physdfa.build import build_trial, load_samples
from physdfa.config import read_config
from physdfa.errors import InputError
from physdfa.parts import PartError, error_in_own_part
from physdfa.workflow.candidates.evaluator import Evaluator
from physdfa.workflow.train import train
from tests import bad_parts

FILE = """
[experiment]
name = "own"
[data]
name = "digits"
train_size = 100
[network]
hidden = [8]
num_steps = 3
[rule]
name = "dfa"
[training]
epochs = 1
batch_size = 20
"""

STAGES = 'device.stages=["encode", "tests.bad_parts:{}", "decode"]'


def build(*overrides):
    config = read_config(tomllib.loads(FILE), overrides=overrides)
    return build_trial(config, load_samples(config, None).dataset, 0)


@pytest.mark.parametrize(
    ("key", "name", "said"),
    [
        ("rule.name", "Raises", r"in tests/bad_parts\.py, line 25, in of: ZeroDivisionError: of all things\."),
        ("rule.name", "WithIf", r"line 30, in of: TracerBoolConversionError: .*write jnp\.where"),
        ("rule.name", "WithNumpy", r"in of: TracerArrayConversionError: .*take jax\.numpy in the place of numpy"),
        ("rule.name", "GivesNone", r"`factor` has to return an array \[batch neurons\], here \(5, 8\); got None"),
        ("rule.name", "GivesOne", r"`factor` has to return .*; got a single number"),
        ("rule.name", "NoFactor", r"`factor` has to be a pf\.rules\.LocalFactor\(function\), .*; got a function"),
        ("rule.name", "NoProperty", r"`factor` has to be .* under @property"),
        ("rule.name", "UsesDevice", r"uses a device, but does not say so.*needs_device=True"),
        ("rule.name", "NoProjection", r"has no feedback matrix: derive it from pf\.rules\.AbstractRandomFeedback"),
        ("rule.name", "OtherTeaching", r"`teaching` has to return an array \[batch classes\], here \(5, 10\)"),
        ("rule.name", "NotBuilt", r"line 77, in __check_init__: RuntimeError: not today"),
        ("rule.name", "NoUpdate", r"`update` has to return a pf\.rules\.RuleUpdate and the state; got NetworkParam"),
        ("rule.name", "WithText", r"its field `kind` is 'abc', no array; declare it as a pf\.option"),
        ("network.readout", "OneValue", r"`step` has to return 2 values, the outputs and the state; got an array"),
        ("network.readout", "OtherState", r"a state like that of `initial_state`, a single number; got an array"),
        ("network.neuron", "NoStep", r"`step` has to return a pf\.neurons\.NeuronStep"),
        ("training.loss", "OneLoss", r"`of_samples` has to return an array \[batch\], here \(5,\); got a single"),
        ("data.encoding", "OtherInputs", r"`encode` has to return an array .*\(5, 64\); got an array .*\(5, 5\)"),
        ("training.optimizer", "NoTransformation", r"`transformation` has to return .* of optax, .*; got None"),
        ("feedback.kind", "NarrowProjection", r"`project` has to return .*\(5, 8\); got an array .*\(5, 10\)"),
        ("data.name", "NoFile", r"in load: FileNotFoundError: .*/nowhere/at/all"),
        ("data.name", "NoData", r"`load` has to return a data set, such as pf\.from_arrays makes; got None"),
    ],
)
def test_a_mistake_in_a_part_is_one_sentence_that_names_it(key, name, said):
    with pytest.raises(InputError, match=rf"'tests\.bad_parts:{name}'.*{said}") as refusal:
        build(f"{key}=tests.bad_parts:{name}")
    assert "\n" not in str(refusal.value)


@pytest.mark.parametrize(
    ("name", "said"),
    [
        ("OneAnswer", "`respond` has to return an array .*; got a single number"),
        ("NoAnswer", "in respond: Attribute"),
        ("WithoutKey", "got an unexpected keyword argument 'key'"),
    ],
)
def test_a_mistake_in_a_device_is_told_when_the_file_is_read(name, said):
    with pytest.raises(InputError, match=rf"the device 'tests\.bad_parts:{name}'.*{said}"):
        build("rule.name=adfa", STAGES.format(name))


def test_parts_without_a_mistake_pass():
    assert isinstance(build("rule.name=tests.bad_parts:Base").rule, bad_parts.Base)
    assert build("network.readout=tests.own_parts:Largest", "network.neuron=tests.own_parts:Integrator")


def steep(network, device, potential, key):
    return jnp.where(potential > 0, 1.0, 0.1)[0]


def test_fit_tells_the_same_of_functions_and_objects():
    network = pf.SpikingNetwork([64, 8, 10], pf.Lif(), num_steps=3)
    for rule, said in (
        (bad_parts.Raises(), r"line 25, in of: ZeroDivisionError"),
        (pf.rules.DirectFeedback(local_factor=steep), r"`factor` has to return an array .*\(5, 8\); got .*\(8,\)"),
        (
            pf.rules.DirectFeedback(teaching_signal=lambda batch, error: None),
            "`teaching_signal` has to return an array",
        ),
    ):
        with pytest.raises(PartError, match=re.compile(said)):
            pf.fit(network, rule, None, optax.adam(1e-3), pf.load("digits"), epochs=1)
    encoding = bad_parts.FactAsField()
    with pytest.raises(PartError, match=r"`is_static` is a fact of the class.*ClassVar"):
        pf.fit(network, pf.rules.dfa(), None, optax.adam(1e-3), pf.load("digits"), epochs=1, encoding=encoding)


@pytest.mark.parametrize("name", ["local_factor", "teaching_signal"])
def test_what_is_no_function_cannot_make_a_rule(name):
    with pytest.raises(InputError, match=rf"`{name}` must be a function .*; got 'surrogate'"):
        pf.rules.DirectFeedback(**{name: "surrogate"})


@pytest.mark.parametrize(
    ("override", "what"),
    [
        ("rule.name=tests.bad_parts:DividesByZero", "its weights are no finite numbers"),
        ("network.neuron=tests.bad_parts:LosesPotential", "its membrane potentials are no finite numbers"),
    ],
)
def test_a_part_that_makes_nan_is_told_with_the_first_epoch_whatever_the_accuracy_is(tmp_path, override, what):
    config = read_config(tomllib.loads(FILE), overrides=[override])
    warnings = train(config, out_dir=tmp_path).read_summary()["warnings"]
    assert warnings[0].startswith(f"seed 0 diverged in epoch 1: {what}; lower training.learning_rate")


def test_a_candidate_that_makes_nan_is_a_failed_record():
    config = read_config(tomllib.loads(FILE), overrides=["rule.name=tests.bad_parts:DividesByZero"])
    evaluator = Evaluator(config, load_samples(config, None), kind="search", epochs=1, seeds=1, largest_batch=1)
    (record,) = evaluator([Candidate("one", {"training.learning_rate": 0.01}, 0)])
    assert (record.status, record.reason) == ("failed", "diverged in epoch 1: its weights are no finite numbers")


def test_fit_warns_of_a_training_that_diverged():
    network = pf.SpikingNetwork([64, 8, 10], pf.Lif(), num_steps=3)
    with pytest.warns(RuntimeWarning, match="the training diverged in epoch 1: its weights are no finite numbers"):
        pf.fit(network, bad_parts.DividesByZero(), None, optax.adam(1e-3), pf.load("digits"), epochs=2)


def test_what_a_compiled_program_calls_back_is_told_as_that_of_the_part(tmp_path, capfd):
    config = read_config(tomllib.loads(FILE), overrides=["rule.name=tests.bad_parts:CallsBack"])
    with pytest.raises(Exception, match="not here") as raised:
        train(config, out_dir=tmp_path)
    capfd.readouterr()  # what JAX itself writes
    said = error_in_own_part(raised.value)
    assert said is not None
    assert said.endswith("in on_the_host: ValueError: not here.")
    assert "the learning rule 'tests.bad_parts:CallsBack'" in said
