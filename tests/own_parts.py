"""One part of each kind as a user would write it in a file of their own; found as "tests.own_parts:Class"."""

from typing import ClassVar

import jax
import jax.numpy as jnp
import numpy as np

from physdfa.data import AbstractEncoding, AbstractSource, from_arrays
from physdfa.network import AbstractReadout
from physdfa.neurons import AbstractNeuron, NeuronStep
from physdfa.parts import ParameterValue, option, parameter
from physdfa.surrogates import triangle
from physdfa.training import AbstractLoss, CrossEntropy


class Integrator(AbstractNeuron):
    """A neuron without a leak: u_t = u_{t-1} + I_t, from which a spike takes `drop`."""

    name: ClassVar[str] = "integrator"

    threshold: ParameterValue = parameter(default=1.0, unit="", low=0, low_open=True, meaning="the firing threshold")
    drop: ParameterValue = parameter(default=1.0, unit="", low=0, high=2, meaning="what a spike takes away")

    def initial_state(self, shape):
        return jnp.zeros(shape)

    def step(self, current, state):
        potential = state + current
        hard = (potential >= self.threshold).astype(potential.dtype)
        soft = jnp.clip(potential / self.threshold, 0, 1)
        spikes = soft + jax.lax.stop_gradient(hard - soft)
        return NeuronStep(potential, spikes, None), potential - self.drop * hard

    def surrogate_derivative(self, potential):
        return triangle(potential - self.threshold, self.threshold)


class Largest(AbstractReadout):
    """The largest value that a leaky integrator of each class has had; not linear in the spikes."""

    name: ClassVar[str] = "largest"

    leak: ParameterValue = parameter(default=0.8, unit="", low=0, high=1, meaning="the share kept per step")

    def initial_state(self, shape):
        return jnp.zeros(shape), jnp.full(shape, -jnp.inf)

    def step(self, current, state, index):
        del index
        potential = self.leak * state[0] + current
        most = jnp.maximum(state[1], potential)
        return most, (potential, most)


class Contrast(AbstractEncoding):
    """The pixels to the power `gamma`, at every step."""

    name: ClassVar[str] = "contrast"
    is_static: ClassVar[bool] = True
    needs_unit_range: ClassVar[bool] = True

    gamma: ParameterValue = parameter(default=1.0, unit="", low=0.1, high=10, meaning="the exponent")

    def encode(self, pixels, step, num_steps, key):
        del step, num_steps, key
        return jnp.maximum(pixels, 1e-6) ** self.gamma


class Smoothed(AbstractLoss):
    """Cross entropy against labels that are only 1 - `smoothing` sure."""

    name: ClassVar[str] = "smoothed"

    smoothing: ParameterValue = parameter(default=0.1, unit="", low=0, high=1, meaning="the share of all classes")

    def of_samples(self, outputs, labels, wanted):
        of_label = CrossEntropy().of_samples(outputs, labels, wanted)
        return (1 - self.smoothing) * of_label - self.smoothing * jnp.mean(jax.nn.log_softmax(outputs), axis=-1)


class Blobs(AbstractSource):
    """Points around one centre per class."""

    name: ClassVar[str] = "blobs"

    classes: int = option(default=3, low=2, high=9, meaning="how many classes")
    spread: ParameterValue = parameter(default=0.1, unit="", low=0, meaning="the spread of a class")

    def load(self, data_dir):
        del data_dir
        random = np.random.default_rng(0)
        centres = random.uniform(0.2, 0.8, (self.classes, 12))
        parts = []
        for count in (240, 60):
            labels = np.arange(count) % self.classes
            noise = float(self.spread) * random.normal(size=(count, 12))
            parts += [np.clip(centres[labels] + noise, 0, 1).astype(np.float32), labels]
        return from_arrays(*parts, name="blobs")
