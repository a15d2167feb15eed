"""What a record says of its training before and early in it, by column."""

from collections.abc import Mapping, Sequence

from physdfa.analysis import EARLY_EPOCHS, EarlyScores
from physdfa.training import EpochReport


def is_early(epoch: int, epochs: int) -> bool:
    """Whether a training of so many `epochs` is scored after `epoch` of them: never at its end."""
    return epoch in (0, *EARLY_EPOCHS) and epoch < epochs


def scores_after(epoch: int, scores: EarlyScores, index: int) -> dict[str, float]:
    """The scores of one member: all of them before training, later the angle alone."""
    if epoch:
        return {f"alignment_{epoch}": float(scores.alignment[index])}
    return {name: float(values[index]) for name, values in scores._asdict().items()}


def early_accuracies(reports: Sequence[EpochReport], epochs: int) -> Mapping[str, float]:
    """The validation accuracies of one member early in a training of so many `epochs`."""
    return {
        f"validation_accuracy_{report.epoch}": float(report.validation.accuracy[0])
        for report in reports
        if report.validation is not None and is_early(report.epoch, epochs)
    }
