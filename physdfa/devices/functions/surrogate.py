"""The derivative that the forward neuron itself would use, as a backward device: aDFA with it is DFA."""

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import PRNGKeyArray

from physdfa.arrays import Signal
from physdfa.devices.promises import Monotone
from physdfa.parts import ParameterValue, parameter
from physdfa.surrogates import surrogate_derivative


class SurrogateResponse(Monotone):
    """g(u) = sigma'(u - threshold), one of the bells of `physdfa.surrogates`: peak 1, area `width`.

    **Arguments:**

    - `kind`: triangle, rectangle, fast_sigmoid, arctan or exponential; fixed, not searched.
    - `threshold`: the potential of the peak, finite.
    - `width`: the area under g [units of the potential], > 0; of the triangle, half its base.

    **Raises:** `InputError` at construction, if a value leaves its range or `kind` is unknown.
    """

    kind: str = eqx.field(static=True, default="triangle")
    threshold: ParameterValue = parameter(
        default=1.0, unit="", typical=(0.25, 2.0), meaning="the membrane potential of the peak", place="input"
    )
    width: ParameterValue = parameter(
        default=1.0, unit="", low=0.0, low_open=True, typical=(0.25, 2.0), meaning="the width (area) of the bell"
    )

    def __check_init__(self):
        surrogate_derivative(self.kind)

    def respond(self, signal: Signal, *, key: PRNGKeyArray | None = None) -> Signal:
        """The surrogate derivative, 0..1, at the membrane potential `signal`."""
        del key  # noiseless
        return surrogate_derivative(self.kind)(signal - self.threshold, self.width)

    def output_range(self, low: ParameterValue, high: ParameterValue) -> tuple[ParameterValue, ParameterValue]:
        """Exact: the bell rises to 1 at the threshold and falls after it."""
        least, largest = super().output_range(low, high)
        holds_peak = (low <= self.threshold) & (self.threshold <= high)
        return least, jnp.where(holds_peak, 1.0, largest)
