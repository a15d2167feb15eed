"""What a constant g reaches where the device of a run works: the level that tells whether the device helps."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from ga_search.evolution import Candidate
from ga_search.genome import candidate_id
from physdfa.analysis.working_range import Surrogate, best_position, values_at
from physdfa.build import Samples
from physdfa.config import rule_of, with_values
from physdfa.errors import InputError
from physdfa.store.derived import RANGE
from physdfa.training import Trainer
from physdfa.workflow.candidates.evaluator import Evaluator
from physdfa.workflow.candidates.references import CONSTANT, best_of, constants, gain_size, kept, summary_entry
from physdfa.workflow.progress import NO_PROGRESS, Progress
from physdfa.workflow.range.finished import FinishedRun
from physdfa.workflow.range.kept import same_values

WAY_OUT = "Give --level instead of --helps."


def refuse_without_device(finished: FinishedRun, best: Mapping[str, Any]) -> None:
    """Refuse a constant to compare with where the best point has no device.

    **Raises:** `InputError`.
    """
    rule = rule_of(with_values(finished.config, {**finished.fixed, **best}))
    if not rule.needs_device:
        raise InputError(f"--helps: the best point of this run has no device that could help. {WAY_OUT}")


def known_constant(finished: FinishedRun) -> dict[str, Any] | None:
    """The best constant among the references of a run, as a baseline; None where the run has none."""
    entry = best_of(list(kept(finished.run).values()), CONSTANT)
    return None if entry is None else _baseline(entry)


def constant_baseline(
    finished: FinishedRun,
    samples: Samples,
    surrogate: Surrogate,
    num_seeds: int,
    progress: Progress = NO_PROGRESS,
    *,
    earlier: Mapping[str, Any] | None = None,
) -> dict[str, Any]:
    """The validation accuracy of a constant g, trained as the best point is: of three sizes the best one.

    **Arguments:**

    - `earlier`: record of an earlier range of the same run, of which the same baseline is taken over.

    **Raises:** `InputError` if none of them trains.
    """
    values = {**finished.fixed, **values_at(finished.points.axes, best_position(finished.points, surrogate))}
    best = Candidate(candidate_id(values), values, 0)
    trainer = Trainer(num_seeds)
    kind = "sweep" if finished.kind == "sweep" else "search"
    chosen = with_values(finished.config, values)
    asked = list(constants(best, gain_size(chosen, samples, best, kind, trainer)))
    before = (earlier or {}).get("baseline") or {}
    is_constant = before.get("rule") == CONSTANT and len(before["accuracies"]) == num_seeds
    if is_constant and any(same_values(before["values"], reference.shown) for reference in asked):
        progress.say(f"the constant g is that of the {RANGE} that is there")
        return dict(before)
    progress.begin("trainings x epochs of the constant g", len(asked) * num_seeds * finished.epochs)
    found = []
    for reference in asked:
        evaluator = Evaluator(
            replace(finished.config, device=reference.device),
            samples,
            kind=finished.kind,
            epochs=finished.epochs,
            seeds=num_seeds,
            largest_batch=1,
            trainer=trainer,
            scores_early=False,
            on_epoch=progress.advance,
        )
        records = evaluator([Candidate(best.id, reference.values, 0)])
        found.append(summary_entry(reference, list(evaluator.seeds), records))
    entry = best_of(found, CONSTANT)
    if entry is None:
        raise InputError(f"no constant g trains here: {found[0]['reason']}. {WAY_OUT}")
    return _baseline(entry)


def _baseline(entry: Mapping[str, Any]) -> dict[str, Any]:
    names = ("accuracies", "values")
    return {"rule": CONSTANT, "accuracy": entry["validation_accuracy"], **{name: entry[name] for name in names}}
