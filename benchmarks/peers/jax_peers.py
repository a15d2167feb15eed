# pyright: reportMissingImports=false
"""Libraries on JAX, and plain JAX. A build imports its library itself, so that each may be missing alone.

Documented: the library's own scan over time, with the surrogate gradient that it has by default. Tuned: the input
product, the same at every step of direct coding, stands before the loop, which is left as it is or unrolled.
"""

import math
from collections.abc import Callable
from functools import partial
from typing import Any

import jax
import jax.numpy as jnp
import optax
from variants import BATCH, CLASSES, DECAY, HIDDEN, INPUTS, LEARNING_RATE, Setting, Training

UNROLL_STEPS = 5
"""Steps in one pass of an unrolled loop: 10 % faster than all 25 at once (plain JAX, T = 25); 3 or 8, which leave a
rest, take twice as long."""


def in_batches(step: Callable[[jax.Array, jax.Array, jax.Array], Any], setting: Setting) -> Training:
    """A call takes the next images, labels and key, and waits for what `step` returns."""
    images, labels, key = jnp.asarray(setting.images), jnp.asarray(setting.labels), jax.random.key(0)

    def call(batch: int) -> None:
        rows = setting.rows(batch)
        jax.block_until_ready(step(images[rows], labels[rows], jax.random.fold_in(key, batch)))

    return Training(call)


def counted(
    step: Callable[[Any, Any], tuple[jax.Array, Any]], state: Any, currents: Any, setting: Setting, unroll: int
) -> jax.Array:
    """The sum over time of what `step(state, current)` answers, `unroll` steps in one pass of the loop."""

    def body(carry, current):
        count, state = carry
        answers, state = step(state, current)
        return (count + answers, state), None

    start = (jnp.zeros((BATCH, CLASSES)), state)
    (count, _), _ = jax.lax.scan(body, start, currents, length=setting.num_steps, unroll=unroll)
    return count


def mean_cross_entropy(count: jax.Array, labels: jax.Array) -> jax.Array:
    """Cross entropy on the counts."""
    return optax.softmax_cross_entropy_with_integer_labels(count, labels).mean()


# --- plain JAX -------------------------------------------------------------------------------------------------------


@jax.custom_jvp
def spike(distance):
    """H(x), with the derivative 1 / (1 + 2 |x|)² in the backward pass."""
    return (distance >= 0).astype(distance.dtype)


@spike.defjvp
def _spike_jvp(primals, tangents):
    root = 1 / (1 + 2 * jnp.abs(primals[0]))
    return spike(primals[0]), root * root * tangents[0]


def lif_step(current, residue):
    """One step of a neuron that resets by subtraction: its spikes, and what it keeps of its potential."""
    potential = residue + current
    spikes = spike(potential - 1)
    return spikes, DECAY * potential - spikes


def plain_network(setting: Setting, is_rate_coded: bool = False, unroll: int = 1) -> Training:
    """Written by hand without a library."""
    keys = jax.random.split(jax.random.key(1))
    sizes = ((INPUTS, HIDDEN), (HIDDEN, CLASSES))
    # Outputs in rows: 6 % faster than inputs in rows.
    weights = [jax.random.normal(key, size[::-1]) / math.sqrt(size[0]) for key, size in zip(keys, sizes, strict=True)]
    parameters = [(weight, jnp.zeros(len(weight))) for weight in weights]
    optimizer = optax.adam(LEARNING_RATE)

    def loss_of(parameters, images, labels, key):
        (first, first_bias), (second, second_bias) = parameters
        currents = None
        if is_rate_coded:
            spikes = jax.random.bernoulli(key, images, (setting.num_steps, *images.shape))
            currents = spikes.astype(images.dtype) @ first.T + first_bias
        static = None if is_rate_coded else images @ first.T + first_bias

        def step(state, current):
            hidden, output = state
            spikes, hidden = lif_step(static if current is None else current, hidden)
            answers, output = lif_step(spikes @ second.T + second_bias, output)
            return answers, (hidden, output)

        state = (jnp.zeros((len(images), HIDDEN)), jnp.zeros((len(images), CLASSES)))
        return mean_cross_entropy(counted(step, state, currents, setting, unroll), labels)

    @partial(jax.jit, donate_argnums=0)
    def update(state, images, labels, key):
        parameters, optimizer_state = state
        gradient = jax.grad(loss_of)(parameters, images, labels, key)
        changes, optimizer_state = optimizer.update(gradient, optimizer_state)
        return optax.apply_updates(parameters, changes), optimizer_state

    held: list[Any] = [(parameters, optimizer.init(parameters))]

    def step(images, labels, key):
        held[0] = update(held[0], images, labels, key)
        return held[0]

    return in_batches(step, setting)


def plain_hoisted(setting: Setting) -> Training:
    """Direct coding, one step in a pass of the loop."""
    return plain_network(setting)


def plain_unrolled(setting: Setting) -> Training:
    """Direct coding, several steps in a pass of the loop."""
    return plain_network(setting, unroll=UNROLL_STEPS)


def plain_hoisted_rate_coding(setting: Setting) -> Training:
    """Rate coding, its first layer one product over all steps, one step in a pass of the loop."""
    return plain_network(setting, is_rate_coded=True)


def plain_unrolled_rate_coding(setting: Setting) -> Training:
    """Rate coding, its first layer one product over all steps, several steps in a pass of the loop."""
    return plain_network(setting, is_rate_coded=True, unroll=UNROLL_STEPS)


# --- Spyx ------------------------------------------------------------------------------------------------------------


def spyx_network(loss_of: Callable[..., jax.Array], setting: Setting) -> Training:
    """Its sequence of layers, trained by its own compiled step on `loss_of(model, images, labels, key)`."""
    import spyx.nn as snn
    from flax import nnx
    from spyx.optimize import make_train_step

    rngs = nnx.Rngs(0)
    model = snn.Sequential(
        nnx.Linear(INPUTS, HIDDEN, rngs=rngs),
        snn.LIF((HIDDEN,), beta=DECAY, rngs=rngs),
        nnx.Linear(HIDDEN, CLASSES, rngs=rngs),
        snn.LIF((CLASSES,), beta=DECAY, rngs=rngs),
    )
    optimizer = nnx.Optimizer(model, optax.adam(LEARNING_RATE), wrt=nnx.Param)
    update = make_train_step(loss_of)

    def step(images, labels, key):
        loss = update(model, optimizer, images, labels, key)
        return loss, nnx.state((model, optimizer))

    return in_batches(step, setting)


def spyx_run(setting: Setting) -> Training:
    """As in its README: `run` over the time axis, and its loss on the sum over time."""
    import spyx
    import spyx.nn as snn

    count_loss = spyx.fn.integral_crossentropy(time_axis=0)

    def loss_of(model, images, labels, key):
        del key
        inputs = jnp.repeat(images[None], setting.num_steps, axis=0)
        return count_loss(snn.run(model, inputs)[0], labels)

    return spyx_network(loss_of, setting)


def spyx_run_rate_coding(setting: Setting) -> Training:
    """As in its README, with the spikes of its `rate_code`."""
    import spyx
    import spyx.nn as snn
    from spyx.data import rate_code

    count_loss, encode = spyx.fn.integral_crossentropy(), rate_code(setting.num_steps, max_r=1.0)

    def loss_of(model, images, labels, key):
        return count_loss(snn.run(model, encode(images[:, None], key), batch_major=True)[0], labels)

    return spyx_network(loss_of, setting)


def spyx_hoisted(setting: Setting, unroll: int = 1) -> Training:
    """Its neurons in a loop after one input product."""

    def loss_of(model, images, labels, key):
        del key
        first, hidden, second, output = model.layers
        static = first(images)

        def step(state, _):
            spikes, v1 = hidden(static, state[0])
            answers, v2 = output(second(spikes), state[1])
            return answers, (v1, v2)

        state = (hidden.initial_state(len(images)), output.initial_state(len(images)))
        return mean_cross_entropy(counted(step, state, None, setting, unroll), labels)

    return spyx_network(loss_of, setting)


def spyx_unrolled(setting: Setting) -> Training:
    """The same, several steps in a pass of the loop."""
    return spyx_hoisted(setting, UNROLL_STEPS)


# --- jaxpike ---------------------------------------------------------------------------------------------------------


def jaxpike_network(count_of: Callable[[Any, jax.Array], jax.Array], setting: Setting) -> Training:
    """Its sequence of layers, trained by its own compiled step on the counts `count_of(net, images)`."""
    import equinox as eqx
    import jaxpike as jp

    keys, tau = jax.random.split(jax.random.key(1)), -1 / math.log(DECAY)
    gain = jp.lif_gain(tau=tau)
    net: Any = jp.Sequential(
        jp.Dense(INPUTS, HIDDEN, key=keys[0], gain=gain),
        jp.LIF(tau=tau),
        jp.Dense(HIDDEN, CLASSES, key=keys[1], gain=gain),
        jp.LIF(tau=tau),
    )
    optimizer = optax.adam(LEARNING_RATE)

    def loss_of(net, images, labels):
        return jp.cross_entropy(count_of(net, images), labels), None

    update = jp.make_step(loss_of, optimizer)
    held: list[Any] = [(net, optimizer.init(eqx.filter(net, eqx.is_inexact_array)))]

    def step(images, labels, key):
        del key
        net, optimizer_state, loss, _ = update(*held[0], images, labels)
        held[0] = (net, optimizer_state)
        return loss, held[0]

    return in_batches(step, setting)


def jaxpike_unroll(setting: Setting) -> Training:
    """As in its README: `unroll` over the time axis, and the count of the output spikes."""
    import jaxpike as jp

    def count_of(net, images):
        spikes, _ = jp.unroll(net, jnp.repeat(images[None], setting.num_steps, axis=0))
        return jp.count_logits(spikes)

    return jaxpike_network(count_of, setting)


def jaxpike_hoisted(setting: Setting, unroll: int = 1) -> Training:
    """Its neurons in a loop after one input product."""

    def count_of(net, images):
        first, hidden, second, output = net.layers
        static = first(None, images)[1]

        def step(state, _):
            state1, spikes = hidden(state[0], static)
            state2, answers = output(state[1], second(None, spikes)[1])
            return answers, (state1, state2)

        sizes = (len(images), HIDDEN), (len(images), CLASSES)
        return counted(step, (hidden.init_state(sizes[0]), output.init_state(sizes[1])), None, setting, unroll)

    return jaxpike_network(count_of, setting)


def jaxpike_unrolled(setting: Setting) -> Training:
    """The same, several steps in a pass of the loop."""
    return jaxpike_hoisted(setting, UNROLL_STEPS)
