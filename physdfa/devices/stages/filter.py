"""Time multiplexing: the neurons of a layer pass one after the other through one bench of finite bandwidth."""

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float, PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.base import Timing
from physdfa.devices.promises import Affine, WithMemory
from physdfa.devices.stages.bandwidth import along_last, decay_of, f_3db_of, with_slowest
from physdfa.parts import ParameterValue, parameter

# Neurons in one triangular product. 16 to 64 cost the same (2 cores, [128, 800]); one product of all costs ten times.
_BLOCK = 32

# As large as the currents and voltages of the other stages become: sums of such numbers stay finite.
_LARGEST_SIGNAL = 1e30


class TimeMultiplexing(Affine, WithMemory):
    """First-order low pass along the last axis, the neurons of a layer in the order in which they are sent:

    y_n = a y_(n-1) + (1 - a) x_n,   y_0 = x_0,   a = exp(-2 pi f_3dB / symbol_rate)

    f_3dB is that of the slowest stage of the chain, wherever that stands. Each sample and time step starts at its first
    neuron. A signal without axes passes unchanged, and so does one whose last axis is of length 1: `u[:, None]` asks
    for the static answer to each u.

    **Arguments:**

    - `bandwidth`: f_3dB of the electronics that no other stage stands for [Hz], > 0.
    - `symbol_rate`: neurons sent per second [Bd], > 0.

    **Raises:** `InputError` at construction, if a value leaves its range.

    **Source:** the step response of an RC low pass to a staircase, sampled at the end of each step.
    """

    bandwidth: ParameterValue = parameter(
        default=10e9, unit="Hz", low=0.0, low_open=True, typical=(0.2e9, 5e9), meaning="the 3-dB bandwidth"
    )
    symbol_rate: ParameterValue = parameter(
        default=1e9, unit="Bd", low=0.0, low_open=True, typical=(1e8, 1e10), meaning="the neurons sent per second"
    )
    slowest: ParameterValue | None = None

    @property
    def timing(self) -> Timing:
        """The filter's own bandwidth and symbol rate."""
        return Timing(self.bandwidth, self.symbol_rate, self.symbol_rate)

    def with_timing(self, timing: Timing) -> "TimeMultiplexing":
        """The filter in a chain whose slowest stage has the bandwidth `timing.f_3db`."""
        return with_slowest(self, timing)

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """The signal, in its unit, smeared along the neurons; beyond 1e30 it is held, to stay finite."""
        del key  # noiseless
        if signal.ndim == 0 or signal.shape[-1] == 0:
            return signal
        decay = decay_of(f_3db_of(self.bandwidth, self.slowest), self.symbol_rate)
        signal = jnp.clip(signal, -_LARGEST_SIGNAL, _LARGEST_SIGNAL)
        # The first neuron enters whole: y_0 = x_0.
        is_first = jnp.arange(signal.shape[-1]) == 0
        share = jnp.where(is_first, 1.0, -jnp.expm1(-decay))
        return leaky_sum(signal * along_last(share, signal.ndim), decay)

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """Exact: a weighted mean of inputs lies between them."""
        return low, high


def leaky_sum(signal: Float[Array, "*rows neurons"], decay: ParameterValue) -> Float[Array, "*rows neurons"]:
    """s_n = exp(-decay) s_(n-1) + x_n with s_(-1) = 0, for every decay >= 0.

    In blocks: one triangular matrix product gives the sums that start with each block. The sums at the ends of the
    blocks follow the same law with exp(-decay) to the power of the block's length, and what is left of them decays
    through the next block.
    """
    *rows, length = signal.shape
    block = min(_BLOCK, length)
    lag = jnp.arange(block)[:, None] - jnp.arange(block)[None, :]
    kernel = jnp.where(lag >= 0, jnp.exp(-decay * jnp.maximum(lag, 0)), 0.0)
    num_blocks = -(-length // block)
    padding = [(0, 0)] * len(rows) + [(0, num_blocks * block - length)]
    blocks = jnp.pad(signal, padding).reshape(*rows, num_blocks, block)
    # On accelerators the default precision of a product is less than float32.
    sums = jnp.einsum("...j,ij->...i", blocks, kernel, precision=jax.lax.Precision.HIGHEST)
    if num_blocks > 1:
        ends = leaky_sum(sums[..., :-1, -1], decay * block)
        remains = jnp.exp(-decay * jnp.arange(1, block + 1))
        carried = jnp.expand_dims(ends, -1) * along_last(remains, sums.ndim)
        sums = sums + jnp.concatenate([jnp.zeros_like(sums[..., :1, :]), carried], axis=-2)
    return sums.reshape(*rows, num_blocks * block)[..., :length]
