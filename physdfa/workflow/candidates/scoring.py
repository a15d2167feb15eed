"""What a training that has come to its end says of its candidate."""

import math
from dataclasses import replace

import numpy as np

from physdfa.devices import hardware_cost
from physdfa.workflow.candidates.costs import feedback_bits, num_requests, update_energy
from physdfa.workflow.candidates.early import early_accuracies
from physdfa.workflow.candidates.jobs import Job, diverged, failed_record
from physdfa.workflow.candidates.records import DIVERGED, EvaluationRecord


def costs_of(job: Job) -> dict[str, float | None]:
    """What the backward way of a candidate costs."""
    section, energy = job.config.device, None
    if section is not None:
        cost = hardware_cost(section.plan, section.values)
        energy = update_energy(job.trial.device, cost, num_requests(job.trial))
    return {"energy": energy, "feedback_bits": feedback_bits(job.trial)}


def scored(job: Job) -> EvaluationRecord:
    """The record of a training by its last epoch; a failed one where something was no finite number."""
    reports = job.reports
    validation = reports[-1].validation
    assert validation is not None  # a search and a sweep always hold out a validation split
    loss = float(validation.loss[0])
    found = diverged(reports, 0)
    if found or not math.isfinite(loss):
        reason = found or f"{DIVERGED} in epoch {len(reports)}"
        return failed_record(job.candidate, job.seed, reason=reason, wall_time_s=job.wall_time_s)
    mistakes = (report.range_mistake(0) for report in reports)
    if mistake := next((mistake for mistake in mistakes if mistake), None):
        return failed_record(job.candidate, job.seed, reason=mistake, wall_time_s=job.wall_time_s)
    outside = reports[-1].outside_range
    return EvaluationRecord(
        candidate=job.candidate.id,
        values=job.candidate.values,
        generation=job.candidate.generation,
        seed=job.seed,
        status="ok",
        validation_accuracy=float(validation.accuracy[0]),
        validation_loss=loss,
        firing_rate=float(np.mean(validation.firing_rate[0])),
        outside_range=None if outside is None else float(np.max(outside[0])),
        wall_time_s=job.wall_time_s,
    )


def told(job: Job, robustness: float | None) -> EvaluationRecord:
    """The record of a training with its early scores, its costs, and how it was halved.

    **Arguments:**

    - `robustness`: accuracy of the same training under other values; None: none was asked for.
    """
    if job.failure:
        return failed_record(job.candidate, job.seed, reason=job.failure)
    return replace(
        scored(job),
        **job.early,
        **early_accuracies(job.reports, job.config.training.epochs),
        **costs_of(job),
        robustness=robustness,
        epochs=len(job.reports),
        rung_accuracy=job.rung_accuracy,
        dropped_at=job.dropped_at,
    )
