"""Edges of a map's cells, in closed form."""

import numpy as np
import pytest

from physdfa.report.figures.cells import cell_edges


def test_linear_edges_lie_halfway():
    np.testing.assert_allclose(cell_edges([0.0, 1.0, 3.0]), [-0.5, 0.5, 2.0, 4.0])


def test_log_edges_are_geometric_means():
    # decades: edges at half decades, sqrt(10) below and above
    np.testing.assert_allclose(cell_edges([0.1, 1.0, 10.0], "log"), 10.0 ** np.array([-1.5, -0.5, 0.5, 1.5]))


def test_log_edges_are_the_exponentials_of_linear_ones():
    centres = np.array([0.3, 0.5, 4.0, 70.0])
    np.testing.assert_allclose(np.log(cell_edges(centres, "log")), cell_edges(np.log(centres)))


def test_a_lonely_sample_has_a_cell_of_its_own():
    np.testing.assert_allclose(cell_edges([2.0]), [1.5, 2.5])
    np.testing.assert_allclose(cell_edges([2.0], "log"), [2 / np.sqrt(10), 2 * np.sqrt(10)])


@pytest.mark.parametrize("centres", [[], [1.0, 1.0], [2.0, 1.0]])
def test_centres_that_do_not_increase_are_refused(centres):
    with pytest.raises(ValueError, match="must increase"):
        cell_edges(centres)


def test_a_log_axis_refuses_zero():
    with pytest.raises(ValueError, match="positive"):
        cell_edges([0.0, 1.0], "log")
