import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from physdfa.devices.measured.grid import ERROR_BOUND, MOST_CELLS, interpolant, resample

OUTPUTS = st.lists(st.floats(-5.0, 5.0, width=32), min_size=2, max_size=30).filter(lambda y: max(y) - min(y) > 1e-2)


@given(outputs=OUTPUTS)
@settings(max_examples=100, deadline=None)
def test_between_two_drives_a_table_only_rises_or_only_falls(outputs):
    knots, outputs = np.arange(float(len(outputs))), np.array(outputs)
    nodes, error = resample([interpolant(knots, outputs, "monotone")], 0.0, knots[-1], len(knots))
    per_knot = (nodes.shape[1] - 1) // (len(knots) - 1)
    assert nodes[0, ::per_knot] == pytest.approx(outputs, abs=1e-12)
    steps = np.diff(nodes[0]).reshape(len(knots) - 1, per_knot)
    assert (steps * np.sign(np.diff(outputs))[:, None] >= -1e-12).all()
    assert error <= ERROR_BOUND


@given(outputs=OUTPUTS.filter(lambda y: len(y) >= 5))
@settings(max_examples=50, deadline=None)
def test_a_smoothed_curve_stays_within_the_measured_outputs(outputs):
    knots = np.arange(float(len(outputs)))
    answers = interpolant(knots, np.array(outputs), "smoothing")(np.linspace(-1.0, len(outputs), 500))
    margin = 1e-9 * np.ptp(outputs)
    assert min(outputs) - margin <= answers.min()
    assert answers.max() <= max(outputs) + margin


def test_a_table_has_a_largest_size_and_states_its_error():
    knots = np.geomspace(1e-6, 1.0, 40)
    nodes, error = resample([interpolant(knots, np.arange(40) % 2.0, "monotone")], 1e-6, 1.0, 40)
    assert nodes.shape[1] - 1 <= MOST_CELLS
    assert error > ERROR_BOUND
