"""The parts of a training that are a user's own, asked once for shapes alone: before anything costs time.

Each is asked apart from the others with arrays of a few samples. What it raises, and an answer of another form than its
base class promises, is told in one sentence.
"""

from collections.abc import Callable
from typing import Any

import jax
import jax.numpy as jnp
import optax
from jaxtyping import PRNGKeyArray

from physdfa.devices import Cascade, check_own_device
from physdfa.devices.functions import Constant
from physdfa.network import NetworkParameters, SpikingNetwork, Stimulus
from physdfa.network.readout import AbstractLinearReadout
from physdfa.neurons import NeuronStep
from physdfa.parts import PartError, is_ours
from physdfa.parts.own import answer, blamed, expect_like, expect_shape, expect_values, in_words, named, note_part
from physdfa.parts.registry import field_mistake
from physdfa.rules import AbstractDirectFeedback, AbstractRule, Batch, DirectFeedback, RuleState, RuleUpdate
from physdfa.training.directions import AbstractDirection
from physdfa.training.optimizer import AbstractOptimizer, Optimizer
from physdfa.training.population import structure_of
from physdfa.training.trial import Trial

SAMPLES = (3, 5, 7, 11)
"""Numbers of samples to ask with: the first that is no size of the network, so that axes in a wrong order are seen."""

_passed: set[Any] = set()


def check_own_parts(trial: Trial) -> None:
    """Ask each of the user's own parts of a trial for the shapes of its answers, once per structure.

    **Raises:** `PartError` for what a part raises, or answers in another form than promised.
    """
    own = [(what, part) for what, part in _parts_of(trial) if _is_own(part)]
    if not own:
        return
    for what, part in own:
        note_part(what, type(part))
        if not is_ours(type(part)) and (mistake := field_mistake(type(part))):
            raise PartError(f"{_words(what, part)}: {mistake}")
        _check_leaves(_words(what, part), part)
    structure = structure_of(trial)
    if structure in _passed:
        return
    for what, part in own:
        if isinstance(trial.network, SpikingNetwork) or what in ("device", "optimizer"):
            with blamed(_words(what, part), _own_modules(part)):
                _CHECKS[what](_words(what, part), part, trial)
    _passed.add(structure)


def _parts_of(trial: Trial) -> list[tuple[str, Any]]:
    network, devices = trial.network, [trial.device]
    if isinstance(trial.device, Cascade):
        devices = list(trial.device.stages)
    found: list[tuple[str, Any]] = [("device", device) for device in devices if device is not None]
    if isinstance(network, SpikingNetwork):
        found += [("neuron", network.neuron), ("readout", network.readout)]
    found += [("encoding", trial.encoding), ("loss", trial.loss)]
    optimizer = trial.optimizer
    found.append(("optimizer", optimizer.direction if isinstance(optimizer, Optimizer) else optimizer))
    if trial.rule.projection is not None:
        found.append(("feedback projection", trial.rule.projection))
    return [*found, ("learning rule", trial.rule)]


def _is_own(part: Any) -> bool:
    return bool(_own_modules(part))


def _own_modules(part: Any) -> list[str]:
    """Where the user's code of a part stands: its class, or the functions that a `DirectFeedback` is made of."""
    functions: list[Any] = []
    if isinstance(part, DirectFeedback):
        functions = [part.local_factor.before_affine_end, part.local_factor.affine_end, part.teaching_signal]
    modules = [getattr(one, "__module__", None) or "physdfa" for one in (type(part), *functions)]
    return [module for module in modules if module.partition(".")[0] != "physdfa"]


def _words(what: str, part: Any) -> str:
    return "the learning rule DirectFeedback" if type(part) is DirectFeedback else named(what, type(part))


def _check_leaves(part: str, module: Any) -> None:
    """Refuse fields that are neither numbers nor said to be structure."""
    for path, leaf in jax.tree_util.tree_leaves_with_path(module):
        try:
            jax.typeof(leaf)
        except TypeError:
            name = jax.tree_util.keystr(path).strip(".")
            raise PartError(
                f"{part}: its field `{name}` is {in_words(leaf)}, no array; declare it as a pf.option, or with "
                "eqx.field(static=True)."
            ) from None


def _samples(trial: Trial) -> int:
    return next(count for count in SAMPLES if count not in (*trial.network.layer_sizes, trial.network.num_steps))


def _floats(*shape: int) -> jax.ShapeDtypeStruct:
    return jax.ShapeDtypeStruct(shape, jnp.float32)


_INDEX = jax.ShapeDtypeStruct((), jnp.int32)


def _key() -> PRNGKeyArray:
    return jax.random.key(0)


def _check_device(part: str, device: Any, trial: Trial) -> None:
    check_own_device(device, part, (_samples(trial), trial.network.layer_sizes[1]))


def _check_neuron(part: str, neuron: Any, trial: Trial) -> None:
    shape, axes = (_samples(trial), trial.network.layer_sizes[1]), "batch neurons"
    start = answer(lambda one: one.initial_state(shape), neuron)
    given = answer(lambda one, current: one.step(current, one.initial_state(shape)), neuron, _floats(*shape))
    shown, state = expect_values(part, "step", given, ("a NeuronStep", "the state"))
    if not isinstance(shown, NeuronStep):
        raise PartError(
            f"{part}: `step` has to return a pf.neurons.NeuronStep(potential, spikes, resting) and the state; got "
            f"{in_words(shown)} first."
        )
    expect_shape(part, "step", shown.potential, shape, axes, "`potential`")
    expect_shape(part, "step", shown.spikes, shape, axes, "`spikes`")
    expect_like(part, "step", state, start, "a state like that of `initial_state`")
    slope = answer(lambda one, potential: one.surrogate_derivative(potential), neuron, _floats(*shape))
    expect_shape(part, "surrogate_derivative", slope, shape, axes)


def _check_readout(part: str, readout: Any, trial: Trial) -> None:
    shape, axes, steps = (_samples(trial), trial.network.layer_sizes[-1]), "batch classes", trial.network.num_steps
    if isinstance(readout, AbstractLinearReadout):
        weights = answer(lambda one: one.step_weights(steps), readout)
        expect_shape(part, "step_weights", weights, (steps,), "time")
        followed = answer(lambda one, *given: one.followed(*given), readout, _floats(*shape), _floats(*shape), _INDEX)
        expect_shape(part, "followed", followed, shape, axes)
    start = answer(lambda one: one.initial_state(shape), readout)
    given = answer(
        lambda one, current, index: one.step(current, one.initial_state(shape), index), readout, _floats(*shape), _INDEX
    )
    outputs, state = expect_values(part, "step", given, ("the outputs", "the state"))
    expect_shape(part, "step", outputs, shape, axes, "the outputs")
    expect_like(part, "step", state, start, "a state like that of `initial_state`")


def _check_encoding(part: str, encoding: Any, trial: Trial) -> None:
    if encoding.gives_events:
        return
    shape, steps = (_samples(trial), trial.network.layer_sizes[0]), trial.network.num_steps
    given = answer(lambda one, pixels, step: one.encode(pixels, step, steps, _key()), encoding, _floats(*shape), _INDEX)
    expect_shape(part, "encode", given, shape, "batch inputs")


def _check_loss(part: str, loss: Any, trial: Trial) -> None:
    del loss
    samples, classes = _samples(trial), trial.network.layer_sizes[-1]
    labels = jax.ShapeDtypeStruct((samples,), jnp.int32)
    given = answer(lambda one, outputs, of: one.objective(of)(outputs), trial, _floats(samples, classes), labels)
    expect_shape(part, "of_samples", given, (samples,), "batch")


def _check_optimizer(part: str, direction: Any, trial: Trial) -> None:
    method = "update" if isinstance(direction, AbstractOptimizer) else "transformation"
    if isinstance(direction, AbstractDirection):
        given = answer(lambda one: one.transformation(), direction)
        if not isinstance(given, optax.GradientTransformation):
            raise PartError(
                f"{part}: `transformation` has to return a transformation of optax, such as optax.scale_by_adam(); got "
                f"{in_words(given)}."
            )

    def one_step(optimizer: Any, network: Any, key: PRNGKeyArray) -> Any:
        parameters = network.initial_parameters(key)
        state = optimizer.init(parameters)
        after = optimizer.update(parameters, state, parameters, jnp.int32(0), jnp.int32(1))
        return parameters, state, after

    parameters, state, after = answer(one_step, trial.optimizer, trial.network, _key())
    changed, next_state = expect_values(part, method, after, ("the parameters", "the state"))
    expect_like(part, method, changed, parameters, "arrays like the parameters")
    expect_like(part, method, next_state, state, "a state like that of its start")


def _check_projection(part: str, projection: Any, trial: Trial) -> None:
    samples, (_, *hidden, classes) = _samples(trial), trial.network.layer_sizes

    def projected(one: Any, error: Any, key: PRNGKeyArray) -> Any:
        return one.drawn(key, hidden[0], classes, trial.rule.scale).project(error, key=key)

    given = answer(projected, projection, _floats(samples, classes), _key())
    expect_shape(part, "project", given, (samples, hidden[0]), "batch neurons")


def _check_rule(part: str, rule: AbstractRule, trial: Trial) -> None:
    del rule
    parameters, before, given = _with_device_told(part, trial, lambda device: answer(_update, trial, device, _key()))
    update, state = expect_values(part, "update", given, ("a RuleUpdate", "the state"))
    if not isinstance(update, RuleUpdate):
        raise PartError(
            f"{part}: `update` has to return a pf.rules.RuleUpdate and the state; got {in_words(update)} first."
        )
    expect_like(part, "update", update.gradient, parameters, "a gradient like the parameters")
    outputs = _samples(trial), trial.network.layer_sizes[-1]
    expect_shape(part, "update", update.outputs, outputs, "batch classes", "`outputs`")
    expect_like(part, "update", state, before, "a state like that of `init`")


def _check_direct(part: str, rule: AbstractDirectFeedback, trial: Trial) -> None:
    network, samples = trial.network, _samples(trial)
    classes, neurons = network.layer_sizes[-1], network.layer_sizes[1]
    if rule.projection is None:
        raise PartError(
            f"{part} has no feedback matrix: derive it from pf.rules.AbstractRandomFeedback and "
            "pf.rules.AbstractDirectFeedback, in this order, or define `projection`."
        )

    def factor(one: Trial, device: Any, potential: Any, key: PRNGKeyArray) -> Any:
        assert isinstance(one.rule, AbstractDirectFeedback)
        return one.rule.factor.before_affine_end(one.network, device, potential, key)  # pyright: ignore

    def end(one: Trial, device: Any, signal: Any) -> Any:
        assert isinstance(one.rule, AbstractDirectFeedback)
        return one.rule.factor.affine_end(device, signal)

    potential = _floats(samples, neurons)
    given = _with_device_told(part, trial, lambda device: answer(factor, trial, device, potential, _key()))
    expect_shape(part, "factor", given, potential.shape, "batch neurons")
    given = _with_device_told(part, trial, lambda device: answer(end, trial, device, potential))
    expect_shape(part, "affine_end", given, potential.shape, "batch neurons")

    def taught(one: Trial, error: Any, key: PRNGKeyArray) -> Any:
        assert isinstance(one.rule, AbstractDirectFeedback)
        teaching = one.rule.teaching_signal if isinstance(one.rule, DirectFeedback) else one.rule.teaching
        return teaching(_batch(one, key), error)

    method = "teaching_signal" if isinstance(rule, DirectFeedback) else "teaching"
    given = answer(taught, trial, _floats(samples, classes), _key())
    expect_shape(part, method, given, (samples, classes), "batch classes")
    _check_rule(part, rule, trial)


def _check_any_rule(part: str, rule: AbstractRule, trial: Trial) -> None:
    check = _check_direct if isinstance(rule, AbstractDirectFeedback) else _check_rule
    check(part, rule, trial)  # pyright: ignore[reportArgumentType]


def _with_device_told(part: str, trial: Trial, ask: Callable[[Any], Any]) -> Any:
    """What a rule answers to its device; one that looks at a device without asking for it is told so."""
    try:
        return ask(trial.device)
    except AttributeError as error:
        if trial.device is not None or "NoneType" not in str(error):
            raise
        try:
            ask(Constant())
        except Exception:
            raise error from None
        raise PartError(
            f"{part} uses a device, but does not say so, and gets none: write LocalFactor(function, "
            "needs_device=True), or define `needs_device`."
        ) from error


def _batch(trial: Trial, key: PRNGKeyArray) -> Batch:
    network, samples = trial.network, _samples(trial)
    assert isinstance(network, SpikingNetwork)
    pixels, labels = jnp.zeros((samples, network.layer_sizes[0])), jnp.zeros((samples,), jnp.int32)
    stimulus = network.stimulus(trial.encoding, pixels, key)
    if trial.encoding.gives_events:
        stimulus = Stimulus(False, lambda step: pixels)
    return Batch(stimulus, trial.objective(labels), None, trial.penalty, labels)


def _update(trial: Trial, device: Any, key: PRNGKeyArray) -> tuple[NetworkParameters, RuleState, Any]:
    """Parameters, state, and what `update` makes of them."""
    parameters = trial.network.initial_parameters(key)
    state = trial.rule.init(key, trial.network)
    given = trial.rule.update(trial.network, parameters, _batch(trial, key), device, state, key=key)
    return parameters, state, given


_CHECKS: dict[str, Callable[[str, Any, Trial], None]] = {
    "device": _check_device,
    "neuron": _check_neuron,
    "readout": _check_readout,
    "encoding": _check_encoding,
    "loss": _check_loss,
    "optimizer": _check_optimizer,
    "feedback projection": _check_projection,
    "learning rule": _check_any_rule,
}
