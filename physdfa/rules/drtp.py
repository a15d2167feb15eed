"""Direct random target projection: the target goes to the hidden layers, and nothing waits for the output."""

from collections.abc import Sequence
from typing import Any, ClassVar

import jax
from jaxtyping import Array, Float

from physdfa.errors import InputError
from physdfa.rules.base import Batch
from physdfa.rules.direct_feedback import AbstractDirectFeedback, AbstractRandomFeedback
from physdfa.rules.factors import SURROGATE, LocalFactor


class Drtp(AbstractRandomFeedback, AbstractDirectFeedback):
    """delta = -(y* B^T) * f'(u), y* the one-hot target.

    The output layer alone knows an error: the exact one, taken when `error` says. Hidden layers could learn while the
    network still runs. Where the error of the outputs happens to be -y*, this is `dfa`.

    **Raises:** `InputError` in an update whose `Batch` has no labels.

    **Source:** Frenkel, Lefebvre & Bol, Front. Neurosci. 15, 629892 (2021), with the surrogate derivative of spiking
    neurons in the place of f' and the sum over time of `dfa`. Their signs are those of y* - o; ours of a gradient.
    """

    name: ClassVar[str] = "drtp"

    @property
    def factor(self) -> LocalFactor:
        """The surrogate derivative f'(u)."""
        return SURROGATE

    def teaching(self, batch: Batch, error: Float[Array, "batch classes"]) -> Float[Array, "batch classes"]:
        """-y*: what the error o - y* would be, were the outputs 0."""
        if batch.labels is None:
            raise InputError("the rule 'drtp' projects the target: give `Batch` the `labels` of its samples.")
        return -jax.nn.one_hot(batch.labels, error.shape[1], dtype=error.dtype)

    def floats_fed_back(self, network: Any, spikes: Sequence[float]) -> float:
        """The label's connection to each hidden neuron."""
        return super().floats_fed_back(network, spikes) / network.layer_sizes[-1]
