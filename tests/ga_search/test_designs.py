"""Designs: grids hold their ends and spacing, the others cover the box as evenly as their names promise."""

import numpy as np
import pytest

from ga_search.designs import grid, latin_hypercube, morris, one_at_a_time, random_design, saltelli, sobol
from ga_search.errors import SearchError
from ga_search.genome import ChoiceGene, Gene, GenomeSpace

BOX = GenomeSpace([Gene("device.v_bias", 0.0, 9.4), Gene("device.drive_gain", 0.1, 10.0, scale="log")])
DESIGNS = [random_design, sobol, latin_hypercube]


def units_of(points, space=BOX):
    """Positions on each gene's own scale, [points genes] in [0, 1]."""
    return np.array([list(space.encode(point)) for point in points])


def test_a_grid_holds_both_ends_exactly():
    points = grid(BOX, {"device.v_bias": 21, "device.drive_gain": 21})
    assert len(points) == 441
    for key, low, high in (("device.v_bias", 0.0, 9.4), ("device.drive_gain", 0.1, 10.0)):
        values = [point[key] for point in points]
        assert (min(values), max(values)) == (low, high)


def test_a_grid_is_evenly_spaced_on_its_scale():
    points = grid(BOX, {"device.v_bias": 3, "device.drive_gain": 5})
    assert [point["device.v_bias"] for point in points[::5]] == pytest.approx([0.0, 4.7, 9.4])
    # 0.1 ... 10 in four equal ratios of sqrt(10).
    ratios = [0.1, 0.1 * 10**0.5, 1.0, 10**0.5, 10.0]
    assert [point["device.drive_gain"] for point in points[:5]] == pytest.approx(ratios, rel=1e-12)


def test_a_grid_of_whole_numbers_holds_each_once():
    bits = GenomeSpace([Gene("device.dac.num_bits", 1, 8, integer=True)])
    assert [point["device.dac.num_bits"] for point in grid(bits, {"device.dac.num_bits": 8})] == list(range(1, 9))
    steps = GenomeSpace([Gene("network.num_steps", 1, 64, scale="log", integer=True)])
    assert [point["network.num_steps"] for point in grid(steps, {"network.num_steps": 7})] == [1, 2, 4, 8, 16, 32, 64]
    assert [point["network.num_steps"] for point in grid(steps, {"network.num_steps": 13})][:4] == [1, 2, 3, 4]


def test_a_grid_takes_every_choice():
    space = GenomeSpace([Gene("a", 0, 1), ChoiceGene("b", ("x", "y", "z"))])
    points = grid(space, {"a": 2})
    assert points == [{"a": a, "b": b} for a in (0.0, 1.0) for b in ("x", "y", "z")]


@pytest.mark.parametrize(
    ("num", "complaint"),
    [
        ({"device.v_bias": 3}, r"device\.drive_gain: a grid needs num >= 2.*got None"),
        ({"device.v_bias": 1, "device.drive_gain": 3}, r"device\.v_bias: a grid needs num >= 2.*got 1"),
        ({"device.v_bias": 2, "device.drive_gain": 2, "device.v": 2}, r"device\.v: num was given"),
    ],
)
def test_a_grid_refuses_numbers_that_do_not_fit(num, complaint):
    with pytest.raises(SearchError, match=complaint):
        grid(BOX, num)


@pytest.mark.parametrize("design", DESIGNS)
@pytest.mark.parametrize("num_points", [1, 5, 64, 100])
def test_a_design_has_its_number_of_points_inside_the_box(design, num_points):
    points = design(BOX, num_points, seed=0)
    assert len(points) == num_points
    assert all(0.0 <= point["device.v_bias"] <= 9.4 and 0.1 <= point["device.drive_gain"] <= 10.0 for point in points)


@pytest.mark.parametrize("design", DESIGNS)
def test_the_seed_decides_a_design(design):
    assert design(BOX, 8, seed=1) == design(BOX, 8, seed=1) != design(BOX, 8, seed=2)


@pytest.mark.parametrize("design", DESIGNS)
def test_a_design_without_points_is_refused(design):
    with pytest.raises(SearchError, match="at least 1 point"):
        design(BOX, 0, seed=0)


@pytest.mark.parametrize("design", [sobol, latin_hypercube])
def test_each_of_n_equal_parts_holds_one_point_per_gene(design):
    # True of a Latin hypercube for any n; of a scrambled Sobol sequence for powers of two.
    parts = np.floor(units_of(design(BOX, 64, seed=3)) * 64 - 1e-9).astype(int)
    for column in parts.T:
        assert sorted(column) == list(range(64))


def test_a_sobol_design_holds_one_point_in_each_square_of_a_16_by_16_board():
    squares = np.floor(units_of(sobol(BOX, 256, seed=3)) * 16).astype(int)
    assert len({tuple(square) for square in squares.tolist()}) == 256


@pytest.mark.parametrize("design", [random_design, sobol])
def test_a_larger_design_begins_with_the_smaller_one(design):
    assert design(BOX, 40, seed=0)[:20] == design(BOX, 20, seed=0)


def test_a_random_design_is_uniform_on_the_scale_of_each_gene():
    units = units_of(random_design(BOX, 4000, seed=0))
    np.testing.assert_allclose(units.mean(axis=0), 0.5, atol=4 / 12**0.5 / 4000**0.5)


def test_one_at_a_time_is_a_star_around_its_centre():
    centre = {"device.v_bias": 2.0, "device.drive_gain": 1.0}
    points = one_at_a_time(BOX, {"device.v_bias": 3, "device.drive_gain": 5}, centre)
    assert points[0] == centre
    assert len(points) == 1 + 3 + 5
    assert [point["device.v_bias"] for point in points[1:4]] == [0.0, 4.7, 9.4]
    assert all(point["device.drive_gain"] == 1.0 for point in points[1:4])
    assert all(point["device.v_bias"] == 2.0 for point in points[4:])
    with pytest.raises(SearchError, match="not a number between"):
        one_at_a_time(BOX, {"device.v_bias": 3, "device.drive_gain": 5}, {**centre, "device.v_bias": 10.0})


def test_a_morris_trajectory_moves_each_key_once_by_two_thirds_of_its_range():
    units = units_of(morris(BOX, 50, seed=1)).reshape(50, 3, 2)
    steps = np.diff(units, axis=1)
    assert np.sort(np.abs(steps), axis=2) == pytest.approx(np.broadcast_to([0.0, 2 / 3], (50, 2, 2)), abs=1e-9)
    assert np.sum(np.abs(steps), axis=1) == pytest.approx(np.full((50, 2), 2 / 3), abs=1e-9)
    assert {round(float(unit) * 3) for unit in units.ravel()} == {0, 1, 2, 3}


def test_saltelli_points_differ_from_a_in_one_column_taken_from_b():
    first, second, one, other = units_of(saltelli(BOX, 16, seed=2)).reshape(4, 16, 2)
    assert one == pytest.approx(np.stack([second[:, 0], first[:, 1]], axis=1), abs=1e-9)
    assert other == pytest.approx(np.stack([first[:, 0], second[:, 1]], axis=1), abs=1e-9)
    assert np.all(first != second)


def test_designs_for_sensitivity_refuse_what_they_cannot_do():
    with pytest.raises(SearchError, match="power of two of base points, 2 or more; got 12"):
        saltelli(BOX, 12, seed=0)
    with pytest.raises(SearchError, match=r"network\.reset: Morris' steps go up or down"):
        morris(GenomeSpace([ChoiceGene("network.reset", ["zero", "subtract"])]), 4, seed=0)
