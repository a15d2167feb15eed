"""e-prop: eligibility traces forward in time, and the error of every step."""

from typing import ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from physdfa.feedback import AbstractProjection, TransposedProjection
from physdfa.network import SpikingNetwork
from physdfa.neurons import AbstractLeaky, AbstractNeuron
from physdfa.parts import declared_as, option
from physdfa.rules.base import Batch, RuleUpdate, following
from physdfa.rules.direct_feedback import AbstractRandomFeedback
from physdfa.rules.factors import projected_error, response_at
from physdfa.rules.sparse_dfa import LOCAL_FACTORS, SparseDfa
from physdfa.rules.traces import goes_from_behind, seen_by_outputs, traced_gradient

TRANSPOSED = TransposedProjection()


class Eprop(AbstractRandomFeedback):
    """gradient_ij = (1/batch) sum_t (e~_t B^T)_i f'(u_i,t) q_j,t,   q_t = decay_mem q_{t-1} + s_t presynaptic

    f'(u) q is the eligibility trace. The loss is the mean over the steps of the losses of o_t, the output as it stands,
    and e~_t = dL/dI_t its derivative by the input current of the outputs at step t. The paper filters the trace with
    the leak of the readout and multiplies by e_t when it comes; summed over time that is the same as the trace as it
    is, times the errors filtered backwards, e~_t: which needs no array per synapse. It goes through the running mean
    of `rate`, the leak of `membrane`, the output neurons of `count` alike.

    B is random, or W_out^T at every update (`symmetric`). With one hidden layer that is the gradient of
    `Bptt("online")` but for its way through the resets: all of it where decay_mem = 0 and they are to zero.

    A neuron at rest after a spike has f'(u) = 0 and loses what comes in, with all that came before: it has a trace of
    its own, q_ij,t = decay_mem q_ij,t-1 + s_j,t where i is awake, else 0.

    Recurrent weights have the traces of what came in from their own layer, its spikes of the step before. What a spike
    does to the others of its layer is left out of the error, as in the paper.

    The synaptic current of `cuba_lif` filters s before q does. For the adaptive threshold of `alif` each synapse has
    the second trace of the paper, eqs. 24 and 25; see `traces`.

    **Arguments:**

    - `local_factor`: "surrogate": f'(u) of the neurons; "device": g(u) of the backward device in its place, in the
      second trace, too: `adfa` on eligibility traces.
    - `symmetric`: whether B is the transpose of the weights behind each layer at every update.

    **Source:** Bellec et al., Nat. Commun. 11, 3625 (2020). Traces go on through resets, as there; their neurons reset
    by subtraction, where a trace is exact. With reset to zero it remembers inputs from before the last spike, too. g
    in the place of f' is ours.
    """

    name: ClassVar[str] = "eprop"
    takes_convolutions: ClassVar[bool] = True
    takes_recurrence: ClassVar[bool] = True
    neurons: ClassVar[type[AbstractNeuron]] = AbstractLeaky
    error: str = option(default="online", choices=("online",), meaning="when the output error is taken: at each step")
    local_factor: str = declared_as(SparseDfa, "local_factor")
    symmetric: bool = option(
        default=False, meaning="whether the feedback is made of the forward weights at each update, instead of random"
    )

    @property
    def reads(self) -> frozenset[str]:
        """As the local factor does."""
        return LOCAL_FACTORS[self.local_factor].reads

    @property
    def needs_device(self) -> bool:
        """As the local factor does."""
        return LOCAL_FACTORS[self.local_factor].needs_device

    @property
    def projection(self) -> AbstractProjection:
        """The transposed weights, or what `feedback` says."""
        return TRANSPOSED if self.symmetric else self.feedback

    @property
    def chooses_projection(self) -> bool:
        """Unless it is symmetric."""
        return not self.symmetric

    def idle(self) -> dict[str, str]:
        """The spread of what is not drawn."""
        reason = "the feedback of eprop is made of the forward weights where it is symmetric"
        return {"feedback_scale": reason} if self.symmetric else {}

    def kept_per_step(self, network):
        """Currents, outputs and errors; from behind also the deltas of each layer and what it sends, twice.

        What a layer sends to itself is held once.
        """
        *hidden, classes = network.layer_sizes[1:]
        own = sum(layer.post for layer in network.connections if layer.own is not None)
        from_behind = 2 * (sum(hidden) + sum(hidden[:-1])) + own if goes_from_behind(network.neuron) else 0
        return float(8 * classes + from_behind)

    def update(self, network, parameters, batch, device, state, /, *, key):
        """Errors of every step times eligibility traces."""
        state = following(network, parameters, state)
        seen = seen_by_outputs(network, parameters, batch)
        outputs = network.readout.over_time(seen.currents)
        errors = jax.grad(lambda currents: _loss(network, batch, currents))(seen.currents)

        def signal(layer, step):
            return projected_error(state, layer, errors[step], jax.random.fold_in(key, step))

        factor = response_at(LOCAL_FACTORS[self.local_factor], network, device, key)
        gradient = traced_gradient(network, parameters, batch, errors, signal, factor)
        return RuleUpdate(gradient, outputs[-1], seen.firing_rate), state


def _loss(network: SpikingNetwork, batch: Batch, currents: Float[Array, "time batch classes"]) -> Float[Array, ""]:
    """Sum over the batch of the mean over the steps of the losses."""
    losses = jax.vmap(batch.objective)(network.readout.over_time(currents))
    return jnp.sum(losses) / network.num_steps
