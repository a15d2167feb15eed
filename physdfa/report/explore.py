"""The evaluations of a sweep or search, as the charts of a page take them."""

import json
from collections.abc import Sequence

import numpy as np
import pandas as pd

from physdfa.report.columns import identities, numbers
from physdfa.report.figures.front import AXES
from physdfa.report.figures.hover import rounded
from physdfa.report.figures.parameters import ACCURACY_LABEL, VariedParameter
from physdfa.report.figures.progress import successful

MOST_ROWS = 4000
"""Evaluations in the charts; of more, the best, so that a page stays small."""
OUTCOMES = (("validation_accuracy", ACCURACY_LABEL, 100.0), ("validation_loss", "validation loss", 1.0))


def explore_data(evaluations: pd.DataFrame, varied: Sequence[VariedParameter]) -> str:
    """The successful evaluations as JSON; empty where there are fewer than two, or no parameter varies.

    `names`: what each is called; `columns`: `label`, `log`, and `values`, numbers or the texts of choices; the accuracy
    [%] is the column with the place `accuracy`. Best first.
    """
    good = successful(evaluations)
    if len(good) < 2 or not varied:
        return ""
    good = good.sort_values("validation_accuracy", ascending=False, kind="stable").head(MOST_ROWS)
    columns = [
        {
            "label": parameter.label,
            "log": parameter.scale == "log",
            "values": [str(value) for value in good[parameter.key]]
            if parameter.scale == "choice"
            else rounded(numbers(good, parameter.key)),
        }
        for parameter in varied
    ]
    further = [(name, label, 1.0) for name, label in AXES.items() if name != "robustness"]
    for name, label, factor in (*OUTCOMES, *further, ("generation", "generation", 1.0)):
        values = factor * numbers(good, name)
        if name == "validation_accuracy" or len(set(values[np.isfinite(values)])) > 1:
            columns.append({"label": label, "log": False, "values": rounded(values)})
    found = {"names": identities(good), "columns": columns, "accuracy": len(varied)}
    return json.dumps(found, separators=(",", ":"))
