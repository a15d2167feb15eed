"""The share of working ranges that are right, on landscapes whose range is known."""

from physdfa.analysis.range_coverage.landscapes import LANDSCAPES, Landscape, drawn_points
from physdfa.analysis.range_coverage.trials import BANDS, QUESTIONS, Band, Coverage, Outcome, coverage_of, run_trial

__all__ = [
    "BANDS",
    "LANDSCAPES",
    "QUESTIONS",
    "Band",
    "Coverage",
    "Landscape",
    "Outcome",
    "coverage_of",
    "drawn_points",
    "run_trial",
]
