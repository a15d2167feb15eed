"""The measured curve beside a range: the drives that reach it through whatever stands before it."""

import numpy as np
import pytest

from physdfa.analysis.working_range import LevelRule
from physdfa.workflow.range.curve import curve_record
from physdfa.workflow.range.find import find_range
from physdfa.workflow.range.options import RangeOptions
from tests.workflow.range.finished_runs import GAIN, make_run
from tests.workflow.tiny import make_config

pytestmark = pytest.mark.slow

NINETY = RangeOptions(rule=LevelRule(kind="absolute", value=0.9))
CHAIN = 'device.stages=["encode", "curve", "decode"]'


@pytest.fixture(scope="module")
def measured(tmp_path_factory):
    path = tmp_path_factory.mktemp("curve") / "narrow.csv"
    drive = np.linspace(-0.5, 0.5, 41)
    np.savetxt(path, np.column_stack([drive, 1 + drive**2]), delimiter=",", header="bias_V,power_mW", comments="")
    return path


def record_of(measured, *changes):
    return curve_record(make_config(*changes, kind="train", measured=measured), {}, None)


def test_the_drives_are_those_behind_gain_and_offset(measured):
    bare = record_of(measured, 'device.stages=["curve", "decode"]')
    coded = record_of(measured, CHAIN, "device.drive_gain=0.1", "device.offset=0.2")
    assert coded["drives"] == pytest.approx([0.1 * end + 0.2 for end in bare["drives"]], rel=1e-4)
    assert coded["measured"] == [-0.5, 0.5]


def test_what_lies_beyond_the_measurement_is_counted(measured):
    assert record_of(measured, CHAIN, "device.drive_gain=1e-3")["outside"] == 0.0
    assert record_of(measured, CHAIN, "device.offset=9.0")["outside"] == 1.0


def test_any_other_device_has_no_curve():
    assert curve_record(make_config(kind="train"), {}, None) is None


def test_a_range_says_how_much_of_its_best_point_was_not_measured(tmp_path, measured):
    def disc(values):
        x, y = values["device.offset"] / 10, np.log10(values["device.drive_gain"] / 0.1) / 2
        return float(0.9 + (0.09 - (x - 0.5) ** 2 - (y - 0.5) ** 2) / 2)

    offset = '"device.offset" = { low = 0.0, high = 10.0 }'
    box = f'method = "sobol"\nnum_samples = 64\n[sweep.parameters]\n{offset}\n{GAIN}\n'
    run, record = find_range(make_run(tmp_path, disc, sweep=box, measured=measured).path, NINETY)
    assert any("% of the drives lie beyond the measured ones (-500 to 500 mV)" in note for note in record["notes"])
    assert (run.figures / "range_overview.svg").exists()
