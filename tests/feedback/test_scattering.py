"""Feedback through a scattering medium: the two frames, the camera, and the linear limit."""

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.feedback import ScatteringProjection
from tests.feedback.projections import KEY, dense, draw, make_error

PERFECT = {"camera_bits": 32, "full_scale": 1e4}


@pytest.mark.parametrize("reference", [0.05, 1.0, 20.0])
@pytest.mark.parametrize("scale", [0.1, 1.0, 7.0])
def test_with_a_perfect_camera_it_is_the_dense_projection(reference, scale):
    error = make_error()
    got = draw(ScatteringProjection(reference=reference, **PERFECT), scale=scale).project(error, key=KEY)
    wanted = np.asarray(dense(scale=scale).project(error))
    # The difference of two frames of about r^2 loses digits: r^2 eps / (4 r), in units of the field.
    rounding = 8 * 6e-8 * (1 + np.sqrt(reference) + 1 / np.sqrt(reference)) * scale
    np.testing.assert_allclose(got, wanted, rtol=0, atol=rounding)


def test_real_and_imaginary_part_of_the_medium_are_independent_with_the_spread_of_dense_feedback():
    arrays = draw(ScatteringProjection(), neurons=4000, scale=3.0).arrays()
    real, imaginary = (np.ravel(arrays[name]) for name in ("matrix", "quadrature"))
    for part in (real, imaginary):
        assert np.std(part) == pytest.approx(3.0 / np.sqrt(10), rel=5 / np.sqrt(2 * part.size))
    assert abs(np.corrcoef(real, imaginary)[0, 1]) < 5 / np.sqrt(real.size)


def test_the_unit_of_intensity_is_the_mean_speckle_of_a_fully_lit_error():
    medium = draw(ScatteringProjection(), neurons=20000, scale=2.0)
    arrays = {name: np.asarray(values) for name, values in medium.arrays().items()}
    intensity = arrays["matrix"].sum(axis=1) ** 2 + arrays["quadrature"].sum(axis=1) ** 2  # all |x_j| = 1
    # speckle: exponential, so that its standard deviation is its mean
    assert float(medium.full_intensity) == pytest.approx(intensity.mean(), rel=5 / np.sqrt(20000))


@pytest.mark.parametrize("bits", [2, 5, 8])
def test_the_camera_moves_a_projected_error_by_at_most_one_of_its_levels(bits):
    error, full_scale = make_error(), 20.0  # nothing is clipped
    got = draw(ScatteringProjection(camera_bits=bits, full_scale=full_scale)).project(error)
    intensity = 2.0  # I_0 at scale 1
    level = full_scale * intensity / (2**bits - 1) / (4 * np.sqrt(intensity))  # half of one in each of two frames
    largest = np.max(np.abs(error), axis=1, keepdims=True)
    assert (np.abs(got - dense().project(error)) <= largest * (level + 1e-5)).all()


def test_a_saturated_camera_clips_the_projected_error():
    error = make_error()
    medium = ScatteringProjection(camera_bits=32, full_scale=0.5, reference=1.0)
    # With r^2 = I_0 over twice the full scale, bright frames read full scale: |p| <= m I_fs / (4 r).
    largest = np.max(np.abs(error), axis=1, keepdims=True)
    assert (np.abs(draw(medium).project(error)) <= largest * 0.5 * 2.0 / (4 * np.sqrt(2.0)) + 1e-6).all()


def test_shot_noise_has_no_bias_and_the_variance_of_its_formula():
    noise, full_scale, reference = 0.02, 50.0, 1.0
    medium = draw(ScatteringProjection(shot_noise=noise, full_scale=full_scale, camera_bits=32, reference=reference))
    error, count = make_error(batch=2), 4000
    draws = jax.vmap(lambda key: medium.project(error, key=key))(jax.random.split(KEY, count))
    arrays = medium.arrays()
    largest = np.max(np.abs(error), axis=1, keepdims=True)
    field = [np.asarray(error / largest @ arrays[name].T) for name in ("matrix", "quadrature")]
    intensity = 2.0  # I_0 at scale 1
    beam = reference * intensity
    variance = largest**2 * noise**2 * full_scale * intensity * (beam + field[0] ** 2 + field[1] ** 2) / (8 * beam)
    np.testing.assert_allclose(np.var(draws, axis=0), variance, rtol=5.5 * np.sqrt(2 / count))
    bias = np.mean(draws, axis=0) - np.asarray(medium.project(error))
    assert (np.abs(bias) < 5.5 * np.sqrt(variance / count)).all()


def test_without_shot_noise_a_key_changes_nothing():
    medium, error = draw(ScatteringProjection()), make_error()
    np.testing.assert_array_equal(medium.project(error), medium.project(error, key=KEY))


def test_no_error_projects_to_nothing_even_with_noise():
    medium = draw(ScatteringProjection(shot_noise=0.1))
    assert not np.any(medium.project(jnp.zeros((3, 10)), key=KEY))
