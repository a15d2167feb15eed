"""The matrix products that a training step cannot do without, and nothing else, through the same library."""

from collections.abc import Callable, Sequence
from typing import Any

import jax
from common import BATCH, STEPS_PER_CALL

from physdfa.training.program import Program

Product = tuple[int, int, int]
"""Rows, inputs and neurons: current = values W^T, gradient = deltas^T values."""


def products_of(encoding: str, num_steps: int, sizes: Sequence[int]) -> list[Product]:
    """The products of the hidden layers: one for the first under a static input, else a row for every step."""
    rows = [BATCH if encoding == "direct" and layer == 0 else BATCH * num_steps for layer in range(len(sizes) - 2)]
    return [(count, sizes[layer], sizes[layer + 1]) for layer, count in enumerate(rows)]


def products_call(products: Sequence[Product], num_steps: int = STEPS_PER_CALL) -> Callable[[], Any]:
    """Both products of each layer, forward and update, `num_steps` times in one program."""
    key = jax.random.key(0)
    values = [jax.random.uniform(key, (rows, pre)) for rows, pre, _ in products]
    deltas = [jax.random.normal(key, (rows, post)) for rows, _, post in products]
    weights = [jax.random.normal(key, (post, pre)) for _, pre, post in products]

    def all_steps(weights, values, deltas):
        def step(weights, _):
            # The products hang on the weights of the step before, and all of each is asked for.
            currents = [value @ weight.T for value, weight in zip(values, weights, strict=True)]
            gradients = [
                (delta + 1e-30 * current).T @ value
                for delta, current, value in zip(deltas, currents, values, strict=True)
            ]
            return [weight + 1e-6 * one for weight, one in zip(weights, gradients, strict=True)], None

        return jax.lax.scan(step, weights, None, length=num_steps)

    program = Program(all_steps).prepare(weights, values, deltas)
    return lambda: program(weights, values, deltas)
