"""Records that nothing was trained for."""

from physdfa.workflow.candidates.records import EvaluationRecord


def make_record(candidate="a", accuracy=0.5, *, seed=0, **others) -> EvaluationRecord:
    """`make_record("a", 0.9)`; None for an accuracy is a failed training."""
    status = "failed" if accuracy is None else "ok"
    return EvaluationRecord(candidate, {}, 0, seed, status, validation_accuracy=accuracy, **others)
