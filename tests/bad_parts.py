"""Parts of a user's own with one mistake each; found as "tests.bad_parts:Class"."""

import jax
import jax.numpy as jnp
import numpy as np

import physdfa as pf
from physdfa.training.directions import AbstractDirection


class Base(pf.rules.AbstractRandomFeedback, pf.rules.AbstractDirectFeedback):
    gain: pf.Param = pf.parameter(default=1.0, unit="", low=0.0, meaning="the gain")
    plain: float = 0.5

    @property
    def factor(self):
        return pf.rules.LocalFactor(self.of)

    def of(self, network, device, potential, key):
        return self.gain * potential


class Raises(Base):
    def of(self, network, device, potential, key):
        raise ZeroDivisionError("of all things")


class WithIf(Base):
    def of(self, network, device, potential, key):
        return potential if self.gain > 0.5 else -potential


class WithNumpy(Base):
    def of(self, network, device, potential, key):
        return np.tanh(np.asarray(potential))


class GivesNone(Base):
    def of(self, network, device, potential, key):
        pass


class GivesOne(Base):
    def of(self, network, device, potential, key):
        return jnp.mean(potential)


class NoFactor(Base):
    @property
    def factor(self):
        return self.of


class NoProperty(Base):
    def factor(self):
        return pf.rules.LocalFactor(self.of)


class UsesDevice(Base):
    def of(self, network, device, potential, key):
        return device.respond(potential, key=key)


class NoProjection(pf.rules.AbstractDirectFeedback):
    @property
    def factor(self):
        return pf.rules.SURROGATE


class OtherTeaching(Base):
    def teaching(self, batch, error):
        return jnp.sum(error)


class NotBuilt(Base):
    def __check_init__(self):
        raise RuntimeError("not today")


class NoUpdate(pf.rules.AbstractRule):
    def update(self, network, parameters, batch, device, state, /, *, key):
        return parameters, state


class WithText(Base):
    kind: str = "abc"


class Unfinished(pf.rules.AbstractRandomFeedback, pf.rules.AbstractDirectFeedback):
    pass


class OneValue(pf.network.AbstractReadout):
    def initial_state(self, shape):
        return jnp.zeros(shape)

    def step(self, current, state, index):
        return state + current


class OtherState(OneValue):
    def initial_state(self, shape):
        return 0.0

    def step(self, current, state, index):
        return state + current, state + current


class OneLoss(pf.training.AbstractLoss):
    def of_samples(self, outputs, labels, wanted):
        return jnp.mean(outputs)


class OtherInputs(pf.data.AbstractEncoding):
    def encode(self, pixels, step, num_steps, key):
        return pixels[:, :5]


class NoFile(pf.data.AbstractSource):
    def load(self, data_dir):
        return open("/nowhere/at/all").read()


class NoData(pf.data.AbstractSource):
    def load(self, data_dir):
        return None


class NoStep(pf.neurons.AbstractNeuron):
    threshold: pf.Param = pf.parameter(default=1.0, unit="", low=0, meaning="the threshold")

    def initial_state(self, shape):
        return jnp.zeros(shape)

    def step(self, current, state):
        return state + current, state

    def surrogate_derivative(self, potential):
        return potential


class OneAnswer(pf.Device):
    def respond(self, signal, *, key=None):
        return jnp.mean(signal)


class NoAnswer(pf.Device):
    def respond(self, signal, *, key=None):
        return signal.nothing


class DividesByZero(Base):
    def of(self, network, device, potential, key):
        return potential / (potential - potential)


class LosesPotential(pf.neurons.AbstractNeuron):
    threshold: pf.Param = pf.parameter(default=1.0, unit="", low=0, meaning="the threshold")

    def initial_state(self, shape):
        return jnp.zeros(shape)

    def step(self, current, state):
        potential = current / (current - current)
        return pf.neurons.NeuronStep(potential, (potential > self.threshold).astype(jnp.float32), None), state

    def surrogate_derivative(self, potential):
        return jnp.where(jnp.abs(potential) < self.threshold, 1.0, 0.0)


class WithoutKey(pf.Device):
    def respond(self, signal):
        return signal


def on_the_host(potential):
    raise ValueError("not here")


class CallsBack(Base):
    def of(self, network, device, potential, key):
        like = jax.ShapeDtypeStruct(potential.shape, potential.dtype)
        return jax.pure_callback(on_the_host, like, potential, vmap_method="sequential")


class FactAsField(pf.data.AbstractEncoding):
    is_static: bool = True

    def encode(self, pixels, step, num_steps, key):
        return pixels


class NoTransformation(AbstractDirection):
    def transformation(self):
        return None


class NarrowProjection(pf.feedback.AbstractProjection):
    def drawn(self, key, neurons, classes, feedback_scale):
        return self

    def project(self, error, *, key=None):
        return error

    def arrays(self):
        return {}
