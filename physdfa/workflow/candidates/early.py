"""When a training is scored early, and the columns of what is found."""

from collections.abc import Mapping, Sequence

from physdfa.analysis import EARLY_EPOCHS
from physdfa.training import EpochReport


def is_early(epoch: int, epochs: int) -> bool:
    """Whether a training of so many `epochs` is scored after `epoch` of them: never at its end."""
    return epoch in (0, *EARLY_EPOCHS) and epoch < epochs


def angle_column(epoch: int) -> str:
    """The column of the angle after `epoch` epochs."""
    return f"alignment_{epoch}" if epoch else "alignment"


def early_accuracies(reports: Sequence[EpochReport], epochs: int) -> Mapping[str, float]:
    """The validation accuracies of one member early in a training of so many `epochs`."""
    return {
        f"validation_accuracy_{report.epoch}": float(report.validation.accuracy[0])
        for report in reports
        if report.validation is not None and is_early(report.epoch, epochs)
    }
