import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import KerrLoop


def make_loop(**values):
    return KerrLoop(**({"coupling": 0.3, "power_pi": 0.5} | values))


def transmission(coupling, phase):
    """The equation of Doran & Wood."""
    return 1 - 2 * coupling * (1 - coupling) * (1 + np.cos((1 - 2 * coupling) * phase))


@pytest.mark.parametrize("coupling", [0.0, 0.1, 0.3, 0.45, 0.5, 0.8, 1.0])
def test_it_is_the_transmission_of_the_source(coupling):
    power = np.linspace(0.0, 10.0, 401)
    expected = power * transmission(np.float64(np.float32(coupling)), np.pi * power / 0.5)
    answers = make_loop(coupling=coupling).respond(jnp.asarray(power, jnp.float32))
    assert np.asarray(answers) == pytest.approx(expected, abs=2e-5)


def test_the_transmission_repeats_with_its_period():
    period = 2 * 0.5 / (1 - 2 * 0.3)
    power = jnp.linspace(0.1, period, 50)
    once, again = make_loop().respond(power) / power, make_loop().respond(power + period) / (power + period)
    assert np.asarray(again) == pytest.approx(np.asarray(once), abs=1e-5)


def test_weak_light_sees_a_mirror_and_half_a_period_of_it_none():
    weak, strong = 1e-4, 0.5 / (1 - 2 * 0.3)
    answers = make_loop().respond(jnp.array([weak, strong])).tolist()
    assert answers == pytest.approx([weak * (1 - 2 * 0.3) ** 2, strong], rel=1e-5)


def test_both_ways_round_are_alike():
    power = jnp.linspace(0.0, 4.0, 81)
    first, second = (np.asarray(make_loop(coupling=coupling).respond(power)) for coupling in (0.2, 0.8))
    assert first == pytest.approx(second, abs=5e-6)


def test_an_even_coupler_is_a_mirror_at_any_power():
    assert make_loop(coupling=0.5).respond(jnp.array([0.0, 1e-3, 7.0])).tolist() == [0.0, 0.0, 0.0]


@pytest.mark.parametrize(("low", "high"), [(-3.0, 0.4), (0.0, 9.7), (1.9, 2.4), (0.3, 8.1)])
def test_the_range_is_that_of_its_answers(low, high):
    answers = make_loop(coupling=0.35).respond(jnp.linspace(low, high, 100_001))
    least, largest = make_loop(coupling=0.35).output_range(jnp.float32(low), jnp.float32(high))
    assert float(least) == pytest.approx(float(answers.min()), abs=2e-6)
    assert float(largest) == pytest.approx(float(answers.max()), rel=2e-6)


def test_the_range_has_no_end_where_the_light_has_none():
    least, largest = make_loop().output_range(jnp.float32(-jnp.inf), jnp.float32(jnp.inf))
    assert (float(least), float(largest)) == (0.0, np.inf)
