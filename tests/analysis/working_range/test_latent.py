"""The latent process: against integrals that are known, and its samples against them."""

import numpy as np
import pytest
from scipy.special import expit

from physdfa.analysis.working_range.latent import LatentProcess, Link, correlation


def one_success():
    """One point that counted once; theta of a latent value of variance 1 + 2^2."""
    process = LatentProcess(np.zeros((1, 1)), np.ones(1), 1.0, binary=True)
    return process, np.zeros(3)


def line(num=30, share=0.9, images=100.0):
    return LatentProcess(np.linspace(0, 1, num)[:, None], np.full(num, share), images)


def test_a_link_runs_from_its_bottom_to_its_top():
    link = Link(0.1, 0.9, 1.0)
    assert link.accuracy(np.array([-40.0, 0.0, 40.0])) == pytest.approx([0.1, 0.5, 0.9])
    step = 1e-6
    assert link.slope(np.array([0.7])) == pytest.approx(np.diff(link.accuracy(np.array([0.7, 0.7 + step]))) / step)


@pytest.mark.parametrize(("above", "below"), [(0.4, -0.3), (-0.2, 1.0), (0.0, 0.5)])
def test_a_bent_link_has_the_slope_of_its_accuracy(above, below):
    link, latent, step = Link(0.1, 0.9, 1.0, above, below), np.linspace(-4.9, 5.1, 11), 1e-6
    rise = link.accuracy(latent + step) - link.accuracy(latent - step)
    assert link.slope(latent) == pytest.approx(rise / (2 * step), abs=1e-6)


def test_bent_links_follow_other_ways_to_fall_from_a_top_than_the_logistic_one():
    x = np.linspace(-4, 4, 401)
    ramp, steep = np.clip(0.5 + x / 4, 0, 1), 1 - np.exp(-np.exp(x))
    assert Link(0.0, 1.0, 1.0, 1.0, 1.0).accuracy(0.75 * x) == pytest.approx(ramp, abs=0.03)
    assert Link(0.0, 1.0, 1.0, 0.41, -0.1).accuracy(0.48 + 1.315 * x) == pytest.approx(steep, abs=0.01)


def test_the_edge_of_a_flat_top_is_found_as_sharp_as_it_is():
    columns = np.linspace(0, 1, 80)[:, None]
    truth = 0.1 + 0.86 * (1 - np.exp(-np.exp(12 * (0.6 - columns[:, 0]))))
    process = LatentProcess(columns, np.random.default_rng(0).binomial(400, truth) / 400, 400.0)
    links = [process.link(theta) for theta in process.sampled_theta(np.random.default_rng(1), 16, 12)]
    assert np.mean([link.above for link in links]) > 0.15
    assert np.mean([link.top for link in links]) == pytest.approx(0.96, abs=0.006)
    assert np.median([link.dispersion for link in links]) == pytest.approx(1.0, abs=0.3)


def test_the_evidence_of_one_success_is_one_half():
    # By symmetry of the latent value about 0.
    process, theta = one_success()
    assert process.approximated(theta).log_evidence == pytest.approx(np.log(0.5), abs=0.12)


def test_latent_values_are_sampled_from_their_own_distribution_and_not_from_its_approximation():
    process, theta = one_success()
    places, weights = np.polynomial.hermite_e.hermegauss(60)
    latent = np.sqrt(5.0) * places
    density = weights * expit(latent)
    drawn, _ = process.sampled_latent(theta, np.random.default_rng(0), 3000)
    mean = np.sum(density * latent) / density.sum()
    spread = np.sqrt(np.sum(density * (latent - mean) ** 2) / density.sum())
    assert drawn.mean() == pytest.approx(mean, abs=0.12)
    assert drawn.std() == pytest.approx(spread, abs=0.12)


def test_surfaces_go_through_the_points_and_are_free_far_from_them():
    process = line()
    mean, _ = process.prior()
    random = np.random.default_rng(0)
    latent, factor = process.sampled_latent(mean, random, 40)
    places = np.array([[0.0], [1.0], [30.0]])
    there = process.continued(mean, latent, factor, places, random)
    assert there[:, :2] == pytest.approx(latent[:, [0, -1]], abs=0.05)
    # Beyond, the variance of the process itself: 3^2, and that of what is common to all, known from the points.
    assert there[:, 2].std() == pytest.approx(3.0, rel=0.4)


def test_what_is_alike_everywhere_is_averaged_over_all_points():
    process = line()
    random = np.random.default_rng(1)
    for theta in process.sampled_theta(random, 3, 4):
        latent, _ = process.sampled_latent(theta, random, 20)
        assert process.link(theta).accuracy(latent).mean() == pytest.approx(0.9, abs=0.02)


def test_scatter_beyond_that_of_counting_is_found():
    random = np.random.default_rng(2)
    num, images = 100, 1000
    quiet = random.binomial(images, 0.9, num) / images
    loud = np.clip(quiet + random.normal(0, 0.03, num), 0, 1)
    found = []
    for share in (quiet, loud):
        process = LatentProcess(random.random((num, 2)), share, float(images))
        found.append(np.median([process.link(theta).dispersion for theta in process.sampled_theta(random, 12, 6)]))
    # Variances 0.09 / 1000, and 0.03^2 on top: 11 times as much.
    assert found[0] == pytest.approx(1.0, rel=0.5)
    assert found[1] == pytest.approx(11.0, rel=0.5)


def test_kernels_are_one_at_no_distance_and_fall_the_sooner_the_rougher_they_are():
    places = np.array([[0.0, 0.0], [0.3, 0.0]])
    near = [correlation(places, places, roughness)[0] for roughness in (-1.0, 0.0, 1.0)]
    assert [row[0] for row in near] == pytest.approx([1.0] * 3)
    assert near[0][1] == pytest.approx(np.exp(-0.045))
    assert near[0][1] > near[1][1] > near[2][1]
