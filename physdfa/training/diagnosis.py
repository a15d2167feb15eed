"""Why a training diverges: it is made once more, update by update, until something is no finite number."""

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Bool, Int, PRNGKeyArray

from physdfa.network import SpikingNetwork, run
from physdfa.training.step import Carry, Data, carry_of, epoch_order, start_training, train_update, training_batch
from physdfa.training.trial import Trial


def first_not_finite(trial: Trial, data: Data, rows: np.ndarray, key: PRNGKeyArray, epochs: int) -> str | None:
    """The first quantity of a training that is no finite number, its layer and its step; None if all are.

    One program per look and per update, so it takes several times as long as the training itself.

    **Arguments:**

    - `rows`: [samples] those of `data` to train on; `key`: of the training; `epochs`: of its schedule.
    """
    start, update, look = jax.jit(start_training), jax.jit(train_update), jax.jit(_potentials_and_gains)
    order_of = jax.jit(epoch_order)
    state = start(trial, data, jnp.asarray(rows), key)
    total = jnp.int32(epochs * (len(rows) // trial.batch_size))
    if what := _weights(carry_of(state, key)):
        return f"the {what} before the first update"
    for epoch in range(1, epochs + 1):
        key, order = order_of(trial, state, jnp.asarray(rows))
        carry = carry_of(state, key)
        for number, chosen in enumerate(order, start=1):
            where = f"update {number} of epoch {epoch}"
            if isinstance(trial.network, SpikingNetwork):
                for name, finite in zip(("potential", "g"), look(trial, carry, data, chosen), strict=True):
                    if len(wrong := np.argwhere(~np.asarray(finite))):
                        step, layer = wrong[0]
                        return f"the {name} of hidden layer {layer + 1} at time step {step + 1}, in {where}"
            carry, metrics = update(trial, carry, data, chosen, total)
            if not np.isfinite(metrics.loss):
                return f"the loss in {where}"
            if what := _weights(carry):
                return f"the {what} after {where}"
        state = carry.state()
    return None


def _weights(carry: Carry) -> str:
    """The first layer with weights or biases that are no finite numbers; empty if there is none."""
    for name, leaves in carry.parameters._asdict().items():
        for layer, leaf in enumerate(leaves, start=1):
            if not np.all(np.isfinite(leaf)):
                return f"{name} of layer {layer}"
    return ""


def _potentials_and_gains(
    trial: Trial, carry: Carry, data: Data, chosen: Int[Array, " batch"]
) -> tuple[Bool[Array, "time layers"], Bool[Array, "time layers"]]:
    """Whether the potentials of each hidden layer are finite at each step of a batch, and g of them."""
    _, batch_key, device_key = jax.random.split(carry.key, 3)
    batch = training_batch(trial, data.samples[chosen], data.labels[chosen], batch_key)

    def accumulate(kept, step, layers):
        del step
        potentials = [layer.potential for layer in layers]
        device = carry.device if trial.rule.needs_device else None
        gains = potentials if device is None else [device.respond(u, key=device_key) for u in potentials]
        return kept, tuple(jnp.stack([jnp.all(jnp.isfinite(one)) for one in each]) for each in (potentials, gains))

    assert isinstance(trial.network, SpikingNetwork)  # the caller asks for these only
    parameters = trial.forward_parameters(carry.parameters)
    _, (potentials, gains) = run(trial.network, parameters, batch.stimulus, accumulate, None, batch.masks)
    return potentials, gains
