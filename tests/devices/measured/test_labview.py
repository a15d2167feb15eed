"""LabVIEW measurement files, after the specification of National Instruments."""

import pytest

from physdfa.devices.measured import read_measurement
from physdfa.devices.measured.table import read_table
from physdfa.errors import InputError

FILE_HEADER = (
    "LabVIEW Measurement\t\nWriter_Version\t2\nReader_Version\t2\nSeparator\tTab\nDecimal_Separator\t{decimal}\n"
    "Multi_Headings\tYes\nX_Columns\t{x_columns}\nTime_Pref\tRelative\nOperator\tA. B.\nDate\t2019/07/22\n"
    "Time\t17:18:18.93894577\n***End_of_Header***\t\n\t\n"
)
SEGMENT_HEADER = (
    "Channels\t2\t\nSamples\t3\t3\nDate\t2019/07/22\t2019/07/22\nTime\t17:18:18.9\t17:18:18.9\n"
    "Y_Unit_Label\tVolts\tmA\nX_Dimension\tTime\tTime\nX0\t2.0E+0\t2.0E+0\nDelta_X\t0.500000\t0.500000\n"
    "***End_of_Header***\t\t\t\nX_Value\tbias\tphoto current\tComment\n"
)
ROWS = [(-1.5, 0.25), (0.0, 1.0), (1.5, 0.5)]


def lvm(x_columns="No", decimal=".", shifts=(0.0,), header=SEGMENT_HEADER):
    line = {"No": "\t{v}\t{p}", "One": "{t}\t{v}\t{p}", "Multi": "{t}\t{v}\t{t}\t{p}"}[x_columns]
    if x_columns == "Multi":
        header = header.replace("X_Value\tbias\t", "X_Value\tbias\tX_Value\t")
    segments = [
        header + "".join(line.format(t=t, v=v, p=p + shift) + "\n" for t, (v, p) in enumerate(ROWS)) for shift in shifts
    ]
    body = "\n".join(segments).replace(".", decimal)
    return FILE_HEADER.format(x_columns=x_columns, decimal=decimal) + body


@pytest.mark.parametrize("decimal", [".", ","])
@pytest.mark.parametrize("x_columns", ["No", "One", "Multi"])
def test_every_layout_gives_the_same_columns(write, x_columns, decimal):
    measurement = read_measurement(write(lvm(x_columns, decimal), "m.lvm"))
    assert (measurement.x, measurement.y) == ("bias (Volts)", "photo current (mA)")
    assert measurement.drive.tolist() == [-1.5, 0.0, 1.5]
    assert measurement.output == pytest.approx([0.25e-3, 1e-3, 0.5e-3])


def test_the_time_that_only_the_header_states_is_filled_in(write):
    table = read_table(write(lvm("No"), "m.lvm"))
    assert table.names[0] == "X_Value (s)"
    assert table.column(0).tolist() == [2.0, 2.5, 3.0]


def test_segments_follow_one_another_and_are_counted(write):
    measurement = read_measurement(write(lvm(shifts=(0.0, 0.1)), "m.lvm"), branch="rising")
    assert measurement.output == pytest.approx([0.25e-3, 1e-3, 0.5e-3, 0.35e-3, 1.1e-3, 0.6e-3])
    assert measurement.repeat is not None
    assert measurement.repeat.tolist() == [1, 1, 1, 2, 2, 2]
    assert "2 segments, taken one after the other" in measurement.remarks


def test_comments_and_special_blocks_are_no_rows(write):
    special = "***Start_Special***\t\nanything\t1\t2\n***End_Special***\t\n"
    content = (
        lvm().replace("\t-1.5\t0.25\n", "\t-1.5\t0.25\tfirst point\n").replace("\t0.0\t1.0", special + "\t0.0\t1.0")
    )
    assert read_measurement(write(content, "m.lvm")).drive.tolist() == [-1.5, 0.0, 1.5]


def test_a_file_separated_by_commas_is_read(write):
    content = lvm().replace("Separator\tTab", "Separator\tComma").replace("\t", ",")
    assert read_measurement(write(content, "m.lvm")).drive.tolist() == [-1.5, 0.0, 1.5]


def test_the_line_of_a_spoiled_cell_is_that_of_the_file(write):
    content = lvm().replace("\t0.0\t1.0", "\tNaN\t1.0")
    line = content.split("\n").index("\tNaN\t1.0") + 1
    with pytest.raises(InputError, match=rf"line {line}, column `bias \(Volts\)`: 'NaN' is not a finite number"):
        read_measurement(write(content, "m.lvm"))


def test_segments_of_other_columns_and_files_without_rows_are_refused(write):
    two = lvm() + "\n" + SEGMENT_HEADER.replace("bias", "power") + "\t1\t2\n"
    with pytest.raises(InputError, match=r"this segment has the columns X_Value, power, .*in a file of its own"):
        read_measurement(write(two, "m.lvm"))
    with pytest.raises(InputError, match="holds headers but no rows"):
        read_measurement(write(FILE_HEADER.format(x_columns="No", decimal=".") + SEGMENT_HEADER, "m.lvm"))
