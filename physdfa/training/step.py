"""What is compiled: the start of a training, one epoch of updates, and the score of trained parameters."""

from typing import Any, NamedTuple

import jax
import jax.numpy as jnp
from jaxtyping import Array, Bool, Float, Int, PRNGKeyArray, Shaped, UInt32

from physdfa.data.augmentation import random_shift
from physdfa.data.event_samples import EventSamples, changed_events
from physdfa.devices.base import AbstractDevice
from physdfa.errors import InputError
from physdfa.network import NetworkParameters, SpikingNetwork, Stimulus, run
from physdfa.noise import noise_key, random_words
from physdfa.rules import Batch, RuleState, SpikeLosses, UpdateCounts
from physdfa.training.trial import Trial, at_its_precision

CALIBRATION_SAMPLES = 64
"""Training samples whose membrane potentials, in the fresh network, calibrate the device."""

EVALUATION_BATCH = 500

MOST_POTENTIALS = 1 << 21
"""Membrane potentials of a layer that are kept to look at, 8 MB of them; of more, so many are drawn."""

LEDGER_SAMPLES = 128
"""Training samples on which the requests outside of a measured range are counted, after every epoch."""

POTENTIALS = 0x706F_7465
"""What a key is folded with for the places of the potentials that are kept."""

DRIFT = 0x6472_6966
"""What the key of an update's device noise is folded with for the drift; layers and steps, folded too, stay below."""


class Data(NamedTuple):
    """A data set in memory, its samples in rows: raw values, or events, and labels. Splits are index arrays into it."""

    samples: Shaped[Array, "samples inputs"] | EventSamples
    labels: Int[Array, " samples"]


class TrainState(NamedTuple):
    """State that an epoch carries to the next. All are plain arrays, the key as its raw data, so that they stack and
    save."""

    parameters: NetworkParameters
    rule_state: RuleState
    optimizer_state: Any
    device: AbstractDevice | None
    step: Int[Array, ""]
    key_data: UInt32[Array, " words"]


class EpochMetrics(NamedTuple):
    """Means over the updates of one epoch, before each update: loss, accuracy, firing rate of each hidden layer.

    `spike_losses`: what an event network could not show exactly; None for networks in discrete time. `counts`: what
    rules with direct feedback sent back, and with thresholds also what they wrote. `is_finite`: whether all parameters
    are finite numbers after the last update.
    """

    loss: Float[Array, ""]
    accuracy: Float[Array, ""]
    firing_rate: Float[Array, " layers"]
    spike_losses: SpikeLosses | None = None
    counts: UpdateCounts | None = None
    is_finite: Bool[Array, ""] | None = None


class Score(NamedTuple):
    """Mean loss, share of right answers, firing rate of each hidden layer, and the answer for each sample."""

    loss: Float[Array, ""]
    accuracy: Float[Array, ""]
    firing_rate: Float[Array, " layers"]
    predictions: Int[Array, " samples"]


@at_its_precision
def start_training(trial: Trial, data: Data, train_indices: Int[Array, " samples"], key: PRNGKeyArray) -> TrainState:
    """Fresh parameters and feedback; the device is calibrated at the potentials of the fresh network."""
    weight_key, feedback_key, calibration_key, key = jax.random.split(key, 4)
    parameters = trial.network.initial_parameters(weight_key)
    device = trial.device
    if device is not None:
        chosen = train_indices[:CALIBRATION_SAMPLES]
        device = device.calibrate(potentials_of(trial, parameters, data, chosen, calibration_key))
    return TrainState(
        parameters,
        trial.rule.init(feedback_key, trial.network),
        trial.optimizer.init(parameters),
        device,
        jnp.int32(0),
        jax.random.key_data(key),
    )


def potentials_of(
    trial: Trial, parameters: NetworkParameters, data: Data, indices: Int[Array, " chosen"], key: PRNGKeyArray
) -> Float[Array, " potentials"]:
    """The membrane potentials u_t of `layer_potentials`, of all hidden layers one after the other."""
    return jnp.concatenate([values.reshape(-1) for values in layer_potentials(trial, parameters, data, indices, key)])


@at_its_precision
def layer_potentials(
    trial: Trial,
    parameters: NetworkParameters,
    data: Data,
    indices: Int[Array, " chosen"],
    key: PRNGKeyArray,
    most: int | None = None,
) -> list[Float[Array, "time ..."]]:
    """The membrane potentials u_t, before reset, of each hidden layer while the network sees the chosen samples.

    All of them, [time batch neurons], where a layer has at most `most`. Of more, [time shown]: at each step as many as
    make `most` of all steps, at places that a hash draws anew, so that memory does not grow with the number of steps.
    Of independent potentials a mean is then met to their spread / sqrt(most), a share p to sqrt(p (1 - p) / most):
    with 2^21 of them to 0.07 % of the spread, and 1 % to 0.007 %.

    **Arguments:**

    - `most`: potentials per layer, >= 1, default `MOST_POTENTIALS`; at least one of each step is shown.

    **Raises:** `InputError` for an event network: between its spikes the potential has no steps at which to be read.
    """
    network = _in_discrete_time(trial)
    wanted = max(1, (MOST_POTENTIALS if most is None else most) // network.num_steps)

    def shown_of(layer: int, step: Int[Array, ""], potential: Float[Array, "batch neurons"]):
        if potential.size <= wanted:
            return potential
        words = random_words(noise_key(key, POTENTIALS, layer, step), (wanted,))
        return potential.reshape(-1)[words % potential.size]

    def accumulate(kept, step, layers):
        return kept, [shown_of(layer, step, one.potential) for layer, one in enumerate(layers)]

    _, shown = run(
        network, trial.forward_parameters(parameters), _stimulus(trial, data, indices, key), accumulate, None
    )
    return shown


def outside_range(
    trial: Trial, state: TrainState, data: Data, train_indices: Int[Array, " samples"], key: PRNGKeyArray
) -> Float[Array, " layers"]:
    """Share of the requests of each hidden layer that lie outside of what is known of the device.

    A request is one membrane potential of one neuron at one step, here for the first `LEDGER_SAMPLES` training samples.
    """
    network, device = _in_discrete_time(trial), state.device
    assert device is not None  # the caller asks for devices with a range only

    def accumulate(shares, step, layers):
        del step
        outside = [jnp.mean(device.leaves_range(layer.potential).astype(jnp.float32)) for layer in layers]
        return shares + jnp.stack(outside), None

    stimulus = _stimulus(trial, data, train_indices[:LEDGER_SAMPLES], key)
    parameters = trial.forward_parameters(state.parameters)
    shares, _ = run(network, parameters, stimulus, accumulate, jnp.zeros(network.num_hidden))
    return shares / network.num_steps


def _in_discrete_time(trial: Trial) -> SpikingNetwork:
    network = trial.network
    if not isinstance(network, SpikingNetwork):
        raise InputError(f"membrane potentials by step are those of a SpikingNetwork; got {type(network).__name__}.")
    return network


def _stimulus(trial: Trial, data: Data, indices: Int[Array, " chosen"], key: PRNGKeyArray) -> Stimulus:
    return _in_discrete_time(trial).stimulus(trial.encoding, _scaled(trial, data.samples[indices]), key)


def plain_batch(trial: Trial, data: Data, indices: Int[Array, " chosen"], key: PRNGKeyArray) -> Batch:
    """The samples at `indices` as a rule sees them, without dropout and shifts."""
    return _batch(trial, _scaled(trial, data.samples[indices]), data.labels[indices], key)


class Carry(NamedTuple):
    """What one update hands to the next."""

    parameters: NetworkParameters
    rule_state: RuleState
    optimizer_state: Any
    device: AbstractDevice | None
    step: Int[Array, ""]
    key: PRNGKeyArray

    def state(self) -> TrainState:
        """What the epoch hands to the next."""
        return TrainState(*self[:-1], jax.random.key_data(self.key))


def carry_of(state: TrainState, key: PRNGKeyArray) -> Carry:
    """What the first update of an epoch is given, `key` from `epoch_order`."""
    return Carry(*state[:-1], key)


def epoch_order(
    trial: Trial, state: TrainState, train_indices: Int[Array, " samples"]
) -> tuple[PRNGKeyArray, Int[Array, "updates batch"]]:
    """The key of an epoch's updates, and its training samples in a fresh order, a row per update."""
    num_batches = train_indices.shape[0] // trial.batch_size
    key, order_key = jax.random.split(jax.random.wrap_key_data(state.key_data))
    order = jax.random.permutation(order_key, train_indices)[: num_batches * trial.batch_size]
    return key, order.reshape(num_batches, trial.batch_size)


@at_its_precision
def train_update(
    trial: Trial, carry: Carry, data: Data, chosen: Int[Array, " batch"], total_steps: Int[Array, ""]
) -> tuple[Carry, EpochMetrics]:
    """One update, by the samples at `chosen`, and what it showed."""
    parameters, rule_state, optimizer_state, device, step, key = carry
    num_requests = trial.batch_size * trial.network.num_steps * sum(trial.network.layer_sizes[1:-1])
    key, batch_key, device_key = jax.random.split(key, 3)
    labels = data.labels[chosen]
    batch = training_batch(trial, data.samples[chosen], labels, batch_key)
    shown = trial.forward_parameters(parameters)
    result, rule_state = trial.rule.update(trial.network, shown, batch, device, rule_state, key=device_key)
    if device is not None:
        device = device.advance(num_requests=num_requests, key=jax.random.fold_in(device_key, DRIFT))
    parameters, optimizer_state = trial.optimizer.update(
        result.gradient, optimizer_state, parameters, step, total_steps
    )
    right = jnp.mean((jnp.argmax(result.outputs, axis=-1) == labels).astype(jnp.float32))
    loss = jnp.mean(batch.objective(result.outputs))
    metrics = EpochMetrics(loss, right, result.firing_rate, result.spike_losses, result.counts)
    return Carry(parameters, rule_state, optimizer_state, device, step + 1, key), metrics


def train_epoch(
    trial: Trial, state: TrainState, data: Data, train_indices: Int[Array, " samples"], total_steps: Int[Array, ""]
) -> tuple[TrainState, EpochMetrics]:
    """One pass over the training samples in a fresh order; batches are gathered inside the compiled loop."""
    key, order = epoch_order(trial, state, train_indices)

    def update(carry, chosen):
        return train_update(trial, carry, data, chosen, total_steps)

    carry, metrics = jax.lax.scan(update, carry_of(state, key), order)
    means = jax.tree.map(lambda values: jnp.mean(values, axis=0), metrics)
    finite = [jnp.all(jnp.isfinite(leaf)) for leaf in jax.tree.leaves(carry.parameters)]
    return carry.state(), means._replace(is_finite=jnp.all(jnp.stack(finite)))


def finite_potentials(
    trial: Trial, state: TrainState, data: Data, train_indices: Int[Array, " samples"], key: PRNGKeyArray
) -> Bool[Array, ""]:
    """Whether all membrane potentials of the first `LEDGER_SAMPLES` training samples are finite numbers."""
    network = _in_discrete_time(trial)

    def accumulate(finite, step, layers):
        del step
        return finite & jnp.all(jnp.stack([jnp.all(jnp.isfinite(layer.potential)) for layer in layers])), None

    stimulus = _stimulus(trial, data, train_indices[:LEDGER_SAMPLES], key)
    parameters = trial.forward_parameters(state.parameters)
    finite, _ = run(network, parameters, stimulus, accumulate, jnp.ones((), bool))
    return finite


@at_its_precision
def evaluate(
    trial: Trial, parameters: NetworkParameters, data: Data, indices: Int[Array, " samples"], key: PRNGKeyArray
) -> Score:
    """Score without dropout, augmentation or any change, over the samples at `indices`, in chunks of equal size."""
    parameters = trial.forward_parameters(parameters)
    total = indices.shape[0]
    most = EVALUATION_BATCH
    if isinstance(data.samples, EventSamples) and isinstance(trial.network, SpikingNetwork):
        most = min(most, trial.batch_size)  # they are counted for all steps at once: no more than a training step holds
    size = min(most, total)
    num_chunks = -(-total // size)
    padded = jnp.concatenate([indices, jnp.broadcast_to(indices[:1], (num_chunks * size - total,))])
    is_real = (jnp.arange(num_chunks * size) < total).astype(jnp.float32)

    def chunk(_, scanned):
        index, chosen, real = scanned
        labels = data.labels[chosen]
        values, chunk_key = _scaled(trial, data.samples[chosen]), jax.random.fold_in(key, index)
        result = trial.network.present(parameters, trial.encoding, values, chunk_key)
        answers = jnp.argmax(result.outputs, axis=-1).astype(jnp.int32)
        losses = trial.objective(labels)(result.outputs)
        right = (answers == labels).astype(jnp.float32)
        rates = jnp.sum(result.firing_rate * real[:, None], axis=0)
        return None, (jnp.sum(losses * real), jnp.sum(right * real), rates, answers)

    chunks = (jnp.arange(num_chunks), padded.reshape(num_chunks, size), is_real.reshape(num_chunks, size))
    _, (losses, right, rates, answers) = jax.lax.scan(chunk, None, chunks)
    predictions = answers.reshape(-1)[:total]
    return Score(jnp.sum(losses) / total, jnp.sum(right) / total, jnp.sum(rates, axis=0) / total, predictions)


def _scaled(
    trial: Trial, samples: Shaped[Array, "batch inputs"] | EventSamples
) -> Float[Array, "batch inputs"] | EventSamples:
    if isinstance(samples, EventSamples):
        return samples
    return samples.astype(jnp.float32) * (1.0 / trial.full_scale)


def training_batch(
    trial: Trial,
    samples: Shaped[Array, "batch inputs"] | EventSamples,
    labels: Int[Array, " batch"],
    key: PRNGKeyArray,
) -> Batch:
    """A batch as the rule sees it in training, shifted and with dropout where the trial has them."""
    shift_key, encode_key, input_key, mask_key = jax.random.split(key, 4)
    if trial.max_shift and trial.image_shape is not None and not isinstance(samples, EventSamples):
        samples = random_shift(samples, trial.image_shape, trial.max_shift, key=shift_key)
    if isinstance(samples, EventSamples) and (trial.max_shift or trial.has_time_jitter):
        samples = changed_events(samples, trial.time_jitter, trial.max_shift, trial.sensor, key=shift_key)
    values, input_mask = _scaled(trial, samples), None
    if trial.has_input_dropout:
        input_mask = _keep_mask(input_key, trial.input_dropout, (labels.shape[0], trial.network.layer_sizes[0]))
        if not isinstance(values, EventSamples):
            values, input_mask = values * input_mask, None
    masks = None
    if trial.has_dropout:
        sizes = trial.network.layer_sizes[1:-1]
        keys = jax.random.split(mask_key, len(sizes))
        masks = tuple(
            _keep_mask(k, trial.dropout, (labels.shape[0], size)) for k, size in zip(keys, sizes, strict=True)
        )
    batch = _batch(trial, values, labels, encode_key, masks)
    if input_mask is None:
        return batch
    stimulus = batch.stimulus
    return batch._replace(stimulus=Stimulus(False, lambda step: input_mask * stimulus.at(step)))


def _batch(
    trial: Trial,
    values: Float[Array, "batch inputs"] | EventSamples,
    labels: Int[Array, " batch"],
    key: PRNGKeyArray,
    masks: tuple[Float[Array, "batch neurons"], ...] | None = None,
) -> Batch:
    stimulus = trial.network.stimulus(trial.encoding, values, key)
    return Batch(stimulus, trial.objective(labels), masks, trial.penalty, labels)


def _keep_mask(key: PRNGKeyArray, share: Float[Array, ""], shape: tuple[int, ...]) -> Float[Array, "batch units"]:
    """0 for a silenced unit, 1 / (1 - share) for the others, so that the mean stays."""
    # 16 random bits a unit: half the cost of drawing 32, and the share is met to 1.5e-5.
    bits = jax.random.bits(key, shape, dtype=jnp.uint16)
    kept = bits.astype(jnp.float32) >= share * 65536.0
    return kept.astype(jnp.float32) / (1 - share)
