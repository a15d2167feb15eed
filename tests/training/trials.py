"""Small trials, data and splits with nominal values, and a rule that records what training shows it."""

from typing import Any

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from physdfa.data import ENCODINGS
from physdfa.devices import AbstractDevice, make_device
from physdfa.network import NetworkParameters
from physdfa.parts import option
from physdfa.rules import AbstractRule, Batch, RuleState, RuleUpdate
from physdfa.training import Data, Optimizer, Splits, Trial
from tests.rules.all_rules import DISCRETE_RULES
from tests.rules.networks import make_network

INPUTS, CLASSES = 6, 3


def make_sine(half_period: float, shift: float = 0.0) -> AbstractDevice:
    return make_device("sine_squared", {"half_period": half_period, "shift": shift})


def make_trial(
    rule: str | AbstractRule = "adfa",
    *,
    device: AbstractDevice | None = None,
    learning_rate: float = 0.01,
    inputs: int = INPUTS,
    hidden: tuple[int, ...] = (8,),
    num_steps: int = 2,
    readout: str = "rate",
    **values: Any,
) -> Trial:
    network = make_network(
        inputs=inputs, hidden=hidden, classes=CLASSES, num_steps=num_steps, decay_mem=0.8, readout=readout
    )
    return Trial(
        network,
        DISCRETE_RULES[rule]("final") if isinstance(rule, str) else rule,
        ENCODINGS[values.pop("encoding", "direct")](),
        device=make_sine(3.0) if device is None else device,
        optimizer=values.pop("optimizer", None) or Optimizer(learning_rate=learning_rate),
        batch_size=values.pop("batch_size", 8),
        **values,
    )


def make_data(count: int = 30, inputs: int = INPUTS, seed: int = 0) -> Data:
    random = np.random.default_rng(seed)
    labels = random.integers(0, CLASSES, size=count)
    samples = random.uniform(size=(count, inputs)) * 0.5 + 0.5 * (np.arange(inputs) % CLASSES == labels[:, None])
    return Data(jnp.asarray(samples, dtype=jnp.float32), jnp.asarray(labels, dtype=jnp.int32))


def make_splits(members: int, train=range(20), validation=range(20, 30)) -> Splits:
    return Splits(
        train=np.broadcast_to(np.array(train, dtype=int), (members, len(train))),
        validation=np.broadcast_to(np.array(validation, dtype=int), (members, len(validation))),
    )


def make_keys(members: int) -> list:
    return [jax.random.key(100 + n) for n in range(members)]


class Recorder(AbstractRule):
    """A rule that learns nothing; its state keeps the sum of all inputs seen, the last inputs, and the last masks."""

    batch_size: int = option(default=8, high=1000, meaning="samples of a batch")

    def init(self, key, network) -> RuleState:
        del key
        inputs, *hidden, _ = network.layer_sizes
        masks = tuple(jnp.zeros((self.batch_size, size)) for size in hidden)
        return RuleState((jnp.zeros((1, inputs)), jnp.zeros((self.batch_size, inputs)), *masks))

    def update(self, network, parameters, batch: Batch, device, state: RuleState, /, *, key):
        del device, key
        shown = batch.stimulus.at(jnp.int32(0))
        total = state.feedback[0] + jnp.sum(shown, axis=0, keepdims=True)
        masks = state.feedback[2:] if batch.masks is None else batch.masks
        nothing = jax.tree.map(jnp.zeros_like, parameters)
        outputs = jnp.zeros((self.batch_size, network.layer_sizes[-1]))
        return RuleUpdate(nothing, outputs, jnp.zeros(network.num_hidden)), RuleState((total, shown, *masks))


def assert_identical(left: Any, right: Any) -> None:
    """Equal to the last bit, leaf by leaf."""
    for a, b in zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True):
        np.testing.assert_array_equal(a, b)


def assert_close(left: NetworkParameters, right: NetworkParameters, tolerance: float = 1e-5) -> None:
    """Equal to rounding, leaf by leaf, relative to the largest entry."""
    for a, b in zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True):
        np.testing.assert_allclose(a, b, rtol=0, atol=tolerance * max(float(np.max(np.abs(b))), 1e-6))


def difference(left: Any, right: Any) -> Float[Array, ""]:
    """The largest change of any leaf."""
    gaps = [jnp.max(jnp.abs(a - b)) for a, b in zip(jax.tree.leaves(left), jax.tree.leaves(right), strict=True)]
    return jnp.max(jnp.stack(gaps))
