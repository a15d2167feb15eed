import numpy as np
import pytest

from physdfa.devices.measured import read_measurement
from physdfa.errors import InputError

SAME_SWEEP = {
    "comma": "bias (V),power (mW)\n-1.5,0.25\n0,1e0\n1.5,.5\n",
    "tab": "bias (V)\tpower (mW)\n-1.5\t0.25\n0\t1\n1.5\t0.5\n",
    "semicolon": "bias_V;power_mW\n-1.5;0.25\n0;1\n1.5;0.5\n",
    "space": "bias_V power_mW\n-1.5  0.25\n 0 1\n 1.5 0.5\n",
    "space and words in the header": "bias (V)  power (mW)\n-1.5 0.25\n0 1\n1.5 0.5\n",
    "decimal comma, semicolon": "bias [V];power [mW]\n-1,5;0,25\n0;1\n1,5;0,5\n",
    "decimal comma, tab": "bias/V\tpower/mW\n-1,5\t0,25\n0\t1\n1,5\t0,5\n",
    "decimal comma, space": "bias/V power/mW\n-1,5 0,25\n0 1\n1,5 0,5\n",
    "quotation marks": '"bias, V (V)","power (mW)"\n"-1,5","0,25"\n"0","1"\n"1,5","0,5"\n',
    "comments": '# laser 1, 2 mW\n"#\tUser: a, b",,\n% 3\n// 4\n\nbias_V,power_mW\n-1.5,0.25\n# 0.3,1\n0,1\n1.5,0.5\n',
    "text above the header": "Keithley 2400\nDate;2024\nbias_V;power_mW\n-1,5;0,25\n0;1\n1,5;0,5\n",
    "header as a comment": "# bias_V power_mW\n-1.5 0.25\n0 1\n1.5 0.5\n",
    "a row of units": "bias,power\nV,mW\n-1.5,0.25\n0,1\n1.5,0.5\n",
    "millivolts and dBm": "bias_mV,power_dBm\n-1500,-6.020599913279624\n0,0\n1500,-3.010299956639812\n",
    "byte order mark": "\ufeffbias_V,power_mW\r\n-1.5,0.25\r\n0,1\r\n1.5,0.5\r\n",
    "old Mac line ends": "bias_V,power_mW\r-1.5,0.25\r0,1\r1.5,0.5",
    "UTF-16": "bias_V,power_mW\n-1.5,0.25\n0,1\n1.5,0.5\n".encode("utf-16"),
    "Windows-1252": "température 20 °C\nbias_V,power_µW\n-1.5,250\n0,1000\n1.5,500\n".encode("cp1252"),
    "typeset minus": "bias_V,power_mW\n\u22121.5,0.25\n0,1\n1.5,0.5\n",
    "a comma after each row": "bias_V,power_mW,\n-1.5,0.25,\n0,1,\n1.5,0.5,\n",
    "rows": "bias_V,-1.5,0,1.5\npower_mW,0.25,1,0.5\n",
    "time first": "t (s),bias_V,power_mW\n0,-1.5,0.25\n1,0,1\n2,1.5,0.5\n",
    "a column of text": "bias_V,power_mW,status\n-1.5,0.25,ok\n0,1,ok\n1.5,0.5,late\n",
}


@pytest.mark.parametrize("layout", SAME_SWEEP)
def test_the_same_sweep_is_read_from_every_layout(write, layout):
    drive, output = (0, 1) if layout != "time first" else (1, 2)
    measurement = read_measurement(write(SAME_SWEEP[layout]), x=drive + 1, y=output + 1)
    assert measurement.drive == pytest.approx([-1.5, 0.0, 1.5])
    assert measurement.output == pytest.approx([0.25e-3, 1e-3, 0.5e-3])
    assert (measurement.drive_unit, measurement.output_unit) == ("V", "W")
    assert measurement.direction.tolist() == [1, 1, 1]


@pytest.mark.parametrize("end", [",", ", ", ",,"])
def test_delimiters_at_the_end_of_each_line_are_no_columns(write, end):
    rows = ("bias_V,power_mW", "-1.5,0.25", "0,1", "1.5,0.5")
    measurement = read_measurement(write("".join(f"{row}{end}\n" for row in rows)))
    assert (measurement.x, measurement.y) == ("bias_V", "power_mW")
    assert measurement.output == pytest.approx([0.25e-3, 1e-3, 0.5e-3])


REFUSED = {
    "nan": ("V (V),P (mW)\n0,1\n1,nan\n2,3\n", {}, r"line 3, column `P \(mW\)`: 'nan' is not a finite number"),
    "inf": ("V (V),P (mW)\n0,1\n1,inf\n2,3\n", {}, r"line 3.*'inf' is not a finite number"),
    "overflow mark": ("V (V),P (mW)\n0,1\n1,9.91E37\n2,3\n", {}, r"line 3.*'9.91E37' is not"),
    "text in a number column": ("# a\nV (V),P (mW)\n0,1\n1,OVER\n2,3\n", {}, r"line 4, column `P \(mW\)`: 'OVER'"),
    "text in the first row": ("V (V),P (mW)\n0,n.c.\n1,2\n2,3\n", {}, r"line 2, column `P \(mW\)`: 'n.c.'"),
    "text without header": ("abc,1\n1,2\n2,3\n", {"x_unit": "V", "y_unit": "W"}, r"line 1, column `1`: 'abc'"),
    "empty cell": ("V (V),P (mW)\n0,1\n1,\n2,3\n", {}, r"line 3, column `P \(mW\)`: the cell is empty"),
    "two decimal marks": ("V (V);P (mW)\n0.5;1\n1,5;2\n2.5;3\n", {}, r"line 3, column `V \(V\)`: '1,5'"),
    "one row": ("V (V),P (mW)\n0,1\n", {}, r"line 2: the file has one row"),
    "empty": ("", {}, "empty"),
    "only comments": ("# nothing\n\n", {}, "holds no data"),
    "no number": ("a,b\nc,d\n", {}, "no row of numbers"),
    "constant drive": ("V (V),P (mW)\n1,1\n1,2\n", {}, r"column `V \(V\)` is constant"),
    "constant output": ("V (V),P (mW)\n1,1\n2,1\n", {}, r"column `P \(mW\)` is constant"),
    "below single precision": ("V (V),P (W)\n1,1\n2,1.0000000001\n", {}, "less than single precision holds"),
    "negative power": ("V (V),P (mW)\n0,1\n1,-0.5\n2,3\n", {}, r"line 3.*-0.5 mW is a negative optical power"),
    "no unit": ("V (V),level\n0,-3\n1,-4\n", {}, r"column `level` states no unit.*y_unit"),
    "no drive unit": ("drive,P (mW)\n0,3\n1,4\n", {}, r"column `drive` states no unit.*x_unit"),
    "unknown unit": ("V (V),P\n0,3\n1,4\n", {"y_unit": "furlong"}, r"y_unit = 'furlong' is not a known unit"),
    "twice the same name": ("V (V),P (mW),P (mW)\n0,1,1\n1,2,3\n", {"x": 1, "y": "P"}, r"2 columns are called.*2 or 3"),
    "one column": ("V|P\n0|1\n1|2\n", {}, "no row of numbers was found"),
    "a list": ("0.5\n0.6\n", {}, "line 1: only one column was found"),
    "ragged": ("V (V),P (mW)\n0,1\n1,2,3\n2,3\n", {}, "line 3: this row has 3 cells where the others have 2"),
    "header of another length": ("V (V),P (mW)\n0,1,2,3\n1,2,3,5\n", {}, r"line 1: the header names 2.*decimal commas"),
    "no such column": ("bias_V,P_mW\n0,1\n1,2\n", {"x": "bais_V"}, "'bais_V' is not a column.*Did you mean 'bias_V'"),
    "column zero": ("bias_V,P_mW\n0,1\n1,2\n", {"x": "0"}, "x = '0' is not a column"),
    "which output": ("bias_V,P_mW,Q_mW\n0,1,2\n1,2,3\n", {}, "with --y. Columns: P_mW, Q_mW"),
    "which drive": ("a_V,b_V,P_mW\n0,1,2\n1,2,3\n", {"y": "P"}, "with --x. Columns: a_V, b_V"),
    "only a clock": ("t (s),P (mW)\n0,1\n1,2\n", {"y": "P"}, "name it with x"),
    "the same column twice": ("bias_V,P_mW\n0,1\n1,2\n", {"x": "P_mW", "y": "P_mW"}, "must be different columns"),
    "no such branch": ("bias_V,P_mW\n0,1\n1,2\n", {"branch": "falling"}, 'no falling sweep.*branch = "rising"'),
    "unknown branch": ("bias_V,P_mW\n0,1\n1,2\n", {"branch": "both"}, "must be one of rising, falling, mean, random"),
    "outputs of no direction": ("V (V),a_V,b_V\n0,1,2\n1,2,3\n", {"x": 1, "y": ["a_V", "b_V"]}, "one rising and one"),
    "binary": (b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR", {}, "binary"),
    "too large a level": ("V (V),P (dBm)\n0,1\n1,4000\n", {}, "line 3.*4000 dBm is not a power"),
}  # fmt: skip


@pytest.mark.parametrize("mistake", REFUSED)
def test_what_cannot_be_a_measurement_is_refused_with_place_and_reason(write, mistake):
    content, options, message = REFUSED[mistake]
    with pytest.raises(InputError, match=message) as refusal:
        read_measurement(write(content), **options)
    assert "\n" not in str(refusal.value)


def test_a_folder_and_a_missing_file_are_told(tmp_path):
    with pytest.raises(InputError, match="is a folder"):
        read_measurement(tmp_path)
    with pytest.raises(InputError, match="no such file"):
        read_measurement(tmp_path / "sweep.csv")


def test_a_table_without_header_is_read_by_number_and_unit(write):
    measurement = read_measurement(write("0 10 7\n1 20 8\n"), x="1", y="3", x_unit="mA", y_unit="")
    assert (measurement.drive_unit, measurement.output_unit) == ("A", "")
    assert measurement.drive.tolist() == [0.0, 1e-3]
    assert measurement.output.tolist() == [7.0, 8.0]


def test_the_only_possible_columns_need_no_name(write):
    measurement = read_measurement(write("time_s,bias_V,current_uA\n0,1,5\n1,2,6\n"))
    assert (measurement.x, measurement.y) == ("bias_V", "current_uA")
    assert measurement.output == pytest.approx([5e-6, 6e-6])


def test_a_column_is_found_without_its_unit_and_in_any_case(write):
    path = write("Bias (V),P1 (mW),P2 (mW)\n0,1,2\n1,2,3\n")
    assert read_measurement(path, x="bias", y="p2").y == "P2 (mW)"


BOTH_WAYS = "bias_V,rising_mW,rising_dBm,falling_mW,falling_dBm\n0,1,0,2,3.0103\n1,4,6.0206,8,9.0309\n"


@pytest.mark.parametrize("y", ["mW", "rising_mW,falling_mW", ["falling_mW", "rising_mW"]])
def test_columns_for_each_direction_become_the_branches_of_one_measurement(write, y):
    measurement = read_measurement(write(BOTH_WAYS), y=y, branch="random")
    assert measurement.drive.tolist() == [0.0, 1.0, 0.0, 1.0]
    assert measurement.output.tolist() == pytest.approx([1e-3, 4e-3, 2e-3, 8e-3])
    assert measurement.direction.tolist() == [1, 1, -1, -1]
    assert measurement.has_both_branches


def test_a_branch_keeps_its_samples_only(write):
    path = write(BOTH_WAYS)
    assert read_measurement(path, y="dBm", branch="falling").output == pytest.approx([2e-3, 8e-3], rel=1e-4)
    assert read_measurement(path, y="falling_dBm").direction.tolist() == [-1, -1]
    with pytest.raises(InputError, match="no falling sweep"):
        read_measurement(path, y="rising_dBm", branch="random")


def test_decibels_relative_to_nothing_are_a_ratio_of_powers(write):
    measurement = read_measurement(write("bias_V,T_dB\n0,-10\n1,-20\n"))
    assert measurement.output == pytest.approx([0.1, 0.01])
    assert measurement.output_unit == ""


def test_a_given_unit_wins_over_the_written_one_and_is_remarked(write):
    measurement = read_measurement(write("bias_V,P_mW\n0,1\n1,2\n"), x_unit="mV")
    assert measurement.drive.tolist() == [0.0, 1e-3]
    assert any("read in mV" in remark for remark in measurement.remarks)


def test_a_second_coordinate_is_kept_with_its_unit(write):
    rows = "bias_V,temp_degC,P_mW\n0,20,1\n1,20,2\n0,30,2\n1,30,3\n"
    measurement = read_measurement(write(rows), setting="temp_degC")
    assert measurement.setting == pytest.approx([293.15, 293.15, 303.15, 303.15])
    assert measurement.setting_unit == "K"
    assert measurement.direction.tolist() == [1, 1, 1, 1]


def test_a_million_rows_are_read_whole(write):
    drive = np.linspace(-7.0, 7.0, 1_000_000)
    lines = [f"{v:.6f},{v * v:.6f}" for v in drive.tolist()]
    measurement = read_measurement(write("bias_V,P_mW\n" + "\n".join(lines)))
    assert len(measurement.drive) == 1_000_000
    assert measurement.output[-1] == pytest.approx(49e-3)


@pytest.fixture(scope="module")
def curves(real_data_dir):
    folder = real_data_dir / "device_measurements"
    if not folder.is_dir():
        pytest.skip("the measured device curves are not here; set PHYSDFA_DATA to the folder that holds them")
    return folder


# Sizes and ends as the README beside the files states them.
PUBLISHED = {
    "single drive": ("mzm_single_drive_labtel.csv", {"y": "rising_dBm"}, 71, (-7.0, 7.0), ("V", "W")),
    "dual parallel": ("mzm_dual_parallel_labtel.csv", {"y": "phase_mW"}, 142, (-7.0, 7.0), ("V", "W")),
    "laser": ("laser_diode_ivl_2mm_15C_oregon.csv", {"x": "SMU Curr", "y": "DMM Volt"}, 201, (0.0, 2.0), ("A", "V")),
    "interferometer": (
        "mzi_wavelength_sweep_siepic.csv",
        {"x": "wavelength", "y": "channel_1", "x_unit": "nm", "y_unit": "dBm"},
        12001,
        (1300e-9, 1330e-9),
        ("m", "W"),
    ),
    "Pockels cell": (
        "pockels_mzi_0deg_heidelberg.txt",
        {"y": "CH2", "x": "CH1", "x_unit": "V", "y_unit": "V"},
        1000,
        (0.244063, 5.5025),
        ("V", "V"),
    ),
}


@pytest.mark.parametrize("device", PUBLISHED)
def test_every_published_curve_is_read_whole(curves, device):
    name, options, num_samples, ends, units = PUBLISHED[device]
    measurement = read_measurement(curves / name, **options)
    assert len(measurement.drive) == num_samples
    assert (measurement.drive.min(), measurement.drive.max()) == pytest.approx(ends, abs=3e-4 * ends[1])
    assert (measurement.drive_unit, measurement.output_unit) == units


def test_a_published_level_without_a_unit_is_refused(curves):
    with pytest.raises(InputError, match="states no unit"):
        read_measurement(curves / "mzi_wavelength_sweep_siepic.csv", x="wavelength", y="channel_1", x_unit="nm")


def test_the_published_triangle_sweep_has_three_pieces(curves):
    options = {"x": "CH1", "y": "CH2", "x_unit": "V", "y_unit": "V"}
    measurement = read_measurement(curves / "pockels_mzi_0deg_heidelberg.txt", **options)
    turns = np.flatnonzero(np.diff(measurement.direction))
    assert [int(sign) for sign in measurement.direction[[0, 500, -1]]] == [1, -1, 1]
    assert len(turns) == 2
    assert measurement.drive[turns] == pytest.approx([measurement.drive.max(), measurement.drive.min()], abs=0.02)
