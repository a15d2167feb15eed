"""What every neuron in discrete time is: one step, (current, state) -> (what it shows, state)."""

import abc
from typing import Any, ClassVar, NamedTuple

import equinox as eqx
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float

from physdfa.arrays import Scalar
from physdfa.errors import InputError
from physdfa.parts import check_declared


class NeuronStep(NamedTuple):
    """What one step shows: `potential` u_t before the reset, and `spikes` s_t, 0 or 1.

    `resting`: which neurons rest after a spike, their u held at 0; `None` for neurons that never rest.
    """

    potential: Float[Array, "*shape"]
    spikes: Float[Array, "*shape"]
    resting: Bool[Array, "*shape"] | None


def where_awake(values: Float[Array, "*shape"], resting: Bool[Array, "*shape"] | None) -> Float[Array, "*shape"]:
    """`values`, 0 for neurons at rest; as they are for neurons that never rest."""
    return values if resting is None else jnp.where(resting, 0.0, values)


class AbstractNeuron(eqx.Module):
    """A spiking neuron in discrete time.

    Its numbers are declared with `parameter(...)` and `option(...)`: parameters are leaves, which a search may vary
    within one compiled program; options are structure.

    - `threshold`: firing threshold [unit of u], > 0.
    - `between_steps`: names of the declared numbers that act from one step to the next only.
    - `remembers_spikes`: whether a spike acts on later steps other than by its reset and rest; see `credit`.

    **Raises:** `InputError` at construction, if a declared number leaves its range.
    """

    threshold: eqx.AbstractVar[Scalar]
    between_steps: ClassVar[tuple[str, ...]] = ()
    remembers_spikes: ClassVar[bool] = False

    def __check_init__(self):
        check_declared(self)

    @property
    def rest_steps(self) -> int:
        """Steps for which a neuron rests after a spike; 0 for neurons that never do."""
        return 0

    @property
    def synaptic_decay(self) -> Scalar | None:
        """The share of the input that still acts on the potential a step later; None where it acts at once.

        Local rules then take the inputs so far, filtered with it, in the place of the present ones.
        """
        return None

    @abc.abstractmethod
    def initial_state(self, shape: tuple[int, ...]) -> Any:
        """The state before the first step, for neurons of this shape."""

    @abc.abstractmethod
    def step(self, current: Float[Array, "*shape"], state: Any) -> tuple[NeuronStep, Any]:
        """One time step under the input `current` [unit of u]. Spikes have to be differentiable for `bptt` alone."""

    @abc.abstractmethod
    def surrogate_derivative(self, potential: Float[Array, "*shape"]) -> Float[Array, "*shape"]:
        """f'(u): what stands for the derivative of a spike with respect to the membrane potential."""

    def credit(
        self,
        signal: Float[Array, "*shape"],
        factor: Float[Array, "*shape"],
        later: Float[Array, "*shape"],
    ) -> tuple[Float[Array, "*shape"], Float[Array, "*shape"]]:
        """What the potential of one step is taught, and what its past is taught through the memory of spikes.

        **Arguments:**

        - `signal`: what the spike of this step is taught; `factor`: f' or g; `later`: the second answer of the step
          after this one, 0 at the end.
        """
        return signal * factor, later

    def with_decay(self, decay: Scalar) -> "AbstractNeuron":
        """The same neuron with another share of its potential kept per step: the output neurons of `count`.

        **Raises:** `InputError`, where a neuron has no such share.
        """
        del decay
        raise InputError(
            f"the readout 'count' gives its output neurons a leak of their own, which {type(self).__name__} does not "
            "have; define `with_decay`, or take the readout 'rate' or 'membrane'."
        )
