"""Laboratory files by the hundred: each is read as it was meant, or refused in one sentence."""

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from physdfa.devices.measured import MeasuredCurve, read_measurement
from physdfa.errors import InputError

SPOILED = ["nan", "inf", "OVER", "", "1.5.2", "9.9e37", "--"]
by_the_hundred = settings(max_examples=200, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def read_or_refused(path, **options):
    """The curve of the file, or None; whatever is no curve must be told in one line that names the file."""
    try:
        measurement = read_measurement(path, **options)
        curve = MeasuredCurve.from_measurement(measurement, outside="hold")
    except InputError as refusal:
        message = str(refusal)
        measurement = curve = None
    if measurement is None or curve is None:
        assert path.name in message
        assert "\n" not in message
        return None
    samples = (measurement.drive, measurement.output)
    assert all(values.shape == measurement.direction.shape and np.isfinite(values).all() for values in samples)
    assert np.isfinite(curve.value).all()
    assert np.asarray(curve.slope).any(), "g is constant"
    return measurement


@st.composite
def sweeps(draw):
    """(drive, output) in some order: ascending, descending, there and back, repeated, shuffled."""
    size = draw(st.integers(2, 30))
    drive = np.round(np.linspace(-3.0, 4.0, size), 4)
    order = draw(st.sampled_from(["ascending", "descending", "there and back", "repeated", "shuffled"]))
    if order == "descending":
        drive = drive[::-1]
    elif order == "there and back":
        drive = np.concatenate([drive, drive[::-1]])
    elif order == "repeated":
        drive = np.repeat(drive, draw(st.integers(2, 3)))
    elif order == "shuffled":
        drive = drive[np.random.default_rng(draw(st.integers(0, 99))).permutation(size)]
    return drive, np.round(2.0 + np.tanh(drive), 5)


@st.composite
def files(draw):
    """(drive, output, content) of a file in a random format."""
    drive, output = draw(sweeps())
    delimiter = draw(st.sampled_from([",", "\t", ";", "  "]))
    decimal = draw(st.sampled_from([".", ","])) if delimiter != "," else "."
    end = draw(st.sampled_from(["\n", "\r\n"]))
    quote = draw(st.sampled_from(["", '"'])) if delimiter != "  " else ""
    rows = [[f"{v:.6g}", f"{p:.6e}"] for v, p in zip(drive, output, strict=True)]
    cells = [[cell.replace(".", decimal) for cell in row] for row in rows]
    unit = draw(st.sampled_from(["bias_{} power_{}", "U({}) P({})", "I/{} y/{}"])).format("V", "mW").split()
    lines = draw(st.lists(st.sampled_from(["# a comment, of mine", '"#\tUser: x"', "% 2 3", "// 1", ""]), max_size=3))
    lines += [delimiter.join(f"{quote}{cell}{quote}" for cell in row) for row in [unit, *cells]]
    mark = draw(st.sampled_from([b"", b"\xef\xbb\xbf"]))
    return drive, output, mark + end.join(lines).encode() + draw(st.sampled_from([b"", end.encode()]))


@by_the_hundred
@given(files())
def test_a_sound_file_is_read_as_it_was_meant(tmp_path, file):
    drive, output, content = file
    path = tmp_path / "sound.csv"
    path.write_bytes(content)
    measurement = read_or_refused(path)
    assert measurement is not None
    assert measurement.drive == pytest.approx(drive)
    assert measurement.output == pytest.approx(1e-3 * output)


@by_the_hundred
@given(files(), st.sampled_from(SPOILED), st.integers(0, 59), st.integers(0, 1))
def test_one_spoiled_cell_is_refused_with_its_line(tmp_path, file, cell, row, column):
    drive, _, content = file
    row %= len(drive)
    text = content.decode("utf-8-sig").replace("\r\n", "\n").rstrip("\n").split("\n")
    number = len(text) - len(drive) + row
    delimiter = next(mark for mark in ("\t", ";", "  ", ",") if mark in text[-1])
    cells = text[number].split(delimiter)
    cells[column] = cell
    text[number] = delimiter.join(cells)
    path = tmp_path / "spoiled.csv"
    path.write_text("\n".join(text))
    # With a few rows there is no telling which are the usual ones: then another line may be found at fault.
    with pytest.raises(InputError, match=f"line {number + 1}[:,]" if len(drive) > 4 else None):
        read_measurement(path, x=1, y=2)


@by_the_hundred
@given(st.text(alphabet='0123456789.,;\t \n\r-+eE#"%nafVWmdB()[]_', max_size=120), st.booleans())
def test_any_text_is_a_curve_or_refused(tmp_path, content, named):
    path = tmp_path / "text.csv"
    path.write_text(content, newline="")
    read_or_refused(path, **({"x": 1, "y": 2, "x_unit": "V", "y_unit": ""} if named else {}))


@by_the_hundred
@given(st.lists(st.lists(st.sampled_from(["0", "1", "2.5", "-1", "1e9", "1e-30", "nan", "x"]), min_size=2, max_size=3)))
def test_any_table_of_few_numbers_is_a_curve_or_refused(tmp_path, rows):
    path = tmp_path / "table.csv"
    path.write_text("\n".join(",".join(row) for row in rows))
    read_or_refused(path, x=1, y=2, x_unit="V", y_unit="W")


@by_the_hundred
@given(st.binary(max_size=80))
def test_any_bytes_are_a_curve_or_refused(tmp_path, content):
    path = tmp_path / "bytes.csv"
    path.write_bytes(content)
    read_or_refused(path)
