"""The curve in braille: its dots stand where the numbers say."""

import numpy as np
import pytest

from physdfa.report.text_plot import characters, dot_matrix, text_plot


def test_a_diagonal_is_the_reversed_identity():
    x = np.arange(8.0)
    dots = dot_matrix(x, x, (0.0, 7.0), columns=8, rows=8)
    np.testing.assert_array_equal(dots, np.eye(8, dtype=bool)[::-1])


def test_a_step_is_drawn_without_a_gap():
    x = np.array([0.0, 1.0, 1.0 + 1e-9, 2.0])
    dots = dot_matrix(x, np.array([0.0, 0.0, 1.0, 1.0]), (0.0, 1.0), columns=8, rows=8)
    assert dots.any(axis=0).all()
    assert dots.any(axis=1).all()


def test_a_full_block_is_the_last_braille_pattern():
    assert characters(np.ones((4, 2), dtype=bool)) == ["\u28ff"]
    top_left = np.zeros((4, 2), dtype=bool)
    top_left[0, 0] = True
    assert characters(top_left) == ["\u2801"]


def test_the_ends_of_both_axes_are_written():
    lines = text_plot([-1.0, 3.0], [-0.25, 0.75], width=20, height=5).splitlines()
    assert lines[0].startswith(" 0.75 ┤")
    assert lines[4].startswith("-0.25 ┤")
    assert lines[-1].split() == ["-1", "3"]
    assert len({len(line) for line in lines}) == 1


def test_a_constant_runs_through_the_middle_of_an_axis_around_it():
    lines = text_plot([0.0, 1.0], [1.0, 1.0], width=12, height=3).splitlines()
    assert lines[0].startswith("1.5 ┤")
    assert lines[2].startswith("0.5 ┤")
    assert set(lines[1][5:]) != {"\u2800"}


def test_a_second_curve_is_drawn_over_the_first_on_the_same_axis():
    lines = text_plot([0.0, 1.0], [0.0, 1.0], second=[2.0, 1.0], width=12, height=3).splitlines()
    assert lines[0].startswith("2 ┤")
    assert lines[2].startswith("0 ┤")
    first, second, both = (
        text_plot([0.0, 1.0], y, second=other, width=12, height=3)
        for y, other in (([0.0, 2.0], None), ([2.0, 0.0], None), ([0.0, 2.0], [2.0, 0.0]))
    )
    for one, other, union in zip(first, second, both, strict=True):
        is_braille = 0x2800 <= ord(union) <= 0x28FF
        assert ord(union) == (ord(one) | ord(other) if is_braille else ord(one))


@pytest.mark.parametrize(("x", "y"), [([0.0], [1.0]), ([1.0, 0.0], [1.0, 1.0]), ([0.0, 1.0], [1.0])])
def test_unordered_or_uneven_numbers_are_refused(x, y):
    with pytest.raises(ValueError, match="increasing x"):
        text_plot(x, y)


def test_numbers_that_are_not_finite_are_refused():
    with pytest.raises(ValueError, match="finite"):
        text_plot([0.0, 1.0], [np.nan, 1.0])
