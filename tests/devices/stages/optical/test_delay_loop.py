import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import Cascade, DelayLoop, Encode, MachZehnderModulator, Photodiode, TimeMultiplexing

MODULATOR = {"v_pi": 4.0, "v_bias": 3.0, "extinction_ratio_db": 20.0, "insertion_loss_db": 2.0, "optical_power": 1.0}
TIME = {"bandwidth": 0.2e9, "symbol_rate": 1e9}


def make_loop(**values):
    return DelayLoop(**(MODULATOR | TIME | values))


def by_a_loop(v, loop_gain, delay):
    """The equations of the docstring, neuron by neuron, in float64."""
    a, r = np.exp(-2 * np.pi * 0.2), 0.01
    y = np.zeros_like(v, np.float64)
    for n in range(v.shape[-1]):
        returned = y[..., n - delay] if n >= delay else 0.0
        passing = r + (1 - r) * np.cos(np.pi * (v[..., n] + loop_gain * returned - 3.0) / (2 * 4.0)) ** 2
        y[..., n] = passing if n == 0 else a * y[..., n - 1] + (1 - a) * passing
    return y * 10**-0.2


@pytest.mark.parametrize(("delay", "loop_gain"), [(1, 1.5), (7, -3.0), (33, 1.5), (99, 3.0), (500, 1.5)])
def test_it_is_the_recursion_from_neuron_to_neuron(delay, loop_gain):
    v = np.random.default_rng(delay).uniform(-4, 4, (3, 100)).astype(np.float32)
    answers = make_loop(loop_gain=loop_gain, delay=delay).respond(jnp.asarray(v))
    assert np.asarray(answers) == pytest.approx(by_a_loop(v.astype(np.float64), loop_gain, delay), abs=5e-6)


@pytest.mark.parametrize("shape", [(), (4,), (2, 3, 50), (6, 1), (0,), (2, 0)])
def test_without_feedback_it_is_a_modulator_and_a_filter(shape):
    chain = Cascade({"mach_zehnder": MachZehnderModulator(**MODULATOR), "filter": TimeMultiplexing(**TIME)})
    v = 3.0 * jax.random.normal(jax.random.key(1), shape)
    assert np.asarray(make_loop(loop_gain=0.0, delay=3).respond(v)) == pytest.approx(
        np.asarray(chain.respond(v)), abs=1e-6
    )


def test_the_first_round_hears_nothing_and_the_second_does():
    v = jnp.linspace(-1.0, 1.0, 12)
    with_feedback, without = (make_loop(loop_gain=gain, delay=6).respond(v) for gain in (2.0, 0.0))
    assert (with_feedback[:6] == without[:6]).all()
    assert (jnp.abs(with_feedback[6:] - without[6:]) > 1e-4).all()


def test_a_gain_below_the_threshold_settles_on_the_fixed_point_of_the_loop():
    settled = float(make_loop(loop_gain=1.0, delay=5).respond(jnp.full(400, 0.7))[-1]) / 10**-0.2
    passing = 0.01 + 0.99 * np.cos(np.pi * (0.7 + settled - 3.0) / 8.0) ** 2
    assert settled == pytest.approx(passing, rel=1e-5)


def test_the_slowest_stage_of_the_chain_sets_its_memory():
    stages = {"encode": Encode(), "delay_loop": make_loop(loop_gain=0.0), "photodiode": Photodiode(bandwidth=1e8)}
    chain = Cascade(stages)
    first, second, resting = (
        float(x) for x in (*chain["delay_loop"].respond(jnp.array([3.0, -1.0])), make_loop().respond(jnp.float32(-1)))
    )
    assert (second - resting) / (first - resting) == pytest.approx(np.exp(-2 * np.pi * 0.1), rel=1e-4)


@pytest.mark.parametrize("loop_gain", [3.0, -3.0])
def test_no_answer_leaves_the_range_of_the_modulator_driven_by_both(loop_gain):
    loop = make_loop(loop_gain=loop_gain, delay=2)
    answers = loop.respond(jax.random.uniform(jax.random.key(0), (20, 60), minval=-1.0, maxval=0.5))
    least, largest = loop.output_range(jnp.float32(-1.0), jnp.float32(0.5))
    reach = (-1.0 + min(loop_gain, 0.0), 0.5 + max(loop_gain, 0.0))
    modulator = MachZehnderModulator(**MODULATOR).output_range(*map(jnp.float32, reach))
    assert (float(least), float(largest)) == pytest.approx([float(end) for end in modulator], rel=1e-5)
    assert float(least) <= float(answers.min()) < float(answers.max()) <= float(largest)
