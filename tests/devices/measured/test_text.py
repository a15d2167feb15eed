"""Lines of a text file as no instrument writes them."""

import pytest

from physdfa.devices.measured import read_measurement
from physdfa.errors import InputError


@pytest.mark.parametrize(
    "line",
    ["9" * 100_000 + "x,y", "a" + " " * 20_000 + "(b,y", "V" + "(" * 20_000 + "b,y", "V [V]" + " in " * 9_000 + ",y"],
    ids=["digits", "blanks", "brackets", "words"],
)
def test_a_line_of_thousands_of_signs_takes_no_time(tmp_path, line):
    (tmp_path / "a.csv").write_text(f"{line}\n0,1\n1,2\n2,3\n")
    with pytest.raises(InputError):  # hung for minutes where a sign had two places in a pattern
        read_measurement(tmp_path / "a.csv")


def test_a_file_that_no_measurement_can_need_is_refused_unread(tmp_path):
    with (tmp_path / "a.csv").open("wb") as file:
        file.truncate(1 << 40)
    with pytest.raises(InputError, match="more than the"):
        read_measurement(tmp_path / "a.csv")
