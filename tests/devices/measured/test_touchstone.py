"""A Touchstone file and the bandwidth in it; expected values are those of an RC low pass in closed form."""

import cmath
import math
import sys

import numpy as np
import pytest

from physdfa.devices.measured import read_measurement
from physdfa.devices.measured.touchstone import FrequencyResponse, bandwidth_of, is_touchstone, read_touchstone
from physdfa.errors import InputError, MissingExtraError

POLE = 2e9
FREQUENCY = 1e7 * 1.05 ** np.arange(140)  # to 8.8 GHz


def low_pass(frequency, pole=POLE, gain=3.0):
    return gain / (1 + 1j * frequency / pole)


def response(magnitude, frequency=FREQUENCY):
    return FrequencyResponse(frequency=frequency, magnitude=magnitude, source="x.s2p", parameter="S21", ports=2)


@pytest.fixture
def reader():
    pytest.importorskip("skrf")


def numbers(value, form):
    if form == "RI":
        return f"{value.real:.9e} {value.imag:.9e}"
    size = 20 * math.log10(abs(value)) if form == "DB" else abs(value)
    return f"{size:.9e} {math.degrees(cmath.phase(value)):.9e}"


def write(path, form="RI", unit="Hz", version=1, values=None):
    """S21 is the low pass, S12 a thousandth, S11 and S22 a tenth."""
    scale = {"Hz": 1.0, "MHz": 1e6, "GHz": 1e9}[unit]
    values = low_pass(FREQUENCY) if values is None else values
    lines = ["! a part on the bench"]
    if version == 2:
        lines += ["[Version] 2.0", f"# {unit} S {form} R 50", "[Number of Ports] 2", "[Two-Port Data Order] 12_21"]
        lines += [f"[Number of Frequencies] {len(values)}", "[Reference] 50 50", "[Network Data]"]
    else:
        lines += [f"# {unit} S {form} R 50"]
    for frequency, through in zip(FREQUENCY, values, strict=True):
        small, reflected = numbers(1e-3 + 0j, form), numbers(0.1 + 0j, form)
        between = [numbers(through, form), small]
        order = [reflected, *(between if version == 1 else between[::-1]), reflected]
        lines.append(f"{frequency / scale:.12e} {' '.join(order)}")
    path.write_text("\n".join([*lines, *(["[End]"] if version == 2 else [])]) + "\n")
    return path


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize("unit", ["Hz", "MHz", "GHz"])
@pytest.mark.parametrize("form", ["RI", "MA", "DB"])
def test_a_file_of_version_1_is_read_in_every_form_and_unit(tmp_path, form, unit):
    found = read_touchstone(write(tmp_path / "part.s2p", form, unit))
    np.testing.assert_allclose(found.frequency, FREQUENCY, rtol=1e-9)
    np.testing.assert_allclose(found.magnitude, 3.0 / np.sqrt(1 + (FREQUENCY / POLE) ** 2), rtol=1e-6)
    assert (found.source, found.parameter, found.ports) == ("part.s2p", "S21", 2)


@pytest.mark.usefixtures("reader")
def test_a_file_of_version_2_says_in_which_order_its_columns_stand(tmp_path):
    path = write(tmp_path / "part.ts", "MA", "GHz", version=2)
    np.testing.assert_allclose(read_touchstone(path).magnitude, np.abs(low_pass(FREQUENCY)), rtol=1e-6)
    np.testing.assert_allclose(read_touchstone(path, "s12").magnitude, 1e-3, rtol=1e-6)


def test_an_rc_low_pass_has_its_pole_as_bandwidth():
    found = bandwidth_of(response(np.abs(low_pass(FREQUENCY))))
    # Within a step of 5 % a straight line is up to 1.3e-3 dB away, at a slope of 4.3 dB per factor of e.
    assert found.f_3db == pytest.approx(POLE, rel=3e-4)
    assert found.level_db == pytest.approx(20 * math.log10(3.0), abs=1e-3)
    assert found.misfit_db < 2e-3
    assert found.warnings == ()


def test_two_equal_poles_have_less_bandwidth_and_are_no_first_order_low_pass():
    fine = 1e7 * 1.005 ** np.arange(1400)
    found = bandwidth_of(response(np.abs(low_pass(fine)) ** 2, fine))
    assert found.f_3db == pytest.approx(POLE * math.sqrt(math.sqrt(2) - 1), rel=1e-4)
    # At twice f_3dB: 20 log10(1 + 4 (sqrt 2 - 1)) against 10 log10 5.
    expected = 20 * math.log10(1 + 4 * (math.sqrt(2) - 1)) - 10 * math.log10(5)
    assert found.misfit_db == pytest.approx(expected, abs=0.02)
    assert "first-order" in " ".join(found.warnings)


def test_a_response_at_0_hz_has_the_level_at_rest():
    frequency = np.array([0.0, 2.0])
    found = bandwidth_of(response(np.array([1.0, 10 ** (-2 * 3.010299957 / 20)]), frequency))
    assert found.f_3db == pytest.approx(1.0, rel=1e-6)


def test_a_response_that_does_not_fall_by_3_db_has_no_bandwidth_within_the_sweep():
    found = bandwidth_of(response(np.abs(low_pass(FREQUENCY, pole=1e11))))
    assert (found.f_3db, found.misfit_db) == (None, None)


def test_a_peak_a_late_begin_and_a_return_are_warned_of():
    resonant = np.abs(1 / (1 - (FREQUENCY / POLE) ** 2 + 1j * FREQUENCY / POLE))
    assert "it peaks by 1.2" in bandwidth_of(response(resonant)).warnings[0]  # 2 / sqrt 3 at a quality of 1: 1.25 dB
    late = FREQUENCY[FREQUENCY > 0.5 * POLE]
    assert "the sweep begins" in bandwidth_of(response(np.abs(low_pass(late)), late)).warnings[0]
    magnitude = np.abs(low_pass(FREQUENCY))
    magnitude[-1] = 3.0
    assert "it comes back above the 3 dB at 8.8" in bandwidth_of(response(magnitude)).warnings[0]


def test_a_response_that_rises_first_is_no_low_pass():
    with pytest.raises(InputError, match=r"rises by .* dB .* and is no low pass; delete the rows below its pass band"):
        bandwidth_of(response(FREQUENCY / 1e9 * np.abs(low_pass(FREQUENCY)) ** 2))


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "has 0 frequencies"),
        ("# GHz S RI R 50\n1 0 0 1 0 0 0 0 0\n", "has 1 frequencies"),
        ("# GHz S RI R 50\n1 2 3\n", "are no matrix of 2 ports"),
        ("# GHz S RI R 50\n1 2 3 4\n", "is no Touchstone file that can be read"),
        ("garbage\n", "is no Touchstone file that can be read"),
        ("# GHz Q RI R 50\n1 0 0 1 0 0 0 0 0\n", "is no Touchstone file that can be read"),
        ("# GHz S RI R 50\n2 0 0 1 0 0 0 0 0\n2 0 0 1 0 0 0 0 0\n", "must be numbers >= 0 Hz that rise"),
        (
            "# GHz S RI R 50\n1 0 0 nan 0 0 0 0 0\n2 0 0 1 0 0 0 0 0\n",
            "S21 at 1e+09 Hz is nan; it must be above 0 and finite",
        ),
        (
            "# GHz S DB R 50\n1 0 0 9999 0 0 0 0 0\n2 0 0 1 0 0 0 0 0\n",
            "S21 at 1e+09 Hz is inf; it must be above 0 and finite",
        ),
        (
            "# GHz S RI R 50\n1 0 0 0 0 0 0 0 0\n2 0 0 1 0 0 0 0 0\n",
            "S21 at 1e+09 Hz is 0; it must be above 0 and finite",
        ),
        ("[Version] 2.0\n# GHz S RI R 50\n[Number of Ports] 99999999\n", "claims '99999999' ports; 1 to 99 are read"),
        ("[Version] 2.0\n# GHz S RI R 50\n[Number of Ports] many\n", "claims 'many' ports"),
    ],
)
def test_a_file_that_is_none_is_refused_in_a_sentence(tmp_path, text, said):
    path = tmp_path / "x.s2p"
    path.write_text(text)
    with pytest.raises(InputError) as refusal:
        read_touchstone(path)
    assert said in str(refusal.value)


@pytest.mark.usefixtures("reader")
@pytest.mark.parametrize(
    ("parameter", "said"),
    [
        ("S11", "is what a port reflects"),
        ("S31", "has 2 ports and no S31"),
        ("S10,1", "has 2 ports and no S10,1"),
        ("S20", "is what a port reflects; name what passes through"),
        ("power", "names a parameter such as S21"),
    ],
)
def test_a_parameter_that_is_none_is_refused(tmp_path, parameter, said):
    with pytest.raises(InputError, match=said):
        read_touchstone(write(tmp_path / "x.s2p"), parameter)


@pytest.mark.usefixtures("reader")
def test_a_file_that_is_not_there_or_is_a_folder_is_refused(tmp_path):
    with pytest.raises(InputError, match="there is no such file"):
        read_touchstone(tmp_path / "x.s2p")
    with pytest.raises(InputError, match="cannot be read"):
        read_touchstone(tmp_path)


def test_without_the_package_the_extra_is_named(tmp_path, monkeypatch):
    monkeypatch.setitem(sys.modules, "skrf.io.touchstone", None)
    with pytest.raises(MissingExtraError, match=r"pip install 'physdfa\[touchstone\]'"):
        read_touchstone(tmp_path / "x.s2p")


def test_the_ending_tells_a_touchstone_file(tmp_path):
    assert all(is_touchstone(tmp_path / name) for name in ("a.s2p", "a.S4P", "a.s12p", "a.ts"))
    assert not any(is_touchstone(tmp_path / name) for name in ("a.csv", "a.sp", "a.s2px", "s2p"))


def test_a_frequency_response_is_refused_as_a_curve_with_the_way_out(tmp_path):
    with pytest.raises(InputError, match=r"is a frequency response .* finds its f_3dB"):
        read_measurement(write(tmp_path / "x.s2p"))
