"""`device show` of a measurement: what the user says about it, and the fit of a physical model."""

from dataclasses import dataclass, fields
from pathlib import Path
from typing import Any

import numpy as np

from physdfa.devices.measured import Measurement
from physdfa.report.datasheet import FittedModel
from physdfa.report.datasheet.parameters import value_text
from physdfa.report.formatting import engineering

MEASUREMENT_SUFFIXES = (".csv", ".txt", ".tsv", ".dat", ".lvm")
_POINTS_OF_MODEL = 401


@dataclass(frozen=True, kw_only=True)
class MeasuredOptions:
    """How a measurement is read and used; None where the user did not say.

    **Arguments:**

    - `x`, `y`, `setting_column`: columns, by name or number; `x_unit`, `y_unit`: their units.
    - `repeat`: the repeat of each sweep direction that is kept, or "mean".
    - `branch`, `outside`, `setting`: as for `MeasuredCurve`. Without `outside` it is "refuse": nothing beyond the
      measured drives is taken for known.
    - `drive_gain`, `offset`: drive per unit of the membrane potential, and at u = 0; 1 and 0.
    - `model`: a physical model to fit.
    """

    x: str | None = None
    y: str | None = None
    setting_column: str | None = None
    x_unit: str | None = None
    y_unit: str | None = None
    repeat: str | None = None
    branch: str | None = None
    outside: str | None = None
    setting: float | None = None
    drive_gain: float | None = None
    offset: float | None = None
    model: str | None = None

    @property
    def given(self) -> list[str]:
        """The options that the user gave, as the command line writes them."""
        return [
            f"--{option.name.replace('_', '-')}" for option in fields(self) if getattr(self, option.name) is not None
        ]

    @property
    def words(self) -> list[tuple[str, str]]:
        """The options that the user gave, each with its value."""
        return [(option, str(getattr(self, option.removeprefix("--").replace("-", "_")))) for option in self.given]

    def table(self, path: Path) -> dict[str, Any]:
        """The `[device]` table of a config that says the same of the measurement at `path`."""
        given = {name: value for name, value in vars(self).items() if value is not None and name != "model"}
        return {"measured": str(path), "outside": "refuse", **given}


def fitted_model(measurement: Measurement, options: MeasuredOptions) -> FittedModel | None:
    """The fit of the model asked for; None without one. A random branch is fitted as the mean of both."""
    if options.model is None:
        return None
    from physdfa.devices.fitting import FITTED_BRANCHES, fit  # a second, of use to fits only
    from physdfa.report.fit import correlation_words

    branch = options.branch if options.branch in FITTED_BRANCHES else "mean"
    found = fit(measurement, options.model, branch=branch)
    rows = tuple(
        (name, value_text(float(value)), _error(found.standard_errors[name]), found.units[name])
        for name, value in found.values.items()
    )
    facts = [
        ("branch", found.branch),
        ("R²", f"{found.r_squared:.6f}"),
        ("residual spread", engineering(found.residual_std, measurement.output_unit)),
        ("starts at the optimum", f"{found.starts_at_optimum} of {found.starts}"),
        *([("standard errors", correlation_words(found))] if found.residual_correlation > 0 else []),
        *(("warning", sentence) for sentence in found.warnings),
    ]
    drive = np.linspace(found.drive.min(), found.drive.max(), _POINTS_OF_MODEL)
    kept = np.ones(measurement.drive.size, bool)
    if branch != "mean":
        kept = measurement.direction == (1 if branch == "rising" else -1)
    residuals = np.full(measurement.drive.size, np.nan)
    residuals[kept] = found.residuals
    return FittedModel(
        model=found.model.name,
        rows=rows,
        facts=tuple(facts),
        drive=drive,
        output=found.curve(drive),
        residuals=residuals,
    )


def _error(value: float) -> str:
    return f"{value:.2g}" if np.isfinite(value) else "not known"
