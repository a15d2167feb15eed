import equinox as eqx
import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices.measured import MeasuredCurve, MeasuredDevice, Measurement
from physdfa.errors import InputError

LARGEST = float(jnp.finfo(jnp.float32).max)
WHOLE_LINE = jnp.array([-LARGEST, -1e30, -1e8, -1.0, -1e-42, 0.0, 0.3, 0.5, 1.0, 2.0, 1e8, 1e30, LARGEST])
ANYWHERE = jnp.float32(-jnp.inf), jnp.float32(jnp.inf)


def make_measurement(drive, output, *, direction=None, setting=None, unit="W"):
    drive = np.asarray(drive, float)
    return Measurement(
        drive=drive,
        output=np.asarray(output, float),
        drive_unit="V",
        output_unit=unit,
        direction=np.ones(len(drive), np.int8) if direction is None else np.asarray(direction, np.int8),
        setting=None if setting is None else np.asarray(setting, float),
        setting_unit="" if setting is None else "K",
        source="sweep.csv",
        sha256="",
        x="bias_V",
        y="power_W",
        remarks=(),
    )


def make_curve(drive, output, *, direction=None, setting=None, unit="W", **values):
    measurement = make_measurement(drive, output, direction=direction, setting=setting, unit=unit)
    at = {} if setting is None else {"setting": values.pop("at")}
    return MeasuredCurve.from_measurement(measurement, **{"outside": "hold", **at, **values})


def make_two_branches(**values):
    return make_curve([0, 1, 2, 0, 1, 2], [0, 1, 2, 2, 3, 4], direction=[1, 1, 1, -1, -1, -1], **values)


def make_table(at, **values):
    return make_curve([0, 1, 0, 1, 0, 1], [0, 1, 0, 3, 0, 7], setting=[10, 10, 20, 20, 40, 40], at=at, **values)


POLICIES = pytest.mark.parametrize("outside", ["hold", "periodic", "refuse"])
EVERY_KIND = pytest.mark.parametrize(
    "make",
    [
        lambda outside: make_curve([0, 0.5, 1], [1, 3, 2], outside=outside),
        lambda outside: make_two_branches(outside=outside, branch="random", noise_scale=1.0),
        lambda outside: make_table(outside=outside, at=15.0, optical_power=1.0),
    ],
    ids=["one sweep", "random branch", "two-dimensional"],
)


def test_evenly_spaced_drives_answer_as_measured():
    drive = np.linspace(-7.0, 7.0, 71)
    output = np.sin(drive) ** 2
    answers = make_curve(drive, output).respond(jnp.asarray(drive, jnp.float32))
    assert np.asarray(answers) == pytest.approx(output, abs=2e-6)


def test_a_dense_sweep_of_a_sine_is_that_sine():
    drive = np.linspace(-4.0, 4.0, 401)
    between = np.linspace(-4.0, 4.0, 5003)
    answers = make_curve(drive, np.sin(drive), unit="V").respond(jnp.asarray(between, jnp.float32))
    # PCHIP is of second order at extrema, h^2 / 8 there, and the table adds at most 1e-4 of the swing.
    assert np.asarray(answers) == pytest.approx(np.sin(between), abs=0.02**2 / 8 + 2e-4)


def test_hold_answers_outside_as_at_the_nearest_end():
    curve = make_curve([0, 1, 2], [1, 5, 3], outside="hold")
    assert curve.respond(jnp.array([-9.0, 2.5, 1e30])).tolist() == [1.0, 3.0, 3.0]


def test_periodic_repeats_the_measured_range():
    curve = make_curve([0, 1, 2, 3, 4], [0, 1, 2, 1, 0], outside="periodic")
    drive = jnp.linspace(0.0, 3.9, 14)
    assert np.asarray(curve.respond(drive + 8.0)) == pytest.approx(np.asarray(curve.respond(drive)), abs=1e-5)
    assert np.asarray(curve.respond(drive - 4.0)) == pytest.approx(np.asarray(curve.respond(drive)), abs=1e-5)
    assert curve.remarks == ()


def test_ends_that_differ_are_remarked_where_the_curve_repeats():
    curve = make_curve([0, 1, 2], [0, 1, 2], outside="periodic")
    assert any("period 2 V" in remark and "jumps by 2 W" in remark for remark in curve.remarks)


def test_every_policy_marks_what_lies_outside():
    for outside in ("hold", "periodic", "refuse"):
        curve = make_curve([0, 1, 2], [0, 1, 2], outside=outside)
        assert curve.leaves_range(jnp.array([-0.1, 0.0, 1.0, 2.0, 2.1])).tolist() == [True, False, False, False, True]


def test_the_policy_must_be_chosen():
    with pytest.raises(InputError, match=r"`outside` .* must be one of hold, periodic, refuse"):
        MeasuredCurve.from_measurement(make_measurement([0, 1], [0, 1]))


@pytest.mark.parametrize(("branch", "expected"), [("rising", 1.0), ("falling", 3.0), ("mean", 2.0), ("random", 2.0)])
def test_each_branch_answers_with_its_sweep(branch, expected):
    assert make_two_branches(branch=branch).respond(jnp.array(1.0)) == pytest.approx(expected)


def test_a_random_branch_is_one_of_both_with_equal_chance():
    answers = np.asarray(make_two_branches(branch="random").respond(jnp.ones(10_000), key=jax.random.key(0)))
    assert set(np.round(answers, 5).tolist()) == {1.0, 3.0}
    assert np.mean(answers) == pytest.approx(2.0, abs=5 * 1.0 / np.sqrt(10_000))


def test_a_branch_that_was_not_swept_is_refused():
    with pytest.raises(InputError, match=r'needs a falling sweep.*use branch = "rising"'):
        make_curve([0, 1], [0, 1], branch="random")


def test_repeats_become_their_mean_and_the_noise_their_spread():
    rng = np.random.default_rng(0)
    drive = np.tile([0.0, 1.0, 2.0], 400)
    output = 1e-3 * (1.0 + drive) + rng.normal(0.0, 2e-5, 1200)
    curve = make_curve(drive, output, noise_scale=2.0)
    noiseless = curve.respond(jnp.array([0.0, 1.0, 2.0]))
    assert np.asarray(noiseless) == pytest.approx([1e-3, 2e-3, 3e-3], abs=5 * 2e-5 / 20)
    noisy = curve.respond(jnp.ones(20_000), key=jax.random.key(1))
    assert float(noisy.std()) == pytest.approx(4e-5, rel=0.05)
    assert float(noisy.mean()) == pytest.approx(float(noiseless[1]), abs=5 * 4e-5 / np.sqrt(20_000))


def test_a_single_noisy_sweep_has_its_residual_as_spread():
    drive = np.linspace(0.0, 10.0, 400)
    output = np.sin(drive) + np.random.default_rng(3).normal(0.0, 0.05, 400)
    curve = make_curve(drive, output, unit="V")
    assert float(jnp.sqrt(jnp.mean(curve.spread**2))) == pytest.approx(0.05, rel=0.15)


def test_smoothing_takes_noise_away():
    drive = np.linspace(0.0, 10.0, 400)
    output = np.sin(drive) + np.random.default_rng(4).normal(0.0, 0.1, 400)
    errors = [
        float(
            np.std(make_curve(drive, output, unit="V", interpolation=kind).respond(jnp.asarray(drive)) - np.sin(drive))
        )
        for kind in ("monotone", "smoothing")
    ]
    assert errors[0] == pytest.approx(0.1, rel=0.1)
    assert errors[1] < 0.04
    with pytest.raises(InputError, match="needs 5 drives or more"):
        make_curve([0, 1], [0, 1], interpolation="smoothing")


def test_without_a_noise_scale_there_is_no_noise():
    curve = make_curve([0, 1, 0, 1], [0, 1, 0.2, 1.2])
    assert curve.respond(jnp.array(0.5), key=jax.random.key(0)) == curve.respond(jnp.array(0.5))


def test_optical_power_scales_the_largest_output():
    curve = make_curve([0, 1, 2], [1e-3, 4e-3, 2e-3], optical_power=1e-2)
    assert np.asarray(curve.respond(jnp.array([0.0, 1.0, 2.0]))) == pytest.approx([2.5e-3, 1e-2, 5e-3], rel=1e-5)
    with pytest.raises(InputError, match="scales an output in W, and this one is in V"):
        make_curve([0, 1], [0, 1], unit="V", optical_power=1.0)


@pytest.mark.parametrize(("at", "expected"), [(10.0, 1.0), (15.0, 2.0), (20.0, 3.0), (30.0, 5.0), (40.0, 7.0)])
def test_between_two_settings_it_is_linear(at, expected):
    assert make_table(at).respond(jnp.array(1.0)) == pytest.approx(expected)


def test_a_setting_that_was_not_measured_is_refused():
    for at in (9.0, 41.0, None):
        with pytest.raises(InputError, match="`setting` must lie within the measured ones, 10 to 40 K"):
            make_table(at)
    with pytest.raises(InputError, match="`setting` belongs to a measurement over two coordinates"):
        make_curve([0, 1], [0, 1], setting=None, **{"outside": "hold"}).from_measurement(
            make_measurement([0, 1], [0, 1]), outside="hold", setting=1.0
        )


def test_branches_that_cancel_are_refused():
    with pytest.raises(InputError, match="the output does not depend on the drive"):
        make_curve([0, 1, 0, 1], [0, 1, 1, 0], direction=[1, 1, -1, -1], branch="mean")


def test_sweeps_that_hardly_overlap_are_one_sweep_or_refused():
    both_ways = {"drive": [0, 1, 0.9, 5], "output": [0, 1, 1, 0], "direction": [1, 1, -1, -1]}
    with pytest.raises(InputError, match="less than half of them in common"):
        make_curve(**both_ways, branch="random")
    curve = make_curve(**both_ways)
    assert any("all samples are taken as one sweep" in remark for remark in curve.remarks)
    assert (curve.low, curve.high) == (0.0, 5.0)


def test_a_second_coordinate_may_be_swept_to_and_fro():
    curve = make_curve([0, 1, 1, 0], [0, 1, 3, 0], direction=[1, 1, -1, -1], setting=[10, 10, 20, 20], at=15.0)
    assert curve.respond(jnp.array(1.0)) == pytest.approx(2.0)


def test_an_unknown_value_is_told():
    with pytest.raises(InputError, match=r"no parameter of a measured curve 'brnach'\. Did you mean 'branch'"):
        make_curve([0, 1], [0, 1], brnach="rising")


@EVERY_KIND
@POLICIES
def test_the_answer_and_every_gradient_are_finite_on_the_whole_line(make, outside):
    curve = make(outside)
    assert jnp.isfinite(curve.respond(WHOLE_LINE, key=jax.random.key(0))).all()
    gradient = jax.jit(jax.vmap(jax.grad(lambda device, v: device.respond(v), argnums=(0, 1)), in_axes=(None, 0)))
    slopes = gradient(curve, WHOLE_LINE)
    assert all(jnp.isfinite(leaf).all() for leaf in jax.tree.leaves(slopes))


@EVERY_KIND
@POLICIES
def test_a_drive_that_is_no_number_has_no_answer(make, outside):
    assert jnp.isnan(make(outside).respond(jnp.array(jnp.nan), key=jax.random.key(0)))


@EVERY_KIND
@POLICIES
def test_a_population_answers_as_its_members_do_inside_jit(make, outside):
    members = [make(outside), eqx.tree_at(lambda curve: curve.low, make(outside), jnp.float32(-0.5))]
    stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *members)
    drive, key = jnp.linspace(-3.0, 3.0, 61), jax.random.key(2)
    together = jax.jit(jax.vmap(lambda curve: curve.respond(drive, key=key)))(stacked)
    for row, member in zip(together, members, strict=True):
        assert np.asarray(row) == pytest.approx(np.asarray(member.respond(drive, key=key)), rel=1e-4, abs=1e-4)


@EVERY_KIND
@POLICIES
def test_the_range_is_met_and_not_left(make, outside):
    curve = make(outside)
    output_range = jax.jit(lambda low, high: curve.output_range(low, high))
    members = every_branch(curve) if curve.branch == "random" else [curve]
    respond = jax.jit(lambda drive: jnp.stack([member.respond(drive) for member in members]))
    everywhere = output_range(*ANYWHERE)
    swing = float(everywhere[1] - everywhere[0])
    for low, high in [(-6.0, 6.0), (0.1, 0.4), (0.8, 1.3), (1.2, 1.25), (-0.3, 0.2), (-jnp.inf, jnp.inf)]:
        least, largest = (float(end) for end in output_range(jnp.float32(low), jnp.float32(high)))
        answers = respond(jnp.linspace(max(low, -8.0), min(high, 8.0), 4001))
        assert float(answers.min()) == pytest.approx(least, abs=0.01 * swing)
        assert float(answers.max()) == pytest.approx(largest, abs=0.01 * swing)
        assert least <= float(answers.min()) + 1e-5 * swing
        assert float(answers.max()) <= largest + 1e-5 * swing


def every_branch(curve):
    tables = (curve.value, curve.slope, curve.spread)
    return [
        eqx.tree_at(lambda c: (c.value, c.slope, c.spread), curve, tuple(table[index : index + 1] for table in tables))
        for index in range(2)
    ]


def test_a_file_becomes_g_between_minus_one_and_one(tmp_path):
    path = tmp_path / "laser.csv"
    path.write_text("I (mA),P (mW)\n0,0\n10,0\n20,5\n30,10\n")
    device = MeasuredDevice.from_csv(path, outside="hold", drive_gain=1e-3, offset=15e-3, reference="balanced")
    # Balanced around 5 mW, and 5 mW from there to either end; u = 5 is 20 mA.
    assert np.asarray(device.respond(jnp.array([-100.0, 5.0, 100.0]))) == pytest.approx([-1.0, 0.0, 1.0], abs=1e-5)
    assert device["encode"].units == (None, "A")
    assert device.leaves_range(jnp.array([0.0, 20.0])).tolist() == [False, True]


def test_a_curve_measured_again_keeps_its_cells_its_gain_and_those_of_a_population():
    drives, later = np.linspace(0.0, 2.0, 21), np.linspace(0.0, 2.0, 101)
    curve = make_curve(drives, drives**2, optical_power=8.0)
    both = jax.tree.map(lambda leaf: jnp.stack([leaf, leaf]), curve)
    again = both.measured_again(make_measurement(later, 1.0 + later))
    assert jax.tree.structure(again) == jax.tree.structure(both)
    assert [leaf.shape for leaf in jax.tree.leaves(again)] == [leaf.shape for leaf in jax.tree.leaves(both)]
    at = jnp.array([0.0, 0.55, 2.0])
    answers = jax.vmap(lambda one: one.respond(at))(again)
    np.testing.assert_allclose(answers, np.tile(2.0 * (1.0 + at), (2, 1)), rtol=1e-5)  # 8 W over 4 W, as it was
