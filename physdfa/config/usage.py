"""Which keys act under which others: a parameter that provably changes nothing is refused, not ignored."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import product
from typing import Any

from physdfa.config.keys import KEYS
from physdfa.config.schema import ExperimentConfig
from physdfa.config.search_schema import Gene, SweepRange
from physdfa.data.shd import EVENT_SETS

RULE_NEEDS: dict[str, frozenset[str]] = {
    "bptt": frozenset({"surrogate"}),
    "dfa": frozenset({"surrogate", "feedback"}),
    "adfa": frozenset({"device", "feedback"}),
    "sparse_dfa": frozenset({"feedback", "local_factor"}),
    "readout_only": frozenset(),
    "sfdfa": frozenset({"events", "learned_feedback"}),
    "fdfa": frozenset({"surrogate", "learned_feedback"}),
    "eprop": frozenset({"surrogate", "feedback"}),
    "erbp": frozenset({"surrogate_width", "feedback"}),
    "st_dfa": frozenset({"feedback"}),
    "sign_concordant": frozenset({"surrogate", "feedback_scale"}),
    "drtp": frozenset({"surrogate", "feedback"}),
}
"""What each learning rule takes for its hidden layers; a new rule is a line here and a name in the schema.

`feedback`: a fixed random projection, with its scale; `feedback_scale`: the scale alone. `surrogate`: the surrogate
derivative, with its width; `surrogate_width`: the width alone.
"local_factor": a surrogate or a device, as `rule.local_factor` says.
"""

SPARSE_KINDS = ("sparse", "fan_in", "single_entry", "block")
"""The kinds of feedback that leave connections out."""


@dataclass(frozen=True)
class Use:
    """`keys` act where `acts(config)`, which reads `controls` only; `reason` is said where they do not."""

    keys: tuple[str, ...]
    controls: tuple[str, ...]
    acts: Callable[[ExperimentConfig], bool]
    reason: str


def needs_of(config: ExperimentConfig) -> frozenset[str]:
    """What the learning rule of a config takes for its hidden layers."""
    needs = RULE_NEEDS[config.rule.name]
    chosen = config.rule.local_factor if "local_factor" in needs else None
    return needs if chosen is None else needs | {chosen}


def _needs(config: ExperimentConfig, what: str) -> bool:
    return what in needs_of(config)


def _rules_with(*what: str, also: str = "") -> str:
    """The names of the rules that need any of these, as words."""
    *most, last = [*(name for name, needs in RULE_NEEDS.items() if needs & set(what)), *([also] if also else [])]
    return f"{', '.join(most)} and {last}" if most else last


def _has_random_feedback(config: ExperimentConfig) -> bool:
    return _needs(config, "feedback") and not (config.rule.name == "eprop" and config.rule.symmetric)


_SPARSE_WITH_SURROGATE = "sparse_dfa with the local factor surrogate"
_RULES_WITH_FEEDBACK = _rules_with("feedback")
_RULES_WITH_SCALE = _rules_with("feedback", "feedback_scale")
_RULES_WITH_SURROGATE = _rules_with("surrogate", also=_SPARSE_WITH_SURROGATE)
_RULES_WITH_WIDTH = _rules_with("surrogate", "surrogate_width", also=_SPARSE_WITH_SURROGATE)
_RULES_WITH_DEVICE = _rules_with("device", also="sparse_dfa with the local factor device")
_RULES_WITH_LEARNED_FEEDBACK = _rules_with("learned_feedback")

_FEEDBACK_KEYS = tuple(key for key in KEYS if key.startswith("feedback."))
_EVENT_KEYS = tuple(key for key in KEYS if key.startswith("events.") and key != "events.window")
_DISCRETE_TIME_KEYS = (
    *(key for key in KEYS if key.startswith("network.") and key != "network.hidden"),
    "rule.error",
    "training.loss",
    "training.dropout",
    "training.input_dropout",
)

USES: tuple[Use, ...] = (
    Use(
        ("device.*",),
        ("rule.name", "rule.local_factor"),
        lambda config: _needs(config, "device"),
        f"the backward device acts only under the rules {_RULES_WITH_DEVICE}",
    ),
    Use(
        _FEEDBACK_KEYS,
        ("rule.name", "rule.symmetric"),
        _has_random_feedback,
        f"only the rules {_RULES_WITH_FEEDBACK}, eprop where it is not symmetric, have a random feedback matrix",
    ),
    Use(
        ("rule.feedback_scale",),
        ("rule.name", "rule.gradient", "rule.symmetric"),
        lambda config: (
            _has_random_feedback(config)
            or _needs(config, "feedback_scale")
            or (_needs(config, "events") and config.rule.gradient == "dfa")
        ),
        f"only the rules {_RULES_WITH_SCALE}, eprop where it is not symmetric, and sfdfa with the gradient dfa, have "
        "feedback of a given scale",
    ),
    Use(
        ("rule.local_factor", "rule.error_threshold", "rule.update_threshold"),
        ("rule.name",),
        lambda config: _needs(config, "local_factor"),
        "only the rule sparse_dfa chooses its local factor and has thresholds",
    ),
    Use(
        ("rule.symmetric",),
        ("rule.name",),
        lambda config: config.rule.name == "eprop",
        "only the rule eprop chooses between random and symmetric feedback",
    ),
    Use(
        ("rule.feedback_rate", "rule.feedback_optimizer"),
        ("rule.name",),
        lambda config: _needs(config, "learned_feedback"),
        f"only the rules {_RULES_WITH_LEARNED_FEEDBACK} learn their feedback",
    ),
    Use(
        (*_EVENT_KEYS, "rule.gradient", "rule.local_gradient"),
        ("rule.name",),
        lambda config: _needs(config, "events"),
        "only the rule sfdfa has event neurons",
    ),
    Use(
        ("events.window",),
        ("rule.name", "data.encoding"),
        lambda config: _needs(config, "events") or config.data.encoding == "events",
        "only event neurons, and samples that are events, have a window in which inputs come",
    ),
    Use(
        ("rule.feedback_rate", "rule.feedback_optimizer"),
        ("rule.name", "rule.gradient"),
        lambda config: not _needs(config, "events") or config.rule.gradient == "sfdfa",
        "of the rule sfdfa only the gradient sfdfa learns its feedback",
    ),
    Use(
        ("events.wanted_rate", "events.penalty_sides"),
        ("events.rate_penalty",),
        lambda config: config.events.rate_penalty > 0,
        "without a rate_penalty no rate is wanted",
    ),
    Use(
        _DISCRETE_TIME_KEYS,
        ("rule.name",),
        lambda config: not _needs(config, "events"),
        "the rule sfdfa has event neurons and a loss on spike counts, which are set in [events]",
    ),
    Use(
        ("feedback.share",),
        ("feedback.kind",),
        lambda config: config.feedback.kind == "sparse",
        "only the feedback sparse keeps a share of the connections",
    ),
    Use(
        ("feedback.fan_in",),
        ("feedback.kind",),
        lambda config: config.feedback.kind == "fan_in",
        "only the feedback fan_in has so many connections for each neuron",
    ),
    Use(
        ("feedback.blocks",),
        ("feedback.kind",),
        lambda config: config.feedback.kind == "block",
        "only the feedback block has blocks",
    ),
    Use(
        ("feedback.entries",),
        ("feedback.kind",),
        lambda config: config.feedback.kind in SPARSE_KINDS,
        f"only the feedbacks {', '.join(SPARSE_KINDS)} choose the values of their connections",
    ),
    Use(
        ("feedback.reference", "feedback.full_scale", "feedback.camera_bits", "feedback.shot_noise"),
        ("feedback.kind",),
        lambda config: config.feedback.kind == "scattering",
        "only the feedback scattering has a reference beam and a camera",
    ),
    Use(
        ("feedback.weight_range", "feedback.weight_bits", "feedback.product_noise"),
        ("feedback.kind",),
        lambda config: config.feedback.kind == "weight_bank",
        "only the feedback weight_bank has rings and detectors",
    ),
    Use(
        ("feedback.error_threshold",),
        ("feedback.precision",),
        lambda config: config.feedback.precision == "ternary",
        "only a ternary error has a threshold",
    ),
    Use(
        ("feedback.error_bits",),
        ("feedback.precision",),
        lambda config: config.feedback.precision == "rounded",
        "only a rounded error has a number of bits",
    ),
    Use(
        ("network.surrogate_width",),
        ("rule.name", "rule.local_factor", "network.readout"),
        lambda config: (
            _needs(config, "surrogate") or _needs(config, "surrogate_width") or config.network.readout == "count"
        ),
        f"only the rules {_RULES_WITH_WIDTH} and the count readout use the surrogate derivative's width",
    ),
    Use(
        ("network.surrogate",),
        ("rule.name", "rule.local_factor", "network.readout"),
        # The spiking output layer gets its exact error through the surrogate under every rule.
        lambda config: _needs(config, "surrogate") or config.network.readout == "count",
        f"only the rules {_RULES_WITH_SURROGATE} and the count readout use the surrogate derivative",
    ),
    Use(
        ("network.readout_decay",),
        ("network.readout",),
        lambda config: config.network.readout in ("membrane", "count"),
        "only the membrane and count readouts have a leak",
    ),
    Use(
        ("network.membrane_reduction",),
        ("network.readout",),
        lambda config: config.network.readout == "membrane",
        "only the membrane readout is reduced over time",
    ),
    Use(
        (
            "network.decay_mem",
            "network.reset",
            "network.refractory_steps",
            "network.readout_decay",
            "network.membrane_reduction",
            "rule.error",
        ),
        ("network.num_steps",),
        lambda config: config.network.num_steps > 1,
        "with one time step nothing carries over to a next one",
    ),
    Use(
        ("analysis.alignment",),
        ("rule.name",),
        lambda config: config.rule.name != "readout_only",
        "readout_only does not update its hidden layers, so that there is no angle to measure",
    ),
    Use(
        ("training.momentum",),
        ("training.optimizer",),
        lambda config: config.training.optimizer == "sgd",
        "only the optimizer sgd has a momentum of its own",
    ),
    Use(
        ("training.weight_decay",),
        ("training.optimizer",),
        lambda config: config.training.optimizer == "adamw",
        "only the optimizer adamw decays weights",
    ),
    Use(
        ("data.shift_augmentation",),
        ("data.name",),
        lambda config: config.data.name not in EVENT_SETS,
        "samples that are events are no images, so they cannot be shifted",
    ),
)


def _uses_of(key: str) -> Iterator[Use]:
    pattern = "device.*" if key.startswith("device.") else key
    return (use for use in USES if pattern in use.keys)


def inactive_reason(config: ExperimentConfig, key: str) -> str | None:
    """Why a key changes nothing in this configuration; `None` where it acts."""
    for use in _uses_of(key):
        if not use.acts(config):
            values = {control: read_fixed(config, control) for control in use.controls}
            state = ", ".join(f"{key} = {_plain(value)}" for key, value in values.items() if value is not None)
            return f"{use.reason} (here {state})"
    return None


def inactive_everywhere(configs: Sequence[ExperimentConfig], key: str) -> str | None:
    """Why a key changes nothing in any of the configurations; `None` where it acts in at least one."""
    reasons = [inactive_reason(config, key) for config in configs]
    return reasons[0] if all(reasons) else None


def controls_of(key: str) -> frozenset[str]:
    """The keys that decide whether this one acts."""
    return frozenset(control for use in _uses_of(key) for control in use.controls)


def variants(config: ExperimentConfig, ranges: Mapping[str, SweepRange | Gene]) -> list[ExperimentConfig]:
    """The configurations that differ in what `USES` reads: each choice and end point of the varied controls."""
    controls = {control for use in USES for control in use.controls}
    visited = {key: list(_visited(key, entry)) for key, entry in ranges.items() if key in controls}
    varied = {key: values for key, values in visited.items() if values}
    made = []
    for values in product(*varied.values()):
        candidate = config
        for key, value in zip(varied, values, strict=True):
            section, name = key.split(".", 1)
            candidate = replace(candidate, **{section: replace(getattr(candidate, section), **{name: value})})
        made.append(candidate)
    return made


def _visited(key: str, entry: SweepRange | Gene) -> Iterator[Any]:
    listed: list[Any] = [*(entry.choices or ()), *(getattr(entry, "values", None) or ())]
    if entry.low is not None and entry.high is not None:
        listed += [int(end) if float(end).is_integer() else end for end in (entry.low, entry.high)]
    allowed = [value for value in listed if KEYS[key].allows(value)]  # the others are reported elsewhere
    if all(isinstance(value, int) for value in allowed) and allowed:
        allowed = [min(allowed), max(allowed)]  # the ends stand for the rest, so that the product stays small
    yield from allowed


def read_fixed(config: ExperimentConfig, key: str) -> Any:
    """The value of a key of a table with fixed keys."""
    section, name = key.split(".", 1)
    return getattr(getattr(config, section), name)


def _plain(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)
