"""What a finished training, search or evaluation must warn of: sentences with the number and the way out.

All is read from what the run has computed anyway; nothing is trained or kept for it.
"""

import math
from collections.abc import Mapping, Sequence
from statistics import NormalDist

import numpy as np

from physdfa.analysis.occupied import OccupiedGain, occupied_gain
from physdfa.analysis.quality import ROUNDING
from physdfa.arrays import as_scalar
from physdfa.build import Samples
from physdfa.config import ExperimentConfig
from physdfa.data import AnyDataset
from physdfa.data.npz import MOST_SHOWN
from physdfa.devices import AbstractDevice
from physdfa.network.event import EventNetwork
from physdfa.training import Splits
from physdfa.workflow.members import TrainedMembers

CHANCE_DOUBT = 0.025
"""Probability that a network which always gives the same answer, or a set of such, is not taken for what it is."""

LEAST_SPIKES = 1.0
"""Spikes per sample below which a hidden layer is called silent: to the layer behind it most samples are then alike."""

SATURATED_SHARE = 0.95
"""Share of the steps at which a neuron can fire from which a layer is called saturated: of the shipped experiments none
comes to half of it."""

OUTSIDE_SHARE = 0.75
"""Share of the requests beyond a measured range, or an end of a scale, that is warned of. measured_mzm, with 53 %
outside by intent, loses nothing (98.1 % on MNIST); at three quarters g is the held end first of all."""

CONSTANT_SPREAD = 0.01
"""Standard deviation of g over its largest magnitude below which g is called constant: the devices of the shipped
experiments have 0.2 and more."""

FLAT_SPREAD = 0.05
"""Standard deviation of g over its mean below which a device is called flat: the error that reaches the hidden layer is
then turned by less than 3 degrees (arctan 0.05) from that which a constant g gives."""

LEAST_WRITTEN = 1e-3
"""Share of the weight updates that must be written: 0.016, the least of the shipped experiments, still learns."""

LOST_SHARE = 0.1
"""Share of the neurons of an event network that may be cut off by their largest number of spikes; shipped: 1e-4."""

OR_LOOK = ", or look for a division by 0 in a rule, device or neuron of your own"

LATE_SHARE = 0.01
"""Share of the spikes of an event network that may come a step late; shipped: 1e-4."""


def training_warnings(config: ExperimentConfig, samples: Samples, members: TrainedMembers) -> list[str]:
    """What is to be warned of at the end of a training, one sentence each, causes before what they cause."""
    whole = [index for index, seed in enumerate(members.seeds) if seed not in members.diverged]
    return [
        *divergence_warnings(members.diverged, members.not_finite),
        *_firing_warnings(config, members),
        *_device_warnings(config, members),
        *_event_warnings(members),
        *_writing_warnings(members),
        *chance_warnings(
            [members.seeds[index] for index in whole],
            [members.test_accuracies[index] for index in whole],
            np.asarray(members.test.predictions)[whole],
            np.asarray(samples.dataset.test_labels),
            "Look for the cause in the other warnings, the inputs and the labels, try another training.learning_rate "
            f"(now {config.training.learning_rate:g}), or train longer (training.epochs = {config.training.epochs}).",
        ),
    ]


def class_warnings(dataset: AnyDataset, splits: Splits) -> list[str]:
    """The sentence for classes without a sample to train on: a subset and a validation split may leave none.

    **Arguments:**

    - `splits`: of one member.
    """
    lacking = np.setdiff1d(np.arange(dataset.num_classes), dataset.train_labels[splits.train[0]])
    if not len(lacking):
        return []
    shown = ", ".join(str(label) for label in lacking[:MOST_SHOWN]) + (", ..." if len(lacking) > MOST_SHOWN else "")
    return [
        f"{len(lacking)} of the {dataset.num_classes} classes ({shown}) have no sample among the "
        f"{splits.train.shape[1]} to train on, and cannot be learned: raise data.train_size or lower "
        "data.validation_size."
    ]


def divergence_warnings(diverged: Mapping[int, int], not_finite: Mapping[int, str]) -> list[str]:
    """One sentence for each seed that has an epoch with something that is no finite number."""
    found = []
    for seed, epoch in diverged.items():
        what = not_finite.get(seed, "its loss is no finite number")
        also = "" if "loss" in what else OR_LOOK
        found.append(f"seed {seed} diverged in epoch {epoch}: {what}; lower training.learning_rate{also}.")
    return found


def chance_bar(labels: np.ndarray, draws: int = 1) -> tuple[float, float]:
    """The accuracy of always answering the most frequent class, and the most that chance makes of it.

    The upper bound is that of a binomial share, as a normal distribution, at the doubt of `CHANCE_DOUBT`.

    **Arguments:**

    - `labels`: [samples] of the part that is scored.
    - `draws`: networks of which the best is looked at.
    """
    _, counts = np.unique(labels, return_counts=True)
    level = float(counts.max() / counts.sum())
    width = NormalDist().inv_cdf(1 - CHANCE_DOUBT / draws)
    return level, level + width * (level * (1 - level) / len(labels)) ** 0.5


def chance_warnings(
    seeds: Sequence[int], accuracies: Sequence[float], predictions: np.ndarray, labels: np.ndarray, way_out: str
) -> list[str]:
    """The sentence for networks that are no better than always giving the most frequent answer.

    **Arguments:**

    - `accuracies`: of each seed; `predictions`: [seeds samples]; `labels`: [samples], of several classes.
    """
    level, bar = chance_bar(labels)
    if level == 1:  # every answer could be right
        return []
    lost = [index for index, accuracy in enumerate(accuracies) if not accuracy > bar]
    if not lost:
        return []
    told = ", ".join(f"{100 * accuracies[index]:.4g} %" for index in lost)
    constant = [index for index in lost if np.all(predictions[index] == predictions[index][0])]
    one = f" It gives one answer, class {predictions[constant[0]][0]}, to all samples." if len(constant) == 1 else ""
    if len(constant) > 1:
        one = f" {len(constant)} of them give one answer to all samples."
    mean = " The mean over the seeds counts them." if len(lost) < len(seeds) else ""
    return [
        f"{_seeds(seeds, lost)} ended at chance: accuracy {told} on {len(labels)} samples, where the most frequent "
        f"class alone gives {100 * level:.4g} %.{one}{mean} {way_out}"
    ]


def candidate_warnings(
    accuracies: Sequence[float], num_failed: int, reason: str, labels: np.ndarray, kind: str
) -> list[str]:
    """What is to be warned of after a search or sweep.

    **Arguments:**

    - `accuracies`: of each candidate, the failed ones included, on the validation `labels`.
    - `num_failed`: of them; `reason`: why the first one did.
    - `kind`: "search" or "sweep".
    """
    found = []
    if 2 * num_failed > len(accuracies):
        found.append(
            f"{num_failed} of the {len(accuracies)} candidates failed, the first because: {reason.rstrip('.')}. Narrow "
            f"the ranges of the {kind} to where networks train."
        )
    level, bar = chance_bar(labels, len(accuracies))
    if level < 1 and not max(accuracies) > bar:
        found.append(
            f"none of the {len(accuracies)} candidates is better than chance: the best has {100 * max(accuracies):.4g} "
            f"% on {len(labels)} validation samples, where the most frequent class alone gives {100 * level:.4g} %. "
            f"Raise {kind}.epochs or data.train_size, or widen the ranges; the choice of this {kind} means nothing."
        )
    return found


def _firing_warnings(config: ExperimentConfig, members: TrainedMembers) -> list[str]:
    """The sentences for hidden layers that hardly fire, or always do."""
    network = members.network
    of_events = isinstance(network, EventNetwork)
    more, less = (
        ("raise events.weight_range or lower events.threshold", "lower events.weight_range or raise events.threshold")
        if of_events
        else (
            "raise network.weight_scale or network.input_scale, or lower network.threshold",
            "lower network.weight_scale or network.input_scale, or raise network.threshold",
        )
    )
    rates = np.asarray(members.test.firing_rate, dtype=float)
    # Those of a training that diverged fire as they happen to: it is told already.
    rates[[seed in members.diverged for seed in members.seeds]] = np.nan
    most = (
        network.max_spikes / network.num_steps
        if isinstance(network, EventNetwork)
        else 1 / (1 + network.neuron.rest_steps)
    )
    found = []
    for layer, neurons in enumerate(network.layer_sizes[1:-1]):
        spikes = rates[:, layer] * network.num_steps * neurons
        silent, busy = np.flatnonzero(spikes < LEAST_SPIKES), np.flatnonzero(rates[:, layer] > SATURATED_SHARE * most)
        if len(silent):
            found.append(
                f"hidden layer {layer + 1} of {_seeds(members.seeds, silent)} hardly fires: {spikes[silent].max():.3g} "
                f"spikes per test sample from all of its {neurons} neurons, so that most samples are alike to what is "
                f"behind it; {more}."
            )
        if len(busy):
            found.append(
                f"hidden layer {layer + 1} of {_seeds(members.seeds, busy)} is saturated: its neurons fire "
                f"{100 * rates[busy, layer].max() / most:.3g} % as often as they can, whatever the sample; {less}."
            )
    return found


def _device_warnings(config: ExperimentConfig, members: TrainedMembers) -> list[str]:
    """The sentences for a device that answers most requests by an end of its range, or all of them alike."""
    first, found = members.device, list[str]()
    if first is None:
        return []
    occupied = None if members.backward is None else occupied_gain(first, members.backward)
    where = "" if occupied is None else f" (90 % of its potentials lie in {occupied.low:.3g} to {occupied.high:.3g})"
    if members.outside_range is not None:
        for layer, share in enumerate(members.outside_range[-1]):
            if share > OUTSIDE_SHARE:
                found.append(
                    f"{100 * share:.3g} % of the requests of hidden layer {layer + 1} lie outside of the measured "
                    f"range of the device after training{where if layer == 0 else ''}, where outside = "
                    f'"{first.range_policy}" answers; bring them into the range by a smaller drive_gain or another '
                    "offset, or measure more of the curve."
                )
    if occupied is None:
        return found
    found += [
        f"stage `{stage}` of the device answers {100 * share:.3g} % of the requests of hidden layer 1 by an end of its "
        f"scale{where}; lower the gain before it, change the offset, or raise its full scale or saturation."
        for stage, share in occupied.clipped.items()
        if share > OUTSIDE_SHARE
    ]
    return [*found, *_constant_warnings(occupied, is_constant=_is_constant(first), where=where)]


def _is_constant(device: AbstractDevice) -> bool:
    """Whether g is one number by declaration, as in `constant`."""
    low, high = device.output_range(as_scalar(-np.inf), as_scalar(np.inf))
    return bool(np.asarray(low) == np.asarray(high))


def _constant_warnings(occupied: OccupiedGain, *, is_constant: bool, where: str) -> list[str]:
    if occupied.largest == 0:
        return [
            f"g is 0 at all potentials of hidden layer 1{where}: its weights do not learn. Change offset, drive_gain "
            "or reference so that the device answers there."
        ]
    if is_constant or occupied.spread > CONSTANT_SPREAD * occupied.largest:
        return []
    return [
        f"g is constant at the potentials of hidden layer 1{where}: {occupied.mean:.3g} with a standard deviation of "
        f"{occupied.spread:.2g}, as without a device. Change drive_gain or offset so that they meet the part "
        "of the curve that varies."
    ]


def spread_over_mean(members: TrainedMembers) -> float | None:
    """Standard deviation of g over its mean at the potentials after training; None without a device or potentials.

    0 where g is 0 throughout, infinite where its mean alone is.
    """
    if members.device is None or members.backward is None:
        return None
    occupied = occupied_gain(members.device, members.backward)
    if occupied is None:
        return None
    if occupied.spread <= ROUNDING * occupied.largest:
        return 0.0
    return occupied.spread / abs(occupied.mean) if occupied.mean else math.inf


def flat_warnings(members: TrainedMembers) -> list[str]:
    """The sentence for a best candidate whose g hardly varies; none where `training_warnings` calls it constant."""
    spread, first, table = spread_over_mean(members), members.device, members.backward
    if spread is None or spread >= FLAT_SPREAD or first is None or table is None:
        return []
    occupied = occupied_gain(first, table)
    if occupied is None or _constant_warnings(occupied, is_constant=_is_constant(first), where=""):
        return []
    return [
        f"the best device is flat: at the potentials that occur its g varies by {100 * spread:.2g} % of its mean "
        f"(standard deviation), less than the {100 * FLAT_SPREAD:g} % below which a constant g gives nearly the same "
        "update. Widen the ranges to where g varies, or take the constant."
    ]


def _event_warnings(members: TrainedMembers) -> list[str]:
    """The sentences for spikes of an event network that its grid or its limits changed."""
    network = members.network
    if members.spike_losses is None or not isinstance(network, EventNetwork):
        return []
    neurons, found = np.array(network.layer_sizes[1:-1]), []
    spikes = float(np.mean(np.asarray(members.test.firing_rate) @ neurons) * network.num_steps)
    late, silenced = (float(np.mean(values)) for values in members.spike_losses)
    if late > LATE_SHARE * spikes:
        found.append(f"in the last epoch {late:.3g} spikes per sample came a step late; raise events.levels.")
    if silenced > LOST_SHARE * sum(network.layer_sizes[1:]):
        found.append(
            f"in the last epoch {silenced:.3g} of {sum(network.layer_sizes[1:])} neurons per sample reached "
            f"events.max_spikes = {network.max_spikes} and were silent from there; raise it, or raise events.threshold."
        )
    return found


def _writing_warnings(members: TrainedMembers) -> list[str]:
    """The sentence for thresholds that let hardly any weight change."""
    share = members.count_summary().get("weight_updates_share")
    if not isinstance(share, float) or share >= LEAST_WRITTEN:
        return []
    return [
        f"{100 * share:.2g} % of the weight updates were written: lower rule.error_threshold or rule.update_threshold, "
        "or hardly anything is learned."
    ]


def _seeds(seeds: Sequence[int], chosen: Sequence[int] | np.ndarray) -> str:
    """Names of the seeds at the chosen places, in words."""
    if len(seeds) == 1:
        return f"seed {seeds[0]}"
    if len(chosen) == len(seeds):
        return f"all {len(seeds)} seeds"
    return f"{len(chosen)} of {len(seeds)} seeds ({', '.join(str(seeds[index]) for index in chosen)})"
