"""The figures of a working range, drawn from the record that `range.json` holds."""

from physdfa.report.figures.working_range.panels import range_panels

__all__ = ["range_panels"]
