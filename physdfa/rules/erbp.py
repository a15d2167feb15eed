"""Event-driven random backpropagation: the error of every step, a boxcar in the place of the derivative."""

from typing import ClassVar

from physdfa.neurons import AbstractLeaky, AbstractNeuron
from physdfa.parts import option
from physdfa.rules.direct_feedback import AbstractDirectFeedback, AbstractRandomFeedback
from physdfa.rules.factors import LocalFactor
from physdfa.surrogates import rectangle


def _box(network, device, potential, key):
    del device, key
    return rectangle(potential - network.neuron.threshold, network.neuron.surrogate_width)


BOX = LocalFactor(_box, reads=frozenset({"surrogate_width"}))
"""1 around the threshold, within the width of the network's surrogate derivative."""


class Erbp(AbstractRandomFeedback, AbstractDirectFeedback):
    """delta_t = (e_t B^T) * box(u_t),   box(u) = 1 where |u - threshold| <= width / 2, otherwise 0

    Summed over the presynaptic spikes, as `dfa` with the online error sums: it is that rule with the rectangle as the
    surrogate derivative of the hidden neurons, whatever that of the network is. `width` is the network's.

    **Source:** Neftci, Augustine, Paul & Detorakis, Front. Neurosci. 11, 324 (2017). Their box is over the synaptic
    input, ours over the membrane potential around the threshold; their error is carried by spikes of error neurons,
    ours is the number itself.
    """

    name: ClassVar[str] = "erbp"
    neurons: ClassVar[type[AbstractNeuron]] = AbstractLeaky
    error: str = option(default="online", choices=("online",), meaning="when the output error is taken: at each step")

    @property
    def factor(self) -> LocalFactor:
        """The box."""
        return BOX
