"""Does the device matter? The best candidate beside a constant g, `dfa` and a frozen layer, trained alike.

All are trained as candidates are: the same epochs, validation split, network and training values. Their seeds are
fresh: with those by which the best candidate was chosen it was lucky. Each seed begins all of them with the same
weights, batches and feedback, so that they can be compared seed by seed. The validation samples are those by which the
best candidate was chosen, which flatters it a little: the most where many candidates met few samples.
"""

import dataclasses
import math
from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Literal, NamedTuple, cast

import jax
import jax.numpy as jnp
import numpy as np

from ga_search.evolution import Candidate
from ga_search.genome import canonical_text
from physdfa.analysis import first_layer_potentials
from physdfa.analysis.alike import alikeness
from physdfa.analysis.paired_tests import paired_gain
from physdfa.build import Samples, build_trial, split_rows, training_key
from physdfa.config import DeviceSection, ExperimentConfig, reference_seeds, rule_of, with_values
from physdfa.devices import AbstractDevice
from physdfa.network import SpikingNetwork
from physdfa.store import RunFolder
from physdfa.training import Trainer
from physdfa.workflow.candidates.archive import Archive, Watch
from physdfa.workflow.candidates.evaluator import Evaluator
from physdfa.workflow.candidates.goals import by_candidate
from physdfa.workflow.candidates.records import EvaluationRecord, fitness_of
from physdfa.workflow.progress import Progress
from physdfa.workflow.summary import mean_and_std

BEST, CONSTANT, DFA, FROZEN = "best", "constant", "dfa", "readout_only"
"""The names of the references in a summary."""

FACTORS = (1.0, 3.0, 1 / 3)
"""Constants that are tried, over the rms of the best device's g: the size of g acts as a learning rate of the hidden
layers, of which a device has no more right to the better one than a constant. Adam divides it out: where the second one
changes no accuracy, the third is left."""

RMS_SAMPLES = 256
"""Training samples under whose potentials the rms of g is taken."""

DIGITS = 2
"""Significant digits of the constant: the same on every machine, and short to say."""


Compared = Literal["sweep", "search"]
"""Kinds of runs whose best candidate is compared."""


class Reference(NamedTuple):
    """One of the trainings that the best candidate is compared with, or that candidate itself.

    - `values`: the candidate's, by key; `device`: the section in the place of the experiment's, None to keep it.
    """

    name: str
    values: Mapping[str, Any]
    device: DeviceSection | None = None

    @property
    def shown(self) -> dict[str, Any]:
        """The values as a summary states them."""
        device = self.device
        own = {} if device is None else {"device.preset": device.preset}
        own |= {} if device is None else {f"device.{name}": value for name, value in device.values.items()}
        return {**self.values, **own}


def num_reference_trainings(config: ExperimentConfig, kind: Compared) -> int:
    """Most trainings of the references: the best, the constants, `dfa` and the frozen layer with each seed."""
    return reference_seeds(config, kind) * (3 + len(FACTORS))


def compare_references(
    run: RunFolder,
    samples: Samples,
    config: ExperimentConfig,
    best: Candidate,
    records: Sequence[EvaluationRecord],
    *,
    kind: Compared,
    epochs: int,
    seeds: int,
    trainer: Trainer,
    memory_bytes: int | None,
    progress: Progress,
    archive: Archive,
) -> dict[str, object]:
    """What the summary says of the references: `references`, `gain`, `alike`; nothing where none are asked for.

    `references`: of each its name, values, seeds, accuracies on the validation split (null where it failed), their mean
    and standard deviation. `gain`: of the best candidate over the best of the constants, see `paired_gain`; null where
    fewer than two seeds have both. Choosing the best of three favours the constant: a gain is a gain. `alike`: whether
    the candidates differ by more than seeds do, see `alikeness_of`.

    **Arguments:**

    - `best`: the candidate that was chosen; `records`: of all candidates.
    - `seeds`: by which the candidates were trained, before the fresh ones.
    - `trainer`: of the candidates, whose program serves the best one again.
    - `memory_bytes`: what a program may hold.
    - `archive`: of the candidates, whose log knows of what hung or died here, too.
    """
    section = config.sweep if kind == "sweep" else config.search
    assert section is not None, "read for a sweep or a search"
    num = section.references
    chosen = with_values(config, best.values)
    if not num or not rule_of(chosen).needs_device:  # the rule may be a gene, and the best one without a device
        return {}
    small = Trainer(num)

    def evaluator(reference: Reference) -> Evaluator:
        device = config.device if reference.device is None else reference.device
        return Evaluator(
            dataclasses.replace(config, device=device),
            samples,
            kind=kind,
            epochs=epochs,
            seeds=num,
            first_seed=config.experiment.seed + seeds,
            largest_batch=1,
            trainer=trainer if reference.name == BEST and trainer.capacity >= num else small,
            memory_bytes=memory_bytes,
            scores_early=False,
            on_epoch=progress.advance,
            archive=Watch(archive, canonical_text([reference.name, reference.shown])),
        )

    wanted = list(_references(config, best, gain_size(chosen, samples, best, kind, trainer)))
    known = kept(run)
    progress.begin("trainings x epochs of the references", len(wanted) * num * epochs)
    found: list[dict[str, Any]] = []
    for reference in wanted:
        constants = [entry["accuracies"] for entry in found if entry["name"] == CONSTANT]
        if reference.name == CONSTANT and len(constants) > 1 and constants[0] == constants[1]:
            progress.advance(num * epochs)
            continue
        evaluate = evaluator(reference)
        entry = known.get(identity(reference.name, reference.shown, evaluate.seeds))
        if entry is None:
            # The id of the best candidate: the key of a training comes from it, and all shall begin alike.
            made = evaluate([Candidate(best.id, reference.values, best.generation)])
            entry = summary_entry(reference, list(evaluate.seeds), made)
        found.append(entry)
        run.write_summary({"references": found})
    resolution = resolution_of(config, samples, kind)
    return {
        "references": found,
        "gain": gain_over_constant(found, resolution),
        "alike": alikeness_of(records, found, seeds, resolution),
    }


def _references(config: ExperimentConfig, best: Candidate, size: float) -> Iterator[Reference]:
    """The trainings, each as a candidate. The rules without a device keep what is not the device's."""
    shared = without_device(best)
    yield Reference(BEST, dict(best.values))
    yield from constants(best, size)
    yield Reference(DFA, {**shared, "rule.name": DFA})
    yield Reference(FROZEN, {**shared, "rule.name": FROZEN})


def constants(best: Candidate, size: float) -> Iterator[Reference]:
    """The constants around `size` that stand in the place of the best candidate's device."""
    for factor in FACTORS:
        value = rounded(factor * size)
        yield Reference(CONSTANT, without_device(best), DeviceSection(preset=CONSTANT, values={"value": value}))


def without_device(best: Candidate) -> dict[str, Any]:
    """The values of a candidate that are not its device's."""
    return {key: value for key, value in best.values.items() if not key.startswith("device.")}


def gain_size(config: ExperimentConfig, samples: Samples, best: Candidate, kind: Compared, trainer: Trainer) -> float:
    """Root mean square of g before training, with the sign of its mean; 1 where g is 0.

    It is taken over the potentials of the first hidden layer.
    """
    seed = config.experiment.seed
    trial, split = build_trial(config, samples.dataset, seed), split_rows(config, kind, samples.dataset, 1)
    if not isinstance(trial.network, SpikingNetwork):
        return 1.0
    population = trainer.start([trial], [training_key(seed, best.id)], samples.train, split)
    parameters = population.one(population.states.parameters, 0)
    device = cast(AbstractDevice, population.one(population.states.device, 0))
    rows = jnp.asarray(split.train[0, :RMS_SAMPLES])
    u = first_layer_potentials(trial, parameters, samples.train, rows, jax.random.key(0))
    # A row of one for each potential: a device with memory along the neurons answers as at rest.
    g = np.asarray(device.respond(jnp.asarray(u)[:, None]), dtype=float)
    size = math.sqrt(float(np.mean(g**2)))
    return math.copysign(size, float(np.mean(g))) if math.isfinite(size) and size > 0 else 1.0


def rounded(value: float) -> float:
    """The value to `DIGITS` significant digits."""
    return float(f"{value:.{DIGITS}g}")


def identity(name: str, values: Mapping[str, Any], seeds: Sequence[int]) -> str:
    """By which a training that is known is found again."""
    return canonical_text([name, dict(values), list(seeds)])


def kept(run: RunFolder) -> dict[str, dict[str, Any]]:
    """The references in a run's summary, by their identity: a resumed run takes them over."""
    entries = cast(Sequence[dict[str, Any]] | None, run.read_summary().get("references")) or ()
    return {identity(entry["name"], entry["values"], entry["seeds"]): entry for entry in entries}


def summary_entry(reference: Reference, seeds: list[int], records: Sequence[EvaluationRecord]) -> dict[str, Any]:
    """A reference as the summary has it. Mean and deviation are null where a seed failed, as a candidate's fitness."""
    by_seed = {record.seed: record for record in records}
    accuracies = [by_seed[seed].validation_accuracy for seed in seeds]
    known = [accuracy for accuracy in accuracies if accuracy is not None]
    mean, std = mean_and_std(known) if len(known) == len(accuracies) else (None, None)
    reasons = [by_seed[seed].reason for seed in seeds if by_seed[seed].status == "failed"]
    return {
        "name": reference.name,
        "validation_accuracy": mean,
        "validation_accuracy_std": std,
        "accuracies": accuracies,
        "seeds": seeds,
        "values": reference.shown,
        **({"reason": reasons[0]} if reasons else {}),
    }


def gain_over_constant(entries: Sequence[Mapping[str, Any]], resolution: float) -> dict[str, Any] | None:
    """The gain of the best candidate over the best constant, in percentage points; None where it cannot be told."""
    best, constant = (best_of(entries, name) for name in (BEST, CONSTANT))
    if best is None or constant is None:
        return None
    pairs = [pair for pair in zip(best["accuracies"], constant["accuracies"], strict=True) if None not in pair]
    found = paired_gain([one for one, _ in pairs], [other for _, other in pairs], resolution=resolution)
    if found is None:
        return None
    points = {name: 100 * value for name, value in found._asdict().items() if name in ("mean", "low", "high")}
    return {
        "over": CONSTANT,
        "value": constant["values"]["device.value"],
        **points,
        "confidence": found.confidence,
        "num_seeds": found.num_seeds,
    }


def alikeness_of(
    records: Sequence[EvaluationRecord], entries: Sequence[Mapping[str, Any]], seeds: int, resolution: float
) -> dict[str, Any] | None:
    """Whether the candidates differ by more than seeds do, in percentage points; None where it cannot be told.

    Those of a search are its first, random ones: the later ones are alike because they were chosen. A failed one is not
    like the others, so then nothing is said.
    """
    first = by_candidate([record for record in records if record.generation == 0])
    if any(record.status == "failed" or not record.is_complete for group in first.values() for record in group):
        return None
    groups = [entry["accuracies"] for name in (BEST, CONSTANT, DFA) if (entry := best_of(entries, name)) is not None]
    found = alikeness([fitness_of(group) for group in first.values()], seeds, groups, resolution=resolution)
    if found is None:
        return None
    return {
        "is_alike": found.is_alike,
        "num_candidates": found.num_candidates,
        "std": 100 * found.std,
        "seed_std": 100 * found.seed_std,
        "p": found.p,
    }


def best_of(entries: Sequence[Mapping[str, Any]], name: str) -> Mapping[str, Any] | None:
    """Of the references with a name the one of highest mean, the first of equals; None where all failed."""
    known = [entry for entry in entries if entry["name"] == name and entry["validation_accuracy"] is not None]
    return max(known, key=lambda entry: entry["validation_accuracy"], default=None)


def resolution_of(config: ExperimentConfig, samples: Samples, kind: Compared) -> float:
    """The smallest step of a validation accuracy."""
    return 1 / split_rows(config, kind, samples.dataset, 1).validation.shape[1]
