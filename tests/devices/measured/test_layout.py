"""The delimiter is the one with which header and rows agree, and no row of numbers is passed over."""

import pytest

from physdfa.devices.measured.layout import find_layout
from physdfa.devices.measured.table import read_table
from physdfa.devices.measured.text import read_text
from physdfa.errors import InputError

ROWS = [(-1.5, 0.25), (0.0, 1.0), (1.5, 0.5), (3.0, 2.0)]


def rows(line):
    return "".join(line.format(v, p) + "\n" for v, p in ROWS)


def with_commas(text):
    return text.replace(".", ",")


# An empty cell is a cell: the columns keep their places and names.
EMPTY = {
    "first column, tab": ("x\tbias (V)\tpower (mW)\n" + rows("\t{}\t{}"), ("x", "bias (V)", "power (mW)")),
    "first column, semicolon": ("x;bias_V;power_mW\n" + with_commas(rows(";{};{}")), ("x", "bias_V", "power_mW")),
    "a column between, tab": ("bias_V\tn\tpower_mW\n" + rows("{}\t\t{}"), ("bias_V", "n", "power_mW")),
    "a column between, comma": ("bias_V,n,power_mW\n" + rows("{},,{}"), ("bias_V", "n", "power_mW")),
    "comments that no row has": ("bias_V\tpower_mW\tComment\n" + rows("{}\t{}"), ("bias_V", "power_mW", "Comment")),
    "a comment in one row": (
        "\tbias (V)\tpower (mW)\tComment\n" + rows("\t{}\t{}").replace("2.0\n", "2.0\tlast one\n"),
        ("", "bias (V)", "power (mW)", "Comment"),
    ),
    "a blank at the end of each row": ("bias_V,power_mW\n" + rows("{},{}, "), ("bias_V", "power_mW", "")),
    "quoted, first column, tab": ('"x"\t"bias_V"\t"power_mW"\n' + rows('\t"{}"\t"{}"'), ("x", "bias_V", "power_mW")),
}  # fmt: skip


@pytest.mark.parametrize("case", EMPTY)
def test_an_empty_cell_is_a_cell(write, case):
    content, names = EMPTY[case]
    table = read_table(write(content))
    assert table.names == names
    drive, output = (index for index, name in enumerate(names) if name.startswith(("bias", "power")))
    assert table.column(drive).tolist() == [v for v, _ in ROWS]
    assert table.column(output).tolist() == [p for _, p in ROWS]


def test_the_header_decides_where_cells_hold_blanks(write):
    """Cut at blanks, more of the cells are numbers: run 1, run 2."""
    table = read_table(write("label\tbias_V\tpower_mW\n" + rows("run 1\t{}\t{}")))
    assert table.names == ("label", "bias_V", "power_mW")
    assert table.column(1).tolist() == [v for v, _ in ROWS]


def test_cells_that_are_empty_here_and_there_leave_the_columns_alone(write):
    table = read_table(write("bias_V\tT (C)\tpower_mW\n-1\t20\t1\n0\t\t2\n1\t\t3\n2\t21\t4\n3\t\t5\n"))
    assert table.column(2).tolist() == [1.0, 2.0, 3.0, 4.0, 5.0]
    with pytest.raises(InputError, match=r"line 3, column `T \(C\)`: the cell is empty"):
        table.column(1)


def test_an_empty_column_is_told(write):
    table = read_table(write("x\tbias_V\tpower_mW\n" + rows("\t{}\t{}")))
    with pytest.raises(InputError, match="column `x` is empty in every row; name another one"):
        table.column(0)


def test_numbers_with_their_units_are_not_cut_at_the_blank(write):
    with pytest.raises(InputError, match=r"line 2: the columns are separated by a tab, and '-1\.5 V' is no number"):
        read_table(write("bias\tpower\n" + rows("{} V\t{} mW")))


# A header block full of words and numbers, some as long as the rows.
BLOCK = (
    "".join(f"TestParameter, Channel.P{k}, {k}, {2 * k}\n" for k in range(30)) + "Dimension1, 4, 4\nDimension2, 1, 1\n"
)


def test_the_table_is_found_below_a_long_header_block(write):
    table = read_table(write(BLOCK + "DataName, V1, I1\n" + rows("DataValue, {}, {}")))
    assert table.names == ("DataName", "V1", "I1")
    assert table.column(1).tolist() == [v for v, _ in ROWS]


def test_a_table_that_begins_after_thousands_of_lines_is_found(write):
    table = read_table(write("a line of words\n" * 3000 + "bias_V,power_mW\n" + rows("{},{}")))
    assert table.names == ("bias_V", "power_mW")
    assert table.num_samples == len(ROWS)


def test_decimal_commas_are_remarked_with_an_example(write):
    table = read_table(write("bias_V;power_mW\n" + with_commas(rows("{};{}"))))
    assert "commas read as decimal marks: -1,5 as -1.5" in table.remarks


def test_marks_between_thousands_are_refused(write):
    table = read_table(write('bias (mV),power (mW)\n"1,000",2\n"2,000",3\n"3,000",4\n'))
    with pytest.raises(InputError, match=r"line 2.*'1,000' is not a finite number; write it without the marks"):
        table.column(0)


def test_exponents_of_fortran_are_read(write):
    table = read_table(write("bias_V power_mW\n-0.1D+01 1.0d-3\n0.2D+01 2.0D-3\n"))
    assert table.column(0).tolist() == [-1.0, 2.0]
    assert table.column(1).tolist() == [1e-3, 2e-3]


@pytest.mark.parametrize("encoding", ["utf-16", "utf-16-le", "utf-16-be", "utf-8-sig", "cp1252"])
def test_any_usual_encoding_is_read(write, encoding):
    content = "Spannung (V);Leistung (µW)\n" + with_commas(rows("{};{}"))
    table = read_table(write(content.encode(encoding)))
    assert table.names == ("Spannung (V)", "Leistung (µW)")


@pytest.mark.parametrize(
    "content",
    [
        "1,2\nbias_V,power_mW\n3,4\n5,6\n7,8\n",  # above the header
        "bias_V,power_mW\n1,2\nn.c.,n.c.\n3,4\n5,6\n",  # above a line of words
        "1\n1 2\n3 4\n5 6\n",  # of another length, right above
    ],
)
def test_no_row_of_numbers_is_passed_over(write, content):
    with pytest.raises(InputError, match=r"line [123]"):
        read_table(write(content)).column(0)


@pytest.mark.parametrize(
    ("delimiter", "line"), [("\t", "\t{}\t{}"), (",", "{},{}"), (";", "{};{}"), (" ", "{} {}"), (" ", "  {}    {}")]
)
def test_without_a_header_the_delimiter_is_found_too(write, delimiter, line):
    layout = find_layout(read_text(write(rows(line))))
    assert (layout.delimiter, layout.begin) == (delimiter, 0)
    assert sum(layout.numeric) == 2
