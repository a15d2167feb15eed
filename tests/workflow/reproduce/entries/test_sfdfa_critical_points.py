"""The full scale, which takes seconds, against an independent computation of the paper's equations."""

import pytest

from physdfa.workflow.reproduce.entries.sfdfa_critical_points import SFDFA_CRITICAL_POINTS, compute_plane
from physdfa.workflow.reproduce.entry import Finished


@pytest.fixture(scope="module")
def plane():
    record, panels = compute_plane("full")
    row = SFDFA_CRITICAL_POINTS.rows[1]
    return Finished(row=row, record={"status": "done", "reason": "", **record}, panels=panels)


def test_the_plane_has_the_expected_quantiles(plane):
    assert plane.record["exact"] == pytest.approx([0.207, 1.86, 30.7], rel=4e-3)
    assert plane.record["bounded"] == pytest.approx([0.128, 0.330, 0.378], rel=4e-3)


def test_the_table_sets_ours_beside_the_expected(plane):
    (table,) = SFDFA_CRITICAL_POINTS.tables([plane])
    assert table.rows[0] == ["median", "0.207", "0.207", "0.128", "0.128"]


def test_the_figure_keeps_every_point_of_the_plane(plane):
    (panel,) = plane.panels
    assert len(panel.data) == 121**2
    assert (panel.data["spikes"] > 0).sum() == 4052  # of the same independent computation
