import itertools

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import Hysteresis, make_cascade


def ramp(*corners, steps=50):
    """Straight ways from corner to corner, each without its first point but the first."""
    ways = [np.linspace(first, last, steps + 1)[1:] for first, last in itertools.pairwise(corners)]
    return jnp.asarray(np.concatenate([[corners[0]], *ways]), jnp.float32)


def by_a_loop(v, loop_width, num_plays):
    """The equation of the docstring, neuron by neuron and play by play."""
    answers = np.zeros_like(v)
    for k in range(1, num_plays + 1):
        reach, play = (2 * k - 1) * loop_width / (2 * num_plays), np.zeros(v.shape[:-1])
        for n in range(v.shape[-1]):
            play = np.minimum(np.maximum(play, v[..., n] - reach), v[..., n] + reach)
            answers[..., n] += play / num_plays
    return answers


@pytest.mark.parametrize("num_plays", [1, 3, 8])
def test_it_is_the_recursion_from_neuron_to_neuron(num_plays):
    v = np.random.default_rng(num_plays).normal(0.0, 1.5, (3, 101))
    answers = Hysteresis(loop_width=1.3, num_plays=num_plays).respond(jnp.asarray(v, jnp.float32))
    assert np.asarray(answers) == pytest.approx(by_a_loop(v, 1.3, num_plays), abs=2e-6)


@pytest.mark.parametrize("num_plays", [1, 8])
def test_the_falling_branch_lies_the_width_of_the_loop_beside_the_rising_one(num_plays):
    device = Hysteresis(loop_width=0.6, num_plays=num_plays)
    answers = device.respond(ramp(0.0, -5.0, 5.0, -5.0, steps=100))
    rising, falling = answers[101:201], answers[201:][::-1]
    at = ramp(-5.0, 5.0, steps=100)[1:]
    middle = slice(20, 80)  # all plays are dragged along
    assert np.asarray(rising[middle]) == pytest.approx(np.asarray(at[middle]) - 0.3, abs=1e-5)
    assert np.asarray(falling[middle]) == pytest.approx(
        np.asarray(ramp(-5.0, 5.0, steps=100)[:-1][middle]) + 0.3, abs=1e-5
    )


def test_a_swing_that_ends_where_it_began_leaves_no_trace():
    device = Hysteresis(loop_width=2.0, num_plays=8)
    there_and_back = device.respond(ramp(0.0, 3.0, 1.4, 2.6, 1.4, 3.0, 4.0))
    assert float(there_and_back[250]) == pytest.approx(float(there_and_back[50]), abs=1e-6)
    assert float(there_and_back[200]) == pytest.approx(float(there_and_back[100]), abs=1e-6)
    straight = device.respond(ramp(0.0, 3.0, 4.0))
    assert np.asarray(there_and_back[250:]) == pytest.approx(np.asarray(straight[50:]), abs=1e-6)
    assert (jnp.abs(there_and_back[101:149] - there_and_back[151:199][::-1]) > 0.01).any(), "the inner loop is open"


def test_without_width_it_passes_the_voltage_unchanged():
    v = jax.random.normal(jax.random.key(0), (3, 20))
    assert np.asarray(Hysteresis(loop_width=0.0).respond(v)) == pytest.approx(np.asarray(v), abs=1e-6)


def test_a_neuron_alone_is_answered_from_rest():
    answers = Hysteresis(loop_width=2.0, num_plays=1).respond(jnp.array([[-3.0], [-0.5], [0.9], [1.5]]))
    assert answers[:, 0].tolist() == [-2.0, 0.0, 0.0, 0.5]


def test_the_range_is_that_of_the_answers_from_rest():
    device = Hysteresis(loop_width=1.0, num_plays=4)
    answers = device.respond(jax.random.uniform(jax.random.key(0), (50, 40), minval=-0.4, maxval=2.0))
    least, largest = (float(end) for end in device.output_range(jnp.float32(-0.4), jnp.float32(2.0)))
    from_rest = [by_a_loop(np.array([end]), 1.0, 4)[0] for end in (-0.4, 2.0)]
    assert (least, largest) == pytest.approx(from_rest, abs=1e-6)
    assert least <= float(answers.min()) < float(answers.max()) <= largest
    unbounded = device.output_range(jnp.float32(-jnp.inf), jnp.float32(jnp.inf))
    assert [float(end) for end in unbounded] == [-np.inf, np.inf]


def test_in_a_chain_g_depends_on_the_neuron_before():
    device = make_cascade(["encode", "hysteresis", "mach_zehnder", "photodiode", "decode"], {"loop_width": 1.0})
    assert device.has_memory
    from_below, from_above = device.respond(jnp.array([[0.0, -4.0, 1.0], [0.0, 4.0, 1.0]]))[:, 2]
    assert abs(float(from_below) - float(from_above)) > 0.1
