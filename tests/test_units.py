import jax.numpy as jnp
import numpy as np
import pytest

from physdfa.units import db_from_power_ratio, power_ratio_from_db


def test_ten_db_are_a_factor_of_ten_and_three_nearly_two():
    levels = jnp.array([-20.0, -3.0102999566, 0.0, 10.0, 30.0])
    assert np.asarray(power_ratio_from_db(levels)) == pytest.approx([0.01, 0.5, 1.0, 10.0, 1000.0], rel=1e-6)


def test_minus_infinite_db_is_no_power_at_all():
    assert power_ratio_from_db(jnp.asarray(-jnp.inf)) == 0.0
    assert db_from_power_ratio(jnp.asarray(0.0)) == -jnp.inf


def test_the_two_conversions_undo_each_other():
    levels = jnp.linspace(-60.0, 60.0, 25)
    assert np.asarray(db_from_power_ratio(power_ratio_from_db(levels))) == pytest.approx(np.asarray(levels), abs=2e-5)
