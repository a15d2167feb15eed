"""What every projection promises, with every precision of the error: a new one is tested once it is registered."""

from dataclasses import replace
from functools import cache

import jax
import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.devices import SineSquared
from physdfa.errors import InputError
from physdfa.feedback import PRECISIONS, PROJECTIONS, make_projection, projection_parameters
from physdfa.feedback.sparse import AbstractSparseProjection
from physdfa.rules import ERRORS, Adfa
from tests.feedback.projections import CLASSES, KEY, NEURONS, dense, draw, make_error
from tests.rules.networks import make_batch, make_network, make_parameters

CASES = [(kind, precision) for kind in PROJECTIONS for precision in PRECISIONS]
EVERY_PROJECTION = pytest.mark.parametrize("case", CASES, ids=["-".join(case) for case in CASES])
PARAMETERS = [
    (case, name) for case in CASES if case[0] == "dense" or case[1] == "exact" for name in projection_parameters(*case)
]
EVERY_PARAMETER = pytest.mark.parametrize(("case", "name"), PARAMETERS, ids=[name for _, name in PARAMETERS])
SPARSE = [kind for kind, made in PROJECTIONS.items() if issubclass(made, AbstractSparseProjection)]
ERROR = make_error()
HIDDEN = 12


def make(case, **values):
    return draw(make_projection(*case, values))


def ends(case, name, share=1.0):
    """The two ends of the typical range of a number, the second drawn in to `share` of the way."""
    entry = projection_parameters(*case)[name]
    low, high = entry.typical
    high = low + share * (high - low)
    return low, float(round(high)) if entry.whole else high


@EVERY_PROJECTION
@pytest.mark.parametrize("batch", [1, 6])
def test_an_error_per_class_becomes_one_per_neuron(case, batch):
    projected = make(case).project(make_error(batch), key=KEY)
    assert projected.shape == (batch, NEURONS)
    assert projected.dtype == ERROR.dtype


@EVERY_PROJECTION
def test_it_is_finite_for_errors_of_any_size(case):
    for scale in (0.0, 1e-42, 1e-30, 1.0, 1e30):
        assert np.isfinite(make(case).project(ERROR * scale, key=KEY)).all()


@EVERY_PROJECTION
def test_a_factor_of_the_error_is_a_factor_of_its_projection(case):
    projection = make(case)
    np.testing.assert_allclose(
        projection.project(1024.0 * ERROR, key=KEY), 1024.0 * projection.project(ERROR, key=KEY), rtol=1e-5
    )


@EVERY_PROJECTION
def test_it_points_within_60_degrees_of_where_the_ideal_projection_points(case):
    got, ideal = np.ravel(make(case).project(ERROR)), np.ravel(dense().project(ERROR))
    if case[0] in SPARSE:  # another matrix, by intent
        got, ideal = np.ravel(make(case).project(ERROR)), np.ravel(make((case[0], "exact")).project(ERROR))
    assert got @ ideal / np.sqrt((got @ got) * (ideal @ ideal)) > 0.5


@EVERY_PROJECTION
def test_it_gives_the_same_answer_inside_jit(case):
    projection = make(case)
    inside = jax.jit(lambda projection, error: projection.project(error, key=KEY))(projection, ERROR)
    # one level of a camera or a ring may fall on the other side of its edge, by rounding
    different = np.abs(inside - projection.project(ERROR, key=KEY)) > 1e-5
    assert different.mean() <= 0.01


@EVERY_PROJECTION
def test_a_population_is_drawn_and_projects_as_its_members_do_with_one_compilation(case):
    traces = 0
    parameters = projection_parameters(*case)

    def one(projection, scale, key):
        nonlocal traces
        traces += 1
        return projection.drawn(key, NEURONS, CLASSES, scale).project(ERROR, key=key)

    population, alone = jax.jit(jax.vmap(one)), jax.jit(one)
    keys, scales = jax.random.split(KEY, 2), jnp.array([1.0, 2.0])
    for share in (1.0, 0.6):
        members = [
            make_projection(*case, {name: ends(case, name, share)[place] for name in parameters}) for place in (0, 1)
        ]
        together = population(jax.tree.map(lambda *leaves: jnp.stack(leaves), *members), scales, keys)
        for n in range(2):
            different = np.abs(together[n] - alone(members[n], scales[n], keys[n])) > 1e-5
            assert different.mean() <= 0.01
    assert traces == 2  # the population, and the member alone


@EVERY_PROJECTION
def test_the_same_key_gives_the_same_answer_and_without_one_it_is_deterministic(case):
    projection = make(case, **({"shot_noise": 0.02} if case[0] == "scattering" else {}))
    projection = make(case, product_noise=0.1) if case[0] == "weight_bank" else projection
    for key in (KEY, None):
        np.testing.assert_array_equal(projection.project(ERROR, key=key), projection.project(ERROR, key=key))
    other = projection.project(ERROR, key=jax.random.key(4))
    is_noisy = case[0] in ("scattering", "weight_bank")
    assert np.array_equal(projection.project(ERROR, key=KEY), other) != is_noisy


@EVERY_PROJECTION
def test_what_was_drawn_is_named_and_the_matrix_is_of_neurons_by_classes(case):
    arrays = make(case).arrays()
    assert {values.shape for values in arrays.values()} == {(NEURONS, CLASSES)}
    assert "matrix" in arrays


@EVERY_PROJECTION
def test_it_has_as_many_connections_as_its_matrix_has_entries_other_than_0(case):
    projection = make(case)
    share = projection.connections(NEURONS, CLASSES) / (NEURONS * CLASSES)
    spread = np.sqrt(share * (1 - share) / (NEURONS * CLASSES)) if case[0] == "sparse" else 0.0
    counted = np.count_nonzero(projection.arrays()["matrix"]) / (NEURONS * CLASSES)
    unbuilt = 0.1 if case[0] == "weight_bank" else 0.0  # a ring may be tuned to the level 0
    assert counted == pytest.approx(share, abs=4 * spread + unbuilt)


@cache
def network_and_batch():
    network = make_network(hidden=(HIDDEN,), num_steps=2)
    return network, make_parameters(network), make_batch(network)


@cache
def gradient_of(error):
    """(projection without its matrix, key) -> gradient of one update of aDFA, compiled once per structure."""
    network, parameters, batch = network_and_batch()

    def update(projection, key):
        rule = replace(Adfa(error), feedback=projection)
        state = rule.init(KEY, network)
        return rule.update(network, parameters, batch, SineSquared(3.0), state, key=key)[0].gradient

    return jax.jit(update)


@EVERY_PARAMETER
@pytest.mark.parametrize("error", ERRORS)
def test_each_declared_number_changes_the_projected_error_and_the_gradient_of_one_update(case, name, error):
    low, high = (make_projection(*case, {name: value}) for value in ends(case, name))
    assert np.any(draw(low).project(ERROR, key=KEY) != draw(high).project(ERROR, key=KEY))
    update = gradient_of(error)
    first, second = update(low, KEY), update(high, KEY)
    assert np.any(first.weights[0] != second.weights[0])
    assert np.isfinite(first.weights[0]).all()
    np.testing.assert_array_equal(first.weights[-1], second.weights[-1])  # the readout has its exact error


@pytest.mark.parametrize("name", ["shot_noise", "product_noise"])
def test_noise_is_new_with_each_key_of_an_update(name):
    kind = {"shot_noise": "scattering", "product_noise": "weight_bank"}[name]
    update = gradient_of("online")
    noisy = make_projection(kind, values={name: 0.1})
    first, again, other = (update(noisy, key) for key in (KEY, KEY, jax.random.key(1)))
    np.testing.assert_array_equal(first.weights[0], again.weights[0])
    assert np.any(first.weights[0] != other.weights[0])


@EVERY_PARAMETER
def test_the_typical_range_lies_within_the_range(case, name):
    entry = projection_parameters(*case)[name]
    assert [entry.mistake(value) for value in entry.typical] == [None, None]
    assert entry.typical[0] < entry.typical[1]


@EVERY_PARAMETER
def test_a_value_out_of_range_is_refused_with_name_value_and_range(case, name):
    entry = projection_parameters(*case)[name]
    wrong = [float("nan"), entry.low if entry.low_open else entry.low - 1.0]
    wrong += [entry.high if entry.high_open else entry.high + 1.0]
    for value in wrong:
        with pytest.raises(InputError) as refusal:
            make_projection(*case, {name: value})
        assert f"`{name}`" in str(refusal.value)
        assert entry.allowed in str(refusal.value)
        assert f"got {value:g}" in str(refusal.value)
