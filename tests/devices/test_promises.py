"""Classes to derive from: each keeps its promise for whatever is stated beside it."""

import jax.numpy as jnp
import pytest

from physdfa.devices import Affine, AffineEnd, Driver, Monotone, WithMemory
from physdfa.parts import ParameterValue, parameter
from physdfa.testing import DEVICE_LAWS


class Falling(Monotone):
    slope: ParameterValue = parameter(default=1.0, unit="", low=0.0, low_open=True, meaning="the slope")

    def respond(self, signal, *, key=None):
        return -jnp.tanh(self.slope * signal)


class RunningMean(Affine, WithMemory):
    """A weighted mean of a neuron and the one before it."""

    share: ParameterValue = parameter(default=0.5, unit="", low=0.0, high=1.0, meaning="the weight of the one before")

    def respond(self, signal, *, key=None):
        if signal.ndim == 0 or signal.shape[-1] == 0:
            return signal
        held = jnp.clip(signal, -1e30, 1e30)
        before = jnp.concatenate([held[..., :1], held[..., :-1]], axis=-1)
        return (1 - self.share) * held + self.share * before

    def output_range(self, low, high):
        return low, high


class OffsetSine(AffineEnd):
    offset: ParameterValue = parameter(default=0.5, unit="", meaning="the offset")

    def before_affine_end(self, signal, *, key=None):
        return jnp.sin(jnp.clip(signal, -1e4, 1e4))

    def affine_end(self, signal):
        return self.offset + 2.0 * signal


@pytest.mark.parametrize("law", DEVICE_LAWS, ids=lambda law: law.__name__)
@pytest.mark.parametrize("device", [Falling, RunningMean, OffsetSine])
def test_a_device_with_a_promise_keeps_every_law(law, device):
    law(device)


def test_a_monotone_device_answers_between_its_ends_whichever_way_it_goes():
    assert Driver(saturation=3.0).output_range(jnp.float32(-jnp.inf), jnp.float32(0.0)) == (-3.0, 0.0)
    assert Falling().output_range(jnp.float32(-jnp.inf), jnp.float32(0.0)) == (0.0, 1.0)


def test_the_affine_end_answers_what_comes_before_it():
    assert float(OffsetSine().respond(jnp.float32(jnp.pi / 2))) == pytest.approx(2.5)


def test_an_affine_device_with_memory_says_so():
    device = RunningMean()
    assert device.is_affine
    assert device.has_memory
    assert device.respond(jnp.array([1.0, 3.0, 5.0])).tolist() == [1.0, 2.0, 4.0]
