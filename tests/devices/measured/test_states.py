import dataclasses

import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices.measured import MeasuredCurve, disagreements, read_measurement
from physdfa.errors import InputError

UP = np.linspace(-1.0, 1.0, 81)
LOOP = np.concatenate([UP[40:], UP[::-1], UP, UP[::-1], UP])  # up from 0, and two loops from -1
SWITCH = 41 + 81 + 40  # the sample at which the state changes: at 0 V, on the way up


def memristor(low=0.1, seed=None, noise=0.0):
    """A sweep file: conductance 1 S, and `low` [S] from the switch on; noise in A."""
    output = LOOP.copy()
    output[SWITCH:] *= low
    if seed is not None:
        output += np.random.default_rng(seed).normal(0.0, noise, len(LOOP))
    return "v (V),i (A)\n" + "".join(f"{v:.4f},{i:.6f}\n" for v, i in zip(LOOP, output, strict=True))


def test_states_that_would_be_averaged_are_named_with_the_choice(write):
    measurement = read_measurement(write(memristor()))
    said = disagreements(measurement, "rising")
    assert len(said) == 1
    # Between -1 and -0.775 V the current differs by 0.9 * 0.8875 A on average, of a swing of 2 A.
    assert "the 3 rising repeats of `i (A)` disagree by up to 40 % of the swing (near -0.875 V)" in said[0]
    assert "Choose one with repeat = 1, ..., 3" in said[0]
    assert 'repeat = "mean"' in said[0]


def test_a_choice_ends_the_warning_and_changes_what_is_used(write):
    path = write(memristor())
    chosen = [read_measurement(path, repeat=number) for number in (1, 3)]
    for measurement, conductance in zip(chosen, (1.0, 0.1), strict=True):
        assert measurement.output == pytest.approx(conductance * measurement.drive)
        assert not disagreements(measurement, "rising")
    averaged = read_measurement(path, repeat="mean")
    assert not disagreements(averaged, "rising")
    assert any("averaged as asked" in remark for remark in averaged.remarks)
    assert len(averaged.drive) == len(LOOP)


@pytest.mark.parametrize("noise", [0.02, 0.1, 0.6])
def test_noise_is_no_state(write, noise):
    for seed in range(5):
        measurement = read_measurement(write(memristor(low=1.0, seed=seed, noise=noise)))
        assert not disagreements(measurement, "rising")
        assert not disagreements(measurement, None)


def test_states_are_seen_through_noise(write):
    for seed in range(5):
        assert disagreements(read_measurement(write(memristor(seed=seed, noise=0.05))), "rising")


def test_repeats_at_coarser_steps_agree_with_finer_ones(write):
    fine, coarse = np.linspace(0.0, 7.0, 141), np.linspace(0.0, 7.0, 8)
    drive = np.concatenate([fine, coarse])
    rows = "".join(f"{v:.4f},{np.sin(2.0 * v) + 1.0:.6f}\n" for v in drive)
    measurement = read_measurement(write("v (V),p (W)\n" + rows))
    assert measurement.repeat is not None
    assert measurement.repeat.max() == 2
    assert not disagreements(measurement, "rising")


def test_samples_of_one_drive_are_repeats_where_there_is_one_sweep(write):
    rows = "".join(f"{v},{v * scale}\n" for v in range(1, 6) for scale in (1.0, 0.2))
    measurement = read_measurement(write("v (V),i (A)\n" + rows))
    assert measurement.repeat is not None
    assert measurement.repeat.tolist() == [1, 2] * 5
    assert "the 2 rising repeats of `i (A)` disagree by up to 83 %" in disagreements(measurement, None)[0]  # 4 of 4.8 A
    assert read_measurement(write("v (V),i (A)\n" + rows), repeat="2").output == pytest.approx(0.2 * np.arange(1, 6))


def test_directions_that_nobody_chose_between_are_named_too(write):
    rows = "".join(f"{v},{v},{v + 1.0}\n" for v in range(6))
    measurement = read_measurement(write("bias_V,rising_mW,falling_mW\n" + rows))
    said = disagreements(measurement, None)
    assert len(said) == 1
    assert "the rising and falling sweeps" in said[0]
    assert "17 % of the swing" in said[0]  # 1 of 6 mW
    assert 'branch = "mean"' in said[0]
    assert not disagreements(measurement, "mean")


def test_states_at_one_setting_are_found_among_others(write):
    rows = "".join(f"{v},{t},{v + t}\n" for t in (20, 30) for v in range(6))
    again = "".join(f"{v},30,{3 * v + 30}\n" for v in range(6))
    options = {"x": "bias_V", "y": "P_mW", "setting": "T_C"}
    assert not disagreements(read_measurement(write("bias_V,T_C,P_mW\n" + rows), **options), None)
    assert disagreements(read_measurement(write("bias_V,T_C,P_mW\n" + rows + again), **options), None)


def test_without_numbers_of_repeats_nothing_is_said(write):
    measurement = dataclasses.replace(read_measurement(write(memristor())), repeat=None)
    assert not disagreements(measurement, "rising")


@pytest.mark.parametrize("repeat", ["last", 0, "-1", "1.5"])
def test_what_is_no_repeat_is_refused(write, repeat):
    with pytest.raises(InputError, match='`repeat` must be "mean" or the number of a repeat from 1'):
        read_measurement(write(memristor()), repeat=repeat)


def test_a_repeat_that_is_not_there_is_refused(write):
    with pytest.raises(InputError, match="there is no repeat 9 in these columns; the repeats are 1 to"):
        read_measurement(write(memristor()), repeat=9)
    with pytest.raises(InputError, match="there is no repeat 2 in these columns, each direction has one sweep"):
        read_measurement(write("v (V),i (A)\n0,1\n1,2\n"), repeat=2)


def test_a_curve_of_one_repeat_has_its_state(write):
    measurement = read_measurement(write(memristor()), repeat=3, branch="rising")
    curve = MeasuredCurve.from_measurement(measurement, outside="hold")
    assert float(curve.respond(jnp.float32(0.5))) == pytest.approx(0.05, abs=1e-4)
