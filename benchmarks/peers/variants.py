"""What is measured: each library as its documentation trains a network, and tuned by hand; and ours beside them."""

from collections.abc import Callable
from typing import Any, NamedTuple

INPUTS, HIDDEN, CLASSES, BATCH = 784, 800, 10, 128
DECAY, LEARNING_RATE = 0.9, 1e-3


class Setting(NamedTuple):
    """What every variant trains on: pixels [images, 784] of 0 to 1, labels [images], and the number of time steps."""

    images: Any
    labels: Any
    num_steps: int

    def rows(self, batch: int) -> slice:
        """The images of a batch, counted from 0 over and over again."""
        start = (batch % (len(self.labels) // BATCH)) * BATCH
        return slice(start, start + BATCH)


class Training(NamedTuple):
    """`call(batch)` runs `steps` whole training steps (forward, backward, optimizer) and returns when they are done."""

    call: Callable[[int], object]
    steps: int = 1


class Variant(NamedTuple):
    """One line of the table.

    - `build`: "module:function" of this folder, Setting -> Training.
    - `way`: "ours", "documented" or "tuned".
    - `coding`: "direct", the pixels as a current at every step, or "rate", Bernoulli spikes drawn within the step.
    """

    name: str
    build: str
    way: str
    coding: str = "direct"


OURS = (
    Variant("aDFA sin², count", "ours:adfa_count", "ours"),
    Variant("aDFA sin², rate readout", "ours:adfa_rate", "ours"),
    Variant("BPTT, count", "ours:bptt_count", "ours"),
    Variant("BPTT, rate readout", "ours:bptt_rate", "ours"),
    Variant("aDFA sin², count", "ours:adfa_count_rate_coding", "ours", "rate"),
    Variant("aDFA sin², rate readout", "ours:adfa_rate_rate_coding", "ours", "rate"),
)

PEERS = (
    Variant("Norse, loop", "torch_peers:norse_loop", "documented"),
    Variant("snnTorch, loop", "torch_peers:snntorch_loop", "documented"),
    Variant("SpikingJelly, single-step", "torch_peers:spikingjelly_loop", "documented"),
    Variant("SpikingJelly, multi-step", "torch_peers:spikingjelly_multi_step", "documented"),
    Variant("jaxpike, unroll", "jax_peers:jaxpike_unroll", "documented"),
    Variant("Spyx, run", "jax_peers:spyx_run", "documented"),
    Variant("Norse, hoisted, compiled", "torch_peers:norse_compiled", "tuned"),
    Variant("snnTorch, hoisted, compiled", "torch_peers:snntorch_compiled", "tuned"),
    Variant("SpikingJelly, hoisted, compiled", "torch_peers:spikingjelly_compiled", "tuned"),
    Variant("plain torch, hoisted, compiled", "torch_peers:plain_compiled", "tuned"),
    Variant("jaxpike, hoisted", "jax_peers:jaxpike_hoisted", "tuned"),
    Variant("jaxpike, hoisted, unrolled", "jax_peers:jaxpike_unrolled", "tuned"),
    Variant("Spyx, hoisted", "jax_peers:spyx_hoisted", "tuned"),
    Variant("Spyx, hoisted, unrolled", "jax_peers:spyx_unrolled", "tuned"),
    Variant("plain JAX, hoisted", "jax_peers:plain_hoisted", "tuned"),
    Variant("plain JAX, hoisted, unrolled", "jax_peers:plain_unrolled", "tuned"),
    Variant("plain torch, loop", "torch_peers:plain_loop_rate_coding", "documented", "rate"),
    Variant("snnTorch, loop", "torch_peers:snntorch_loop_rate_coding", "documented", "rate"),
    Variant("SpikingJelly, single-step", "torch_peers:spikingjelly_loop_rate_coding", "documented", "rate"),
    Variant("Spyx, run", "jax_peers:spyx_run_rate_coding", "documented", "rate"),
    Variant("plain JAX, one product", "jax_peers:plain_hoisted_rate_coding", "tuned", "rate"),
    Variant("plain JAX, one product, unrolled", "jax_peers:plain_unrolled_rate_coding", "tuned", "rate"),
)
