"""A curve in a terminal: two by four dots per character, from Unicode's braille patterns."""

from collections.abc import Sequence

import numpy as np

from physdfa.report.formatting import number

# Bit of each dot inside a character, by (row, column); Unicode standard, block U+2800.
BRAILLE_BASE = 0x2800
DOT_BITS = ((0x01, 0x08), (0x02, 0x10), (0x04, 0x20), (0x40, 0x80))
DOT_ROWS, DOT_COLUMNS = 4, 2
AXIS_DIGITS = 4


def text_plot(
    x: Sequence[float] | np.ndarray,
    y: Sequence[float] | np.ndarray,
    *,
    second: Sequence[float] | np.ndarray | None = None,
    width: int = 56,
    height: int = 10,
) -> str:
    """The curve y(x) as `height` lines of `width` characters, with the ends of both axes written beside it.

    **Arguments:**

    - `x`: increasing, two values or more; `y`: as many, finite.
    - `second`: as many, of another curve drawn over the first.
    - `width`, `height`: characters of the drawing itself, >= 12 and >= 2.

    **Raises:** `ValueError` if x does not increase, or a number is not finite.
    """
    across, curves = np.asarray(x, dtype=float), [np.asarray(y, dtype=float)]
    if second is not None:
        curves.append(np.asarray(second, dtype=float))
    if across.size < 2 or any(across.shape != up.shape for up in curves) or np.any(np.diff(across) <= 0):
        raise ValueError("A plot needs increasing x, two or more, and as many y.")
    if not all(np.isfinite(numbers).all() for numbers in (across, *curves)):
        raise ValueError("A plot needs finite numbers.")
    low, high = float(np.min(curves)), float(np.max(curves))
    if low == high:  # a constant runs through the middle
        low, high = low - 0.5, high + 0.5
    size = {"columns": width * DOT_COLUMNS, "rows": height * DOT_ROWS}
    dots = np.logical_or.reduce([dot_matrix(across, up, (low, high), **size) for up in curves])
    top, bottom = number(high, AXIS_DIGITS), number(low, AXIS_DIGITS)
    margin = max(len(top), len(bottom))
    lines = []
    for i, line in enumerate(characters(dots)):
        label = top if i == 0 else bottom if i == height - 1 else ""
        lines.append(f"{label:>{margin}} ┤{line}" if label else f"{'':>{margin}} │{line}")
    first, last = (number(float(end), AXIS_DIGITS) for end in (across[0], across[-1]))
    lines.append(f"{'':>{margin}} └{'─' * width}")
    lines.append(f"{'':>{margin}}  {first}{last:>{width - len(first)}}")
    return "\n".join(lines)


def dot_matrix(x: np.ndarray, y: np.ndarray, limits: tuple[float, float], *, columns: int, rows: int) -> np.ndarray:
    """The dots that the curve touches, [rows columns], `limits[1]` on top; a steep stretch is filled upright."""
    low, high = limits
    sampled = np.interp(np.linspace(x[0], x[-1], columns), x, y)
    level = np.rint((sampled - low) / (high - low) * (rows - 1)).astype(int)
    dots = np.zeros((rows, columns), dtype=bool)
    for column in range(columns):
        here, before = level[column], level[max(column - 1, 0)]
        # From just past the last column's dot to its own: no gap, and no dot at the same height twice.
        start = here if here == before else before + (1 if here > before else -1)
        dots[rows - 1 - max(start, here) : rows - min(start, here), column] = True
    return dots


def characters(dots: np.ndarray) -> list[str]:
    """Dots [4 h, 2 w] as h lines of w braille characters."""
    rows, columns = dots.shape
    lines = []
    for top in range(0, rows, DOT_ROWS):
        codes = [
            sum(DOT_BITS[i][j] for i in range(DOT_ROWS) for j in range(DOT_COLUMNS) if dots[top + i, left + j])
            for left in range(0, columns, DOT_COLUMNS)
        ]
        lines.append("".join(chr(BRAILLE_BASE + code) for code in codes))
    return lines
