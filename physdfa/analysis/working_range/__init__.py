"""The effective working range: the set of parameters for which the trained accuracy reaches a stated level."""

from physdfa.analysis.working_range.agreeing import Landscapes, agreeing_landscapes
from physdfa.analysis.working_range.axes import Axis, positions_from_units, positions_of, spread_over_box, values_at
from physdfa.analysis.working_range.calibration import Calibration, Told
from physdfa.analysis.working_range.intervals import AxisRange, Interval, Margin
from physdfa.analysis.working_range.level import LevelRule
from physdfa.analysis.working_range.odds import DEFAULT_CONFIDENCE, checked_confidence
from physdfa.analysis.working_range.points import Design, EvaluatedPoints, least_points
from physdfa.analysis.working_range.region import Verdict, WorkingRange, best_position, working_range
from physdfa.analysis.working_range.share import PredictedShare, Share, wilson
from physdfa.analysis.working_range.surrogate import CrossValidation, Surrogate, fit_surrogate

__all__ = [
    "DEFAULT_CONFIDENCE",
    "Axis",
    "AxisRange",
    "Calibration",
    "CrossValidation",
    "Design",
    "EvaluatedPoints",
    "Interval",
    "Landscapes",
    "LevelRule",
    "Margin",
    "PredictedShare",
    "Share",
    "Surrogate",
    "Told",
    "Verdict",
    "WorkingRange",
    "agreeing_landscapes",
    "best_position",
    "checked_confidence",
    "fit_surrogate",
    "least_points",
    "positions_from_units",
    "positions_of",
    "spread_over_box",
    "values_at",
    "wilson",
    "working_range",
]
