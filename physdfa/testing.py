"""The promises of a backward device as laws that any class can be held to, ours or a user's own.

    import pytest
    from physdfa.testing import DEVICE_LAWS

    @pytest.mark.parametrize("law", DEVICE_LAWS, ids=lambda law: law.__name__)
    def test_my_device(law):
        law(MyDevice)

Each law takes a function that builds the device from values of its declared parameters (the class itself, if all of
them have defaults) and raises `AssertionError` with what it saw.
"""

from collections.abc import Callable

import jax
import jax.numpy as jnp
import numpy as np
from jaxtyping import Array, Float

from physdfa.devices import AbstractDevice
from physdfa.errors import InputError
from physdfa.parts import Parameter, declarations

Build = Callable[..., AbstractDevice]
"""(values by name) -> device."""

LARGEST = float(jnp.finfo(jnp.float32).max)
WHOLE_LINE = (
    *(-LARGEST, -1e30, -1e8, -4.7, -1.0, -1e-30, -1e-42, 0.0),
    *(1e-42, 1e-30, 0.5, 1.0, 4.7, 1e8, 1e30, LARGEST),
)
"""Inputs from one end of float32 to the other."""


def _inputs() -> Float[Array, "2 121"]:
    line = jnp.linspace(-6.0, 6.0, 121)
    return jnp.stack([line, line[::-1]])


def _parameters(build: Build) -> dict[str, Parameter]:
    entries = declarations(type(build()))
    return {name: entry for name, entry in entries.items() if isinstance(entry, Parameter)}


def _typical(entry: Parameter, share: float) -> float | int:
    low, high = entry.typical
    value = low + share * (high - low)
    return round(value) if entry.whole else value


def shape_and_type_are_kept(build: Build) -> None:
    """The answer has the shape of the input and its type: float32, or float64 where JAX computes in it."""
    for shape in ((), (7,), (2, 3, 4), (0,)):
        signal = jnp.zeros(shape)
        answer = build().respond(signal)
        assert answer.shape == shape, f"an input of shape {shape} is answered with shape {answer.shape}"
        assert answer.dtype == signal.dtype, f"an input of type {signal.dtype} is answered with type {answer.dtype}"


def finite_on_the_whole_real_line(build: Build) -> None:
    """Neither the answer nor its gradient, by the input and by each leaf, is ever NaN or infinite, noise included."""
    device, line, key = build(), jnp.array(WHOLE_LINE), jax.random.key(5)
    answers = device.respond(line, key=key)
    assert jnp.isfinite(answers).all(), f"the answer is {answers} at {line}"

    def one(device, u):
        return device.respond(u, key=key)

    slopes = jax.jit(jax.vmap(jax.grad(one, argnums=(0, 1)), in_axes=(None, 0)))(device, line)
    for leaf in jax.tree.leaves(slopes):
        assert jnp.isfinite(leaf).all(), f"a gradient is {leaf} at {line}"


def the_same_inside_jit(build: Build) -> None:
    """Compiling changes nothing but rounding."""
    device, inputs = build(), _inputs()
    inside = jax.jit(lambda device, signal: device.respond(signal))(device, inputs)
    np.testing.assert_allclose(inside, device.respond(inputs), rtol=1e-5, atol=2e-6)


def a_population_compiles_once(build: Build) -> None:
    """Devices that differ in their numbers share one program, and each answers as it does alone."""
    traces, inputs = 0, _inputs()

    def respond(device):
        nonlocal traces
        traces += 1
        return device.respond(inputs)

    evaluate = jax.jit(jax.vmap(respond))
    entries = _parameters(build)
    for shares in ((0.25, 0.5), (0.6, 0.75)):
        devices = [build(**{name: _typical(entry, share) for name, entry in entries.items()}) for share in shares]
        stacked = jax.tree.map(lambda *leaves: jnp.stack(leaves), *devices)
        alone = jnp.stack([device.respond(inputs) for device in devices])
        np.testing.assert_allclose(evaluate(stacked), alone, rtol=1e-5, atol=2e-6)
    assert traces == 1, f"two populations of the same structure were compiled {traces} times"


def the_same_key_gives_the_same_answer(build: Build) -> None:
    """Noise comes from the key alone, and without a key there is none."""
    device, inputs = build(), _inputs()
    for key in (None, jax.random.key(5)):
        first, second = (device.respond(inputs, key=key) for _ in range(2))
        assert (first == second).all(), f"two answers under the key {key} differ"


def no_answer_leaves_the_stated_range(build: Build) -> None:
    """`output_range` holds every answer."""
    device = build()
    for low, high in ((-6.0, 6.0), (-0.3, 0.4), (1.0, 1.5), (-jnp.inf, jnp.inf)):
        least, largest = device.output_range(jnp.float32(low), jnp.float32(high))
        answers = device.respond(jnp.linspace(max(low, -50.0), min(high, 50.0), 1001))
        margin = 1e-6 * max(1.0, float(jnp.abs(answers).max()))
        assert least <= answers.min() + margin, f"an answer of {answers.min()} is below the stated {least}"
        assert answers.max() <= largest + margin, f"an answer of {answers.max()} is above the stated {largest}"


def affine_is_only_what_says_so(build: Build) -> None:
    """The two parts of an answer make the whole, and the affine end, like a device that `is_affine`, keeps means."""
    device, inputs = build(), _inputs()
    ends = [device.affine_end] + [device.respond] * device.is_affine
    for key in (None, jax.random.key(5)):
        parts = device.affine_end(device.before_affine_end(inputs, key=key))
        np.testing.assert_allclose(parts, device.respond(inputs, key=key), rtol=1e-6, atol=1e-6)
    before = device.before_affine_end(inputs)
    for end in ends:
        mean = 0.3 * end(before) + 0.7 * end(before[::-1])
        scale = float(jnp.max(jnp.abs(mean)))
        np.testing.assert_allclose(end(0.3 * before + 0.7 * before[::-1]), mean, rtol=1e-5, atol=1e-5 * scale)


def every_parameter_acts(build: Build) -> None:
    """Each declared number changes the answer within its typical range."""
    inputs = _inputs()
    for name, entry in _parameters(build).items():
        low, high = (build(**{name: _typical(entry, share)}).respond(inputs) for share in (0.0, 1.0))
        assert (low != high).any(), f"`{name}` changes nothing between {entry.typical[0]} and {entry.typical[1]}"


def values_out_of_range_are_refused(build: Build) -> None:
    """The typical range is allowed; NaN, and what lies beyond a declared end, is refused with name, value and range."""
    for name, entry in _parameters(build).items():
        low, high = entry.typical
        assert low < high, f"the typical range of `{name}` ends at {high}, where it begins or before"
        assert entry.mistake(low) is entry.mistake(high) is None, f"the typical range of `{name}` leaves its range"
        wrong = [float("nan")]
        if np.isfinite(entry.low):
            wrong.append(entry.low if entry.low_open else entry.low - 1.0)
        if np.isfinite(entry.high):
            wrong.append(entry.high if entry.high_open else entry.high + 1.0)
        elif entry.high_open:
            wrong.append(float("inf"))
        for value in wrong:
            said = _refusal(build, name, value)
            assert said is not None, f"`{name}` = {value} was taken, but must be {entry.allowed}"
            assert f"{name}`" in said, f"the refusal of {name} = {value} does not name it: {said}"
            assert f"got {value:g}" in said, f"the refusal of {name} = {value} does not say the value: {said}"
            # What bounds a setting is what was measured, which may be narrower than what is declared.
            told = entry.allowed in said or "the measured ones" in said
            assert told, f"the refusal of {name} = {value} does not say that it must be {entry.allowed}: {said}"


def _refusal(build: Build, name: str, value: float) -> str | None:
    try:
        build(**{name: value})
    except InputError as refusal:
        return str(refusal)
    return None


DEVICE_LAWS: tuple[Callable[[Build], None], ...] = (
    shape_and_type_are_kept,
    finite_on_the_whole_real_line,
    the_same_inside_jit,
    a_population_compiles_once,
    the_same_key_gives_the_same_answer,
    no_answer_leaves_the_stated_range,
    affine_is_only_what_says_so,
    every_parameter_acts,
    values_out_of_range_are_refused,
)
"""Every law, in the order in which a new class usually meets them."""
