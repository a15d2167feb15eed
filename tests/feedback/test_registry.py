"""From names to projections."""

import pytest

from physdfa.errors import InputError
from physdfa.feedback import (
    PRECISIONS,
    PROJECTIONS,
    DenseProjection,
    ScatteringProjection,
    TernaryError,
    make_projection,
    projection_declarations,
    projection_parameters,
)


def test_a_kind_and_a_precision_are_composed_and_each_takes_its_own_numbers():
    made = make_projection("scattering", "ternary", {"camera_bits": 6, "error_threshold": 0.25})
    assert isinstance(made, TernaryError)
    assert isinstance(made.projection, ScatteringProjection)
    assert float(made.error_threshold) == 0.25
    assert float(made.projection.camera_bits) == 6


def test_the_exact_dense_projection_is_the_bare_one():
    assert isinstance(make_projection("dense"), DenseProjection)
    assert not projection_parameters("dense", "exact")


def test_numbers_are_told_from_choices():
    assert set(projection_declarations("fan_in", "rounded")) == {"fan_in", "entries", "error_bits"}
    assert set(projection_parameters("fan_in", "rounded")) == {"fan_in", "error_bits"}
    assert make_projection("single_entry", values={"entries": "ternary"}).entries == "ternary"


def test_no_two_parts_that_can_be_composed_share_a_name():
    for kind in PROJECTIONS:
        for precision in PRECISIONS:
            alone = [projection_parameters(kind, "exact"), projection_parameters("dense", precision)]
            assert len(projection_parameters(kind, precision)) == sum(map(len, alone))


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("spares",), "there is no feedback projection 'spares'. Did you mean 'sparse'?"),
        (("dense", "ternery"), "there is no precision 'ternery'. Did you mean 'ternary'?"),
        (("sparse", "exact", {"camera_bits": 8}), "there is no parameter 'camera_bits'. Known: share, entries."),
        (("fan_in", "exact", {"entries": "binary"}), "must be one of normal, ternary; got 'binary'"),
        (("sparse", "exact", {"share": 2.0}), "`share` is the share of connections kept and must be > 0 and <= 1"),
        (("weight_bank", "exact", {"weight_bits": 2.5}), "must be a whole number >= 2 and <= 32; got 2.5"),
    ],
)
def test_what_cannot_be_made_is_refused_with_what_is_known(arguments, said):
    with pytest.raises(InputError) as refusal:
        make_projection(*arguments)
    assert said in str(refusal.value)
