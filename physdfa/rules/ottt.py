"""Online training through time: traces of the inputs forward in time, and the error of each step through the layers."""

from collections.abc import Sequence
from typing import Any, ClassVar

import jax
import jax.numpy as jnp
from jaxtyping import Array, Float

from physdfa.feedback import AbstractProjection
from physdfa.network import NetworkParameters, SpikingNetwork, mean_rates, run, synaptic_shares
from physdfa.neurons import AbstractLeaky, AbstractNeuron
from physdfa.parts import declared_as, option
from physdfa.rules.base import RuleUpdate, following
from physdfa.rules.direct_feedback import AbstractRandomFeedback
from physdfa.rules.factors import added, network_gradient, projected_error, response_at, zero_gradient
from physdfa.rules.hidden_sums import arriving, hidden_gradients, no_sums, nothing_arrived, with_step
from physdfa.rules.online_error import read_step, start_reading
from physdfa.rules.sparse_dfa import LOCAL_FACTORS, SparseDfa
from physdfa.rules.traces import decay_of, masked

PATHS = ("layers", "direct")


class Ottt(AbstractRandomFeedback):
    """gradient^l = (1/batch) sum_t delta^l_t^T q^{l-1}_t,   q_t = decay_mem q_{t-1} + s_t presynaptic

    through = "layers":  delta^l_t = (delta^{l+1}_t W^{l+1}) * f'(u^l_t),   delta^out_t = (1/T) e_t
    through = "direct":  delta^l_t = (1/T) (e_t B^l^T) * f'(u^l_t)

    Only the present error goes back, and only through the layers of the present step: nothing is stored over time, and
    an update could be made at every step. e_t is the error of the output as it stands, as for every online rule.

    **Arguments:**

    - `local_factor`: "surrogate": f'(u) of the neurons; "device": g(u) of the backward device in its place.
    - `through`: how the error of a step comes to a layer: "layers", backpropagation through the weights between, as in
      the paper; "direct", a projection per layer: `dfa`, or with a device `adfa`, on traces.

    **Source:** M. Xiao et al., NeurIPS 2022, "Online training through time for spiking neural networks". Traces follow
    the leak alone, through resets, rests and the rise of a threshold. There the loss of a step is that of its output
    alone, here of the output as it stands. "direct" and g in the place of f' are ours.
    """

    name: ClassVar[str] = "ottt"
    neurons: ClassVar[type[AbstractNeuron]] = AbstractLeaky
    takes_convolutions: ClassVar[bool] = True
    takes_recurrence: ClassVar[bool] = True
    error: str = option(default="online", choices=("online",), meaning="when the output error is taken: at each step")
    local_factor: str = declared_as(SparseDfa, "local_factor")
    through: str = option(
        default="layers", choices=PATHS, meaning="how the error comes to a layer: back through the layers, or direct"
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
    def projection(self) -> AbstractProjection | None:
        """What `feedback` says, where the error comes direct."""
        return self.feedback if self.chooses_projection else None

    @property
    def chooses_projection(self) -> bool:
        """Where the error comes direct."""
        return self.through == "direct"

    def remark(self) -> str | None:
        """That exact weights do not turn towards a device, as they do towards random feedback."""
        if self.through == "direct" or not self.needs_device:
            return None
        return (
            "the rule 'ottt' goes back through the forward weights with g in the place of f', so a g of the other sign "
            'makes its updates climb; with rule.through = "direct" the weights adapt to g.'
        )

    def idle(self) -> dict[str, str]:
        """The spread of what is not drawn."""
        reason = 'the error of ottt goes back through the layers unless through = "direct"'
        return {} if self.chooses_projection else {"feedback_scale": reason}

    def floats_fed_back(self, network: Any, spikes: Sequence[float]) -> float:
        """Each connection behind a hidden layer once per step, or each connection of the feedback."""
        if self.chooses_projection:
            return super().floats_fed_back(network, spikes)
        return network.num_steps * float(sum(layer.synapses for layer in network.connections[1:]))

    def update(self, network, parameters, batch, device, state, /, *, key):
        """The error of each step times traces, in one pass."""
        state = following(network, parameters, state)
        last, is_static = network.num_hidden, batch.stimulus.is_static
        decay, shares = decay_of(network), synaptic_shares(network.neuron, network.num_steps)
        response = response_at(LOCAL_FACTORS[self.local_factor], network, device, key)

        def accumulate(kept, step, layers):
            counts, reading, traces, bias_trace, sums, of_outputs, _ = kept
            counts = tuple(count + layer.spikes for count, layer in zip(counts, layers, strict=True))
            shown, reading = read_step(network, parameters, batch, reading, layers[-1].spikes, step)
            factors = [masked(batch.masks, n, response(n, step, layer)) for n, layer in enumerate(layers)]
            if self.through == "layers":
                deltas = through_layers(network, parameters, shown.delta, factors)
            else:
                step_key = jax.random.fold_in(key, step)
                deltas = [projected_error(state, n, shown.error, step_key) * one for n, one in enumerate(factors)]
            share = jnp.ones(()) if shares is None else shares[step]
            bias_trace = decay * bias_trace + share  # the bias is an input that is always 1
            came_in = arriving(layers, is_static=is_static)
            traces = jax.tree.map(lambda trace, now: decay * trace + share * now, traces, came_in)
            sums = with_step(network, sums, deltas, traces, bias_trace)
            of_outputs = added(of_outputs, shown.gradient)
            return (counts, reading, traces, bias_trace, sums, of_outputs, shown.outputs), None

        size, sizes = jax.eval_shape(batch.stimulus.at, jnp.int32(0)).shape[0], network.layer_sizes
        start = (
            tuple(jnp.zeros((size, neurons)) for neurons in sizes[1:-1]),
            start_reading(network, size),
            nothing_arrived(network, size, is_static=is_static),
            jnp.zeros(()),
            no_sums(network, size, is_static=is_static),
            zero_gradient(parameters, last),
            jnp.zeros((size, sizes[-1])),
        )
        kept, _ = run(network, parameters, batch.stimulus, accumulate, start, batch.masks)
        counts, _, _, _, sums, of_outputs, outputs = kept
        gradients = {**hidden_gradients(network, sums, batch.stimulus), last: of_outputs}
        gradient = network_gradient(gradients, 1.0 / (size * network.num_steps))
        return RuleUpdate(gradient, outputs, mean_rates(counts, network.num_steps)), state


def through_layers(
    network: SpikingNetwork,
    parameters: NetworkParameters,
    delta: Float[Array, "batch classes"],
    factors: Sequence[Float[Array, "batch _"]],
) -> list[Float[Array, "batch _"]]:
    """delta of each hidden layer at one step, the first one first, from that of the outputs: backpropagation."""
    deltas, behind = [], zip(network.connections[1:], parameters.weights[1:], factors, strict=True)
    for connections, weight, factor in reversed(list(behind)):
        delta = connections.transposed(weight, delta) * factor
        deltas.insert(0, delta)
    return deltas
