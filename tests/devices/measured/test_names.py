import numpy as np
import pytest

from physdfa.devices.measured import read_measurement
from physdfa.devices.measured.names import Column
from physdfa.errors import InputError


@pytest.mark.parametrize(
    ("name", "direction", "repeat", "output"),
    [
        ("rising_mW", 1, 0, ("", "mW")),
        ("up1_mW", 1, 1, ("", "mW")),
        ("falling_2 (mW)", -1, 2, ("", "mW")),
        ("P_rev3 [dBm]", -1, 3, ("p", "dBm")),
        ("1_rising_mW", 1, 1, ("", "mW")),
        ("run2_fwd_V", 1, 2, ("", "V")),
        ("Power (mW) down 2", -1, 2, ("power", "mW")),
        ("arm1_rising_mW", 1, 0, ("arm1", "mW")),
        ("arm_1_rising_mW", 1, 0, ("arm_1", "mW")),
        ("power2_mW", 0, 0, ("power2", "mW")),
        ("up_and_down", 0, 0, ("up_and_down", "")),
        ("upper_mW", 0, 0, ("upper", "mW")),
    ],
)
def test_a_name_states_direction_repeat_and_output(name, direction, repeat, output):
    column = Column(0, name, holds_numbers=True)
    assert (column.direction, column.repeat, column.output) == (direction, repeat, output)


def test_an_output_is_called_by_what_its_sweeps_share():
    column = Column(0, "arm1_rising_2_mW", holds_numbers=True)
    assert all(column.is_called(name) for name in ("arm1", "arm1_mW", "arm1 (mW)", "ARM1_mw"))
    assert not any(column.is_called(name) for name in ("mW", "arm2", "arm1_dBm", ""))
    assert Column(0, "rising_mW", holds_numbers=True).is_called("mW")


@pytest.mark.parametrize("name", ["t (s)", "Time", "Relative Time", "Index", "Sequence", "X (Sequence)", "#", ""])
def test_what_counts_time_or_rows_is_no_drive(name):
    assert Column(0, name, holds_numbers=True).is_clock


@pytest.mark.parametrize("name", ["bias_V", "Time constant (V)", "T (C)", "x"])
def test_what_may_be_a_drive_is_no_clock(name):
    assert not Column(0, name, holds_numbers=True).is_clock


# Rising: 1 + V and 1.5 + V; falling: 2 + V and 2.5 + V.
SWEEPS = "bias_V,up1_mW,down1_mW,up2_mW,down2_mW\n" + "".join(
    f"{v},{1 + v},{2 + v},{1.5 + v},{2.5 + v}\n" for v in range(4)
)


@pytest.mark.parametrize(
    "y", [None, "mW", "down2_mW,up1_mW,down1_mW,up2_mW", ["up1_mW", "up2_mW", "down1_mW", "down2_mW"]]
)
def test_numbered_pairs_are_repeats_of_both_directions(write, y):
    measurement = read_measurement(write(SWEEPS), y=y)
    assert measurement.direction.tolist() == [1] * 8 + [-1] * 8
    assert measurement.repeat is not None
    assert measurement.repeat.tolist() == ([1] * 4 + [2] * 4) * 2
    expected = np.concatenate([start + np.arange(4) for start in (1.0, 1.5, 2.0, 2.5)])
    assert measurement.output == pytest.approx(1e-3 * expected)
    said = (
        "4 columns share this output and are its sweeps: 2 rising (up1_mW, up2_mW) and 2 falling (down1_mW, down2_mW)"
    )
    assert said in measurement.remarks


def test_one_numbered_pair_is_a_rising_and_a_falling_sweep(write):
    measurement = read_measurement(write(SWEEPS), y="up2_mW,down2_mW")
    assert measurement.direction.tolist() == [1] * 4 + [-1] * 4
    assert measurement.output == pytest.approx(1e-3 * np.concatenate([1.5 + np.arange(4), 2.5 + np.arange(4)]))


def test_one_of_the_repeats_can_be_chosen(write):
    measurement = read_measurement(write(SWEEPS), repeat=2, branch="falling")
    assert measurement.output == pytest.approx(1e-3 * (2.5 + np.arange(4)))


def test_a_name_that_several_outputs_share_says_how_many_and_which(write):
    content = (
        SWEEPS.replace("up1", "arm1_up").replace("down1", "arm1_down").replace("up2", "arm2_up").replace("down2", "x")
    )
    with pytest.raises(
        InputError, match=r"y = 'mW' is shared by 4 columns.*Columns: arm1_up_mW, arm1_down_mW, arm2_up_mW"
    ):
        read_measurement(write(content), y="mW")


@pytest.mark.parametrize("y", ["up1_mW,up1_mW", "up1_mW,other_mW"])
def test_columns_that_are_not_told_apart_are_refused(write, y):
    content = "bias_V,up1_mW,other_mW\n0,1,2\n1,2,3\n"
    with pytest.raises(InputError, match="whose names say so"):
        read_measurement(write(content), y=y)


@pytest.mark.parametrize(
    ("name", "drive", "said"),
    [
        ("rising_mW", [2, 1, 0], "`rising_mW` is taken as the rising sweep, as its name says, though its drive falls"),
        (
            "falling_mW",
            [0, 1, 2],
            "`falling_mW` is taken as the falling sweep, as its name says, though its drive rises",
        ),
        (
            "rising_mW",
            [0, 1, 2, 1, 0],
            "`rising_mW` is taken as a rising sweep, as its name says, though the drive turns",
        ),
    ],
)
def test_a_column_that_goes_another_way_than_its_name_is_remarked(write, name, drive, said):
    content = f"bias_V,{name}\n" + "".join(f"{v},{n + 1}\n" for n, v in enumerate(drive))
    measurement = read_measurement(write(content))
    assert set(measurement.direction.tolist()) == {1 if name.startswith("rising") else -1}
    assert any(remark.startswith(said) for remark in measurement.remarks)


def test_an_output_is_not_taken_over_the_drive_of_another_sweep(write):
    rows = "".join(f"{v},{v + 1},{5 - v},{v + 2}\n" for v in range(6))
    path = write("V_up (V),I_up (A),V_down (V),I_down (A)\n" + rows)
    assert read_measurement(path, x="V_down", y="I_down").drive.tolist() == [5.0, 4.0, 3.0, 2.0, 1.0, 0.0]
    for y in ("I_down", "I"):
        with pytest.raises(InputError, match=r"`I_down \(A\)` is not of the sweep of `V_up \(V\)`"):
            read_measurement(path, x="V_up", y=y)
    alone = write("forward_V,rising_mW,falling_mW\n" + "".join(f"{v},{v},{v + 1}\n" for v in range(4)))
    assert read_measurement(alone).direction.tolist() == [1] * 4 + [-1] * 4
