"""The laws pass what keeps them and catch what breaks them; the page on devices of one's own runs as it stands."""

import re
import tomllib
from pathlib import Path

import jax
import jax.numpy as jnp
import pytest

from physdfa import testing
from physdfa.build import build_device
from physdfa.config import read_config, to_toml
from physdfa.devices import (
    STAGES,
    AbstractDevice,
    Driver,
    MachZehnderModulator,
    SineSquared,
    make_cascade,
    register_stage,
)
from physdfa.errors import InputError
from physdfa.parts import ParameterValue, parameter

PAGE = Path(__file__).parents[1] / "docs" / "bring_your_own_device.md"
EVERY_LAW = pytest.mark.parametrize("law", testing.DEVICE_LAWS, ids=lambda law: law.__name__)


@pytest.fixture
def registry(monkeypatch):
    """The stages, put back afterwards."""
    monkeypatch.setattr("physdfa.devices.registry.STAGES", dict(STAGES))


class Gain(AbstractDevice):
    """g(u) = clip(gain u), kept; its subclasses break one law each."""

    gain: ParameterValue = parameter(default=1.0, unit="", low=0.0, typical=(0.5, 2.0), meaning="the gain")

    def respond(self, signal, *, key=None):
        del key
        return jnp.clip(self.gain * jnp.clip(signal, -1e3, 1e3), -1e3, 1e3)

    def output_range(self, low, high):
        return jnp.float32(-1e3), jnp.float32(1e3)


class Plain(AbstractDevice):
    """The least that a device can be: an answer, and a number with a range."""

    bias: ParameterValue = parameter(default=0.5, unit="V", low=-1, high=1, meaning="the input of least output")

    def respond(self, signal, *, key=None):
        return jnp.tanh(signal - self.bias) ** 2


class Flat(Gain):
    def respond(self, signal, *, key=None):
        return super().respond(signal.reshape(-1), key=key)


class Exploding(Gain):
    def respond(self, signal, *, key=None):
        return self.gain * jnp.exp(signal)


class Restless(Gain):
    def respond(self, signal, *, key=None):
        return super().respond(signal, key=key) + jax.random.uniform(jax.random.key(next(COUNTER)))


class Understated(Gain):
    def output_range(self, low, high):
        return jnp.float32(-0.1), jnp.float32(0.1)


class FalselyAffine(Gain):
    @property
    def is_affine(self):
        return True

    def respond(self, signal, *, key=None):
        return jnp.sin(self.gain * signal)


class Idle(Gain):
    def respond(self, signal, *, key=None):
        return jnp.sin(signal) + 0.0 * self.gain


COUNTER = iter(range(1000))


@EVERY_LAW
@pytest.mark.parametrize("device", [Plain, Gain, Driver, MachZehnderModulator, SineSquared])
def test_a_sound_device_keeps_every_law(law, device):
    law(device)


@pytest.mark.parametrize(
    ("law", "device"),
    [
        (testing.shape_and_type_are_kept, Flat),
        (testing.finite_on_the_whole_real_line, Exploding),
        (testing.the_same_key_gives_the_same_answer, Restless),
        (testing.no_answer_leaves_the_stated_range, Understated),
        (testing.affine_is_only_what_says_so, FalselyAffine),
        (testing.every_parameter_acts, Idle),
    ],
)
def test_each_law_catches_its_breach(law, device):
    with pytest.raises(AssertionError):
        law(device)


def test_the_law_on_refusals_catches_a_device_that_takes_anything():
    with pytest.raises(AssertionError, match=r"`gain` = nan was taken"):
        testing.values_out_of_range_are_refused(lambda **values: Gain(**{"gain": 1.0} if values else {}))


@EVERY_LAW
def test_the_page_on_your_own_device_runs_and_its_device_keeps_every_law(registry, law):
    first, _ = re.findall(r"```python\n(.*?)```", PAGE.read_text(encoding="utf-8"), re.DOTALL)
    names: dict[str, object] = {"__name__": "page"}
    exec(compile(first, str(PAGE), "exec"), names)
    law(names["SquareLaw"])
    chain = make_cascade(["encode", "square_law", "decode"], {"square_law.gain": 2.0})
    assert chain["square_law"].gain == 2.0


@pytest.mark.parametrize(("name", "said"), [("Mine!", "lower-case"), ("driver", "already")])
def test_a_name_that_is_none_or_taken_is_refused(registry, name, said):
    with pytest.raises(InputError, match=said):
        register_stage(name, Gain)


def test_registering_the_same_class_again_changes_nothing(registry):
    register_stage("my_gain", Gain)
    register_stage("my_gain", Gain)
    assert make_cascade(["my_gain"], {"gain": 3.0})["my_gain"].gain == 3.0


@pytest.mark.usefixtures("registry")
def test_the_config_of_the_page_names_the_class_of_the_page(tmp_path, monkeypatch):
    (tmp_path / "bench.py").write_text(re.findall(r"```python\n(.*?)```", PAGE.read_text(), re.DOTALL)[0])
    monkeypatch.syspath_prepend(tmp_path)
    device = re.findall(r"```toml\n(.*?)```", PAGE.read_text(), re.DOTALL)[0]
    table = {"data": {"name": "digits"}, "network": {"hidden": [8]}, "rule": {"name": "adfa"}}
    config = read_config({"experiment": {"name": "page"}, **table, **tomllib.loads(device)}, kind="train")
    chain = build_device(config, seed=0)
    assert float(chain.respond(jnp.float32(0.5))) == pytest.approx(0.0, abs=1e-6)  # at its bias
    assert read_config(tomllib.loads(to_toml(config)), kind="train") == config
