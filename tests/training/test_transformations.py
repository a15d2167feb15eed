"""Transformations of optax are equal where they do the same by the same code, and only there."""

import optax
import pytest

from physdfa.training.transformations import Transformation

MAKERS = {
    "adam": lambda: optax.adam(1e-3),
    "another rate": lambda: optax.adam(2e-3),
    "another decay": lambda: optax.adam(1e-3, b1=0.8),
    "nesterov": lambda: optax.adam(1e-3, nesterov=True),
    "negative zero": lambda: optax.sgd(1e-3, momentum=-0.0),
    "zero": lambda: optax.sgd(1e-3, momentum=0.0),
    "no momentum": lambda: optax.sgd(1e-3),
    "schedule": lambda: optax.adamw(optax.cosine_decay_schedule(1e-3, 100)),
    "longer schedule": lambda: optax.adamw(optax.cosine_decay_schedule(1e-3, 101)),
    "clipped": lambda: optax.chain(optax.clip_by_global_norm(1.0), optax.lion(1e-3)),
    "clipped later": lambda: optax.chain(optax.lion(1e-3), optax.clip_by_global_norm(1.0)),
}


@pytest.mark.parametrize("name", MAKERS)
def test_one_that_is_made_again_is_equal_and_any_other_is_not(name):
    made = Transformation(MAKERS[name]())
    for other, make in MAKERS.items():
        again = Transformation(make())
        assert (made == again) == (other == name), other
        assert other != name or hash(made) == hash(again)


def test_a_schedule_of_ones_own_is_equal_to_itself_alone():
    rate = 1e-3

    def own():
        return lambda step: rate / (1 + step)

    one, other = own(), own()
    assert Transformation(optax.sgd(one)) == Transformation(optax.sgd(one))
    assert Transformation(optax.sgd(one)) != Transformation(optax.sgd(other))


def test_it_is_equal_to_nothing_else():
    assert Transformation(optax.sgd(1.0)) != optax.sgd(1.0)
