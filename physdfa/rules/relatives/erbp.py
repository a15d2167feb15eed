"""Event-driven random backpropagation: the error of every step, a boxcar in the place of the derivative."""

from functools import cache

from physdfa.rules.base import LearningRule
from physdfa.rules.direct_feedback import direct_feedback
from physdfa.rules.factors import LocalFactor
from physdfa.rules.relatives.fixed_error import check_error
from physdfa.surrogates import rectangle

ERBP_ERRORS = ("online",)


@cache
def erbp(error: str = "online") -> LearningRule:
    """delta_t = (e_t B^T) * box(u_t),   box(u) = 1 where |u - threshold| <= width / 2, otherwise 0

    Summed over the presynaptic spikes, as `dfa` with the online error sums: it is that rule with the rectangle as the
    surrogate derivative of the hidden neurons, whatever that of the network is. `width` is the network's.

    **Raises:** `InputError` for an `error` other than "online".

    **Source:** Neftci, Augustine, Paul & Detorakis, Front. Neurosci. 11, 324 (2017). Their box is over the synaptic
    input, ours over the membrane potential around the threshold; their error is carried by spikes of error neurons,
    ours is the number itself.
    """
    check_error("erbp", error, ERBP_ERRORS)

    def box(network, device, potential, key):
        del device, key
        return rectangle(potential - network.neuron.threshold, network.neuron.surrogate_width)

    return direct_feedback("erbp", LocalFactor(box), error)
