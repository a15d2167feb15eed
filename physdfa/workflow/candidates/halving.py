"""What successive halving saved over a search, and what it may have cost."""

import math
from collections.abc import Sequence

import numpy as np

from physdfa.workflow.candidates.goals import by_candidate
from physdfa.workflow.candidates.records import EvaluationRecord

LEAST_FOR_CORRELATION = 3


def halving_summary(records: Sequence[EvaluationRecord], epochs: int) -> dict[str, object]:
    """What successive halving saved over a search, and what the dropped candidates that were trained anyway say.

    - `epochs_trained`, `epochs_of_full_budget`, `share_saved`: epochs over all trainings that could be built.
    - `num_dropped`, `num_checked`: candidates; `num_wrongly_dropped`: of the checked, those that ended above the worst
      candidate of their generation that was kept to the end.
    - `rank_correlation`: Spearman's, of the accuracy at the first rung with that at the end, over the `num_correlated`
      candidates that trained to the end; None for fewer than three, or without any difference. The kept ones are the
      better part, which makes it smaller than it would be over all.
    """
    groups = by_candidate([record for record in records if record.epochs])
    trained = sum(record.epochs or 0 for group in groups.values() for record in group)
    full = epochs * sum(len(group) for group in groups.values())
    dropped = {name for name, group in groups.items() if group[0].dropped_at is not None}
    checked = {name for name in dropped if all(record.is_complete for record in groups[name])}
    ended: dict[str, tuple[float, float]] = {}
    for name, group in groups.items():
        if all(record.is_complete and record.status == "ok" for record in group):
            ended[name] = (_mean(group, "rung_accuracy"), _mean(group, "validation_accuracy"))
    least: dict[int, float] = {}
    for name in ended.keys() - dropped:
        generation = groups[name][0].generation
        least[generation] = min(least.get(generation, math.inf), ended[name][1])
    wrong = [
        name for name in checked & ended.keys() if ended[name][1] > least.get(groups[name][0].generation, math.inf)
    ]
    return {
        "epochs_trained": trained,
        "epochs_of_full_budget": full,
        "share_saved": 1 - trained / full if full else 0.0,
        "num_dropped": len(dropped),
        "num_checked": len(checked),
        "num_wrongly_dropped": len(wrong),
        "rank_correlation": rank_correlation(list(ended.values())),
        "num_correlated": len(ended),
    }


def rank_correlation(pairs: Sequence[tuple[float, float]]) -> float | None:
    """Spearman's rank correlation of the two numbers of each pair; None where there is none to speak of."""
    from scipy.stats import rankdata  # takes long to import

    values = np.asarray(pairs, dtype=float).reshape(-1, 2)
    if len(values) < LEAST_FOR_CORRELATION or np.any(np.ptp(values, axis=0) == 0):
        return None
    return float(np.corrcoef(rankdata(values, axis=0), rowvar=False)[0, 1])


def _mean(group: Sequence[EvaluationRecord], name: str) -> float:
    return math.fsum(getattr(record, name) or 0.0 for record in group) / len(group)
