import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import LiquidCrystal, make_cascade

NOMINAL = {"v_th": 1.0, "v_slope": 0.8, "retardation": 0.5, "insertion_loss_db": 0.0, "optical_power": 1.0}


def make_cell(**values):
    return LiquidCrystal(**(NOMINAL | values))


def test_it_is_the_tilt_and_the_plate_of_the_sources():
    v = np.linspace(-5.0, 5.0, 201)
    tilt = np.pi / 2 - 2 * np.arctan(np.exp(-np.maximum(np.abs(v) - 1.0, 0.0) / 0.8))
    retardation = 2 * np.pi * 1.7 * np.cos(tilt) ** 2
    crossed, parallel = (make_cell(retardation=1.7, polarizers=each) for each in ("crossed", "parallel"))
    signal = jnp.asarray(v, jnp.float32)
    assert np.asarray(crossed.respond(signal)) == pytest.approx(np.sin(retardation / 2) ** 2, abs=5e-6)
    assert np.asarray(parallel.respond(signal)) == pytest.approx(np.cos(retardation / 2) ** 2, abs=5e-6)


def test_nothing_changes_below_the_threshold():
    answers = make_cell(retardation=0.7).respond(jnp.linspace(-1.0, 1.0, 101))
    assert (answers == answers[0]).all()
    assert make_cell(retardation=0.7).respond(jnp.float32(1.2)) != answers[0]


def test_a_half_wave_cell_swings_once_from_full_light_to_darkness():
    lossy = make_cell(insertion_loss_db=3.0, optical_power=2e-3)
    full, dark = lossy.respond(jnp.array([0.5, 30.0])).tolist()
    assert full == pytest.approx(2e-3 * 10**-0.3, rel=1e-5)
    assert dark == pytest.approx(0.0, abs=1e-12)
    falling = np.diff(np.asarray(lossy.respond(jnp.linspace(1.0, 6.0, 101))))
    assert (falling <= 0).all()


def test_two_waves_are_four_swings():
    answers = np.asarray(make_cell(retardation=2.0).respond(jnp.linspace(1.0, 12.0, 4001)))
    turns = np.diff(np.sign(np.diff(answers)))
    assert (turns < 0).sum() == 2, "from darkness through two maxima"
    assert answers.max() == pytest.approx(1.0, abs=1e-4)
    assert answers[-1] == pytest.approx(0.0, abs=1e-4)


def test_between_the_polarizers_no_light_is_lost():
    v = jnp.linspace(-4.0, 4.0, 81)
    both = make_cell(retardation=1.3).respond(v) + make_cell(retardation=1.3, polarizers="parallel").respond(v)
    assert np.asarray(both) == pytest.approx(1.0, abs=1e-6)


@pytest.mark.parametrize("polarizers", ["crossed", "parallel"])
@pytest.mark.parametrize(("low", "high"), [(-2.0, 1.5), (1.2, 1.4), (-9.0, -1.1), (-np.inf, np.inf), (0.0, 0.9)])
def test_the_range_is_that_of_its_answers(polarizers, low, high):
    cell = make_cell(retardation=1.3, polarizers=polarizers)
    answers = cell.respond(jnp.linspace(max(low, -30.0), min(high, 30.0), 20_001))
    least, largest = cell.output_range(jnp.float32(low), jnp.float32(high))
    assert (float(least), float(largest)) == pytest.approx((float(answers.min()), float(answers.max())), abs=1e-5)


def test_a_chain_with_it_is_flat_for_weak_potentials():
    stages = ["encode", "liquid_crystal", "photodiode", "decode"]
    g = make_cascade(stages, {"drive_gain": 2.0, "v_th": 1.0}).respond(jnp.array([-0.5, 0.0, 0.5, 1.0]))
    assert g[:3].tolist() == [float(g[0])] * 3
    assert g[3] < g[0]
