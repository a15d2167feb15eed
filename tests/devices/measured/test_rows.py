"""What stands between and below the rows is told, never dropped without a word."""

import pytest

from physdfa.devices.measured.table import read_table
from physdfa.errors import InputError

TABLE = "bias_V,power_mW\n0,1\n1,2\n2,3\n"


def test_words_below_the_table_are_left_out_and_remarked(write):
    table = read_table(write(TABLE + "End of data\nCreated, by me, today\n"))
    assert table.num_samples == 3
    assert "skipped 2 lines of text below the table" in table.remarks


def test_rows_of_empty_cells_are_blank_lines(write):
    table = read_table(write("bias_V,power_mW,,\n0,1,,\n,,,\n1,2,,\n,,,\n"))
    assert table.column(1).tolist() == [1.0, 2.0]


def test_a_header_that_comes_again_joins_the_parts(write):
    table = read_table(write(TABLE + TABLE))
    assert table.column(0).tolist() == [0.0, 1.0, 2.0, 0.0, 1.0, 2.0]
    assert any("the header comes again" in remark for remark in table.remarks)
    assert table.numbers == [2, 3, 4, 6, 7, 8]


@pytest.mark.parametrize(
    ("below", "message"),
    [
        ("3", "line 5: this row has 1 cells where the others have 2"),
        ("3,4,5", "line 5: this row has 3 cells where the others have 2"),
        ("current_A,power_mW\n0,1\n", "line 5: 'current_A,power_mW' stands between the rows; if another table begins"),
        ("SetupTitle, I/V, Sweep\n3,4\n", "line 5: 'SetupTitle, I/V, Sweep' stands between the rows"),
        ("Mean,1.5\n", "line 5, column `bias_V`: 'Mean' is not a finite number"),
    ],
)
def test_what_may_be_a_row_or_another_table_is_refused(write, below, message):
    with pytest.raises(InputError, match=message):
        read_table(write(TABLE + below)).column(0)


def test_a_row_may_be_longer_by_empty_cells(write):
    table = read_table(write("bias_V,power_mW\n0,1\n1,2,,\n2,3\n3,4\n"))
    assert table.column(1).tolist() == [1.0, 2.0, 3.0, 4.0]


def test_a_row_may_leave_out_only_columns_without_numbers(write):
    table = read_table(write("bias_V,power_mW,note\n0,1,first\n1,2\n2,3\n"))
    assert table.column(1).tolist() == [1.0, 2.0, 3.0]
    with pytest.raises(InputError, match="line 3: this row has 2 cells where the others have 3"):
        read_table(write("bias_V,power_mW,T_K\n0,1,300\n1,2\n2,3,301\n3,4,301\n"))
