"""Which keys act under which others: a parameter that provably changes nothing is refused, not ignored."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cache, lru_cache
from itertools import product
from typing import Any

import numpy as np

from physdfa.config.choices import CHOICES, all_part_keys, not_of_the_part, own_values, part_class, part_keys
from physdfa.config.keys import KEYS
from physdfa.config.schema import ExperimentConfig
from physdfa.config.search_schema import GeneRange, SweepRange
from physdfa.data import find_dataset
from physdfa.errors import InputError
from physdfa.feedback import make_projection
from physdfa.parts import Option, PartError, declarations, is_ours
from physdfa.parts.own import make
from physdfa.rules import RULES, AbstractRule


@dataclass(frozen=True)
class Use:
    """Keys for which `covers(config, key)` act where `acts(config)`, which reads `controls` only.

    `reason` is said where they do not; `of_own` in its place where the rule is one of the user's own, since no list of
    ours says what that can.
    """

    covers: Callable[[ExperimentConfig, str], bool]
    controls: tuple[str, ...]
    acts: Callable[[ExperimentConfig], bool]
    reason: str
    of_own: str = ""

    def said(self, config: ExperimentConfig) -> str:
        """The reason in this configuration."""
        return self.of_own if self.of_own and _has_own_rule(config) else self.reason


def _has_own_rule(config: ExperimentConfig) -> bool:
    return not is_ours(RULES.find(config.rule.name))


def rule_of(config: ExperimentConfig) -> AbstractRule:
    """The learning rule of a config as its choices make it, its numbers the defaults."""
    section = config.rule
    chosen = {
        name: entry for name, entry in declarations(RULES.find(section.name)).items() if isinstance(entry, Option)
    }
    return _rule(section.name, tuple((name, section.values.get(name, chosen[name].default)) for name in chosen))


def made_rule(config: ExperimentConfig) -> AbstractRule:
    """The learning rule of a config with all of its numbers, and its projection where it chooses one at all.

    **Raises:** `InputError` for a value that it does not take.
    """
    rule: Any = RULES.find(config.rule.name)
    made = make("learning rule", rule, own_values(config, "rule"))
    if not made.chooses_projection:
        return made
    feedback = make_projection(config.feedback.kind, config.feedback.precision, own_values(config, "feedback"))
    return replace(made, feedback=feedback)


@lru_cache(maxsize=256)
def _rule(name: str, options: tuple[tuple[str, Any], ...]) -> AbstractRule:
    rule: Any = RULES.find(name)
    try:
        return make("learning rule", rule, dict(options))
    except PartError:
        raise
    except InputError:  # a choice that is refused elsewhere
        return rule()


def _rules_that(says: Callable[[AbstractRule], bool]) -> str:
    """The names of the rules that, with any of their choices, are so, as words."""
    *most, last = [name for name in RULES if any(says(made) for made in _every(name))]
    return f"{', '.join(most)} and {last}" if most else last


@cache
def _every(name: str) -> list[AbstractRule]:
    """A rule with each of its choices."""
    rule: Any = RULES[name]
    options = {name: entry for name, entry in declarations(rule).items() if isinstance(entry, Option)}
    values = [
        entry.choices or ((False, True) if entry.default is False else (entry.default,)) for entry in options.values()
    ]
    return [rule(**dict(zip(options, chosen, strict=True))) for chosen in product(*values)]


def _named(*keys: str) -> Callable[[ExperimentConfig, str], bool]:
    return lambda config, key: key in keys


def _keys_of(choice: str, config: ExperimentConfig) -> set[str]:
    return {f"{choice.partition('.')[0]}.{name}" for name in own_values(config, choice)}


def _is_discrete(config: ExperimentConfig) -> bool:
    return not rule_of(config).event_neurons


def _has_series(config: ExperimentConfig) -> bool:
    encoding = part_class(config, "data.encoding")
    return encoding.gives_events and not encoding.takes_events


def _surrogate_acts(name: str) -> Callable[[ExperimentConfig], bool]:
    """Whether the rule, or the readout's own neurons, depend on the surrogate derivative so far.

    A part of the user's own may, without saying so.
    """
    return lambda config: (
        _has_own_rule(config)
        or not is_ours(part_class(config, "network.readout"))
        or name in rule_of(config).reads | part_class(config, "network.readout").reads
    )


def _over_steps(config: ExperimentConfig) -> set[str]:
    """The keys that act from one time step to the next only."""
    parts = (part_class(config, "network.neuron"), part_class(config, "network.readout"))
    return {"rule.error", "network.recurrent", "network.recurrent_scale"} | {
        f"network.{name}" for part in parts for name in part.between_steps
    }


_READS = "some of which choose a device instead, and the count readout use the surrogate derivative"

USES: tuple[Use, ...] = (
    Use(
        lambda config, key: key.startswith("device."),
        ("rule.name",),
        lambda config: rule_of(config).needs_device,
        f"the backward device acts only under the rules {_rules_that(lambda rule: rule.needs_device)}, some of which "
        "choose between it and the surrogate derivative",
        "this rule does not ask for a backward device, as LocalFactor(function, needs_device=True) would",
    ),
    Use(
        lambda config, key: key.startswith("feedback."),
        ("rule.name",),
        lambda config: rule_of(config).chooses_projection,
        f"only the rules {_rules_that(lambda rule: rule.chooses_projection)}, eprop where it is not symmetric and ottt "
        "where its error comes direct, have a random feedback matrix",
        "this rule has no feedback to choose, as one that derives from AbstractRandomFeedback has",
    ),
    Use(
        lambda config, key: key.startswith("events.") and key != "events.window",
        ("rule.name",),
        lambda config: rule_of(config).event_neurons,
        f"only the rule {_rules_that(lambda rule: rule.event_neurons)} has event neurons",
        "this rule has no event neurons: its `event_neurons` says so",
    ),
    Use(
        _named("events.window"),
        ("rule.name", "data.encoding"),
        lambda config: rule_of(config).event_neurons or part_class(config, "data.encoding").gives_events,
        "only event neurons, and samples that are events, have a window in which inputs come",
    ),
    Use(
        _named("events.wanted_rate", "events.penalty_sides"),
        ("events.rate_penalty",),
        lambda config: config.events.rate_penalty > 0,
        "without a rate_penalty no rate is wanted",
    ),
    Use(
        lambda config, key: (
            (key.startswith("network.") and key != "network.hidden")
            or key in ("training.loss", "training.dropout", "training.input_dropout")
            or key in _keys_of("training.loss", config)
        ),
        ("rule.name",),
        _is_discrete,
        f"the rule {_rules_that(lambda rule: rule.event_neurons)} has event neurons and a loss on spike counts, which "
        "are set in [events]",
        "this rule has event neurons and a loss on spike counts, which are set in [events]",
    ),
    Use(
        _named("network.surrogate_width"),
        ("rule.name", "network.readout"),
        _surrogate_acts("surrogate_width"),
        f"only the rules {_rules_that(lambda rule: 'surrogate_width' in rule.reads)}, {_READS}'s width",
    ),
    Use(
        _named("network.surrogate"),
        ("rule.name", "network.readout"),
        _surrogate_acts("surrogate"),
        f"only the rules {_rules_that(lambda rule: 'surrogate' in rule.reads)}, {_READS}",
    ),
    Use(
        _named("network.recurrent_scale"),
        ("network.recurrent",),
        lambda config: bool(np.any(config.network.recurrent)),
        "no hidden layer is recurrent",
    ),
    Use(
        lambda config, key: key in _over_steps(config),
        ("network.num_steps",),
        lambda config: config.network.num_steps > 1,
        "with one time step nothing carries over to a next one",
    ),
    Use(
        _named("analysis.alignment"),
        ("rule.name",),
        lambda config: rule_of(config).learns_hidden,
        "this rule does not update its hidden layers, so that there is no angle to measure",
    ),
    Use(
        _named("data.shift_augmentation"),
        ("data.name", "data.encoding"),
        lambda config: find_dataset(config.data.name).can_shift and not _has_series(config),
        "these samples are no images, nor events on the rows and columns of a sensor, so they cannot be shifted",
    ),
    Use(
        _named("data.time_jitter"),
        ("data.encoding",),
        lambda config: part_class(config, "data.encoding").gives_events,
        "only samples that are events have times to be changed",
    ),
)


def _uses_of(config: ExperimentConfig, key: str) -> Iterator[Use]:
    return (use for use in USES if use.covers(config, key))


def inactive_reason(config: ExperimentConfig, key: str) -> str | None:
    """Why a key changes nothing in this configuration; `None` where it acts."""
    reason, controls = not_of_the_part(config, key), [choice.key for choice in CHOICES.get(key.partition(".")[0], ())]
    if reason is None and key.startswith("rule."):
        reason = rule_of(config).idle().get(key.removeprefix("rule."))
        controls = [f"rule.{name}" for name in ("name", *own_values(config, "rule")) if f"rule.{name}" != key]
        controls = [path for path in controls if not isinstance(read_fixed(config, path), int | float | None)]
    for use in () if reason else _uses_of(config, key):
        if not use.acts(config):
            reason, controls = use.said(config), list(use.controls)
            break
    if reason is None:
        return None
    values = {control: read_fixed(config, control) for control in controls}
    state = ", ".join(f"{control} = {_plain(value)}" for control, value in values.items() if value is not None)
    return f"{reason} (here {state})"


def inactive_everywhere(configs: Sequence[ExperimentConfig], key: str) -> str | None:
    """Why a key changes nothing in any of the configurations; `None` where it acts in at least one."""
    reasons = [inactive_reason(config, key) for config in configs]
    return reasons[0] if all(reasons) else None


def controls_of(config: ExperimentConfig, key: str) -> frozenset[str]:
    """The keys that decide whether this one acts."""
    found = {control for use in _uses_of(config, key) for control in use.controls}
    return frozenset(found | {choice.key for choice in CHOICES.get(key.partition(".")[0], ()) if choice.key != key})


def variants(config: ExperimentConfig, ranges: Mapping[str, SweepRange | GeneRange]) -> list[ExperimentConfig]:
    """The configurations that differ in what decides whether keys act: each choice, and both ends, of those varied."""
    visited = {key: list(_visited(config, key, entry)) for key, entry in ranges.items() if _decides(config, key)}
    varied = {key: values for key, values in visited.items() if values}
    made = []
    for values in product(*varied.values()):
        candidate = config
        for key, value in zip(varied, values, strict=True):
            candidate = with_fixed(candidate, key, value)
        made.append(candidate)
    return made


def _decides(config: ExperimentConfig, key: str) -> bool:
    """Whether other keys may act or not by this one: it names a part, is a choice of a part, or a `Use` reads it."""
    section = key.partition(".")[0]
    controls = {control for use in USES for control in use.controls}
    controls |= {choice.key for choices in CHOICES.values() for choice in choices}
    declared = all_part_keys(section).get(key, {}) | {"": part_keys(config, section).get(key)}
    return key in controls or any(entry is not None and entry.kind in ("choice", "flag") for entry in declared.values())


def _visited(config: ExperimentConfig, key: str, entry: SweepRange | GeneRange) -> Iterator[Any]:
    listed: list[Any] = [*(entry.choices or ()), *(getattr(entry, "values", None) or ())]
    if entry.low is not None and entry.high is not None:
        listed += [int(end) if float(end).is_integer() else end for end in (entry.low, entry.high)]
    section = key.partition(".")[0]
    known = [KEYS.get(key), part_keys(config, section).get(key), *all_part_keys(section).get(key, {}).values()]
    # What no part allows is reported elsewhere.
    listed = [value for value in listed if any(one is not None and one.allows(value) for one in known)]
    if all(isinstance(value, int) and not isinstance(value, bool) for value in listed) and listed:
        listed = [min(listed), max(listed)]  # the ends stand for the rest, so that the product stays small
    yield from listed


def read_fixed(config: ExperimentConfig, key: str) -> Any:
    """The value of a key of a table other than [device]. What the file does not give is the default of its part."""
    section, name = key.split(".", 1)
    table = getattr(config, section)
    if key in KEYS:
        return getattr(table, name)
    declared = part_keys(config, section).get(key)
    return table.values.get(name, None if declared is None else declared.default)


def with_fixed(config: ExperimentConfig, key: str, value: Any) -> ExperimentConfig:
    """The configuration with one value of a table other than [device] replaced, unchecked."""
    section, name = key.split(".", 1)
    table = getattr(config, section)
    changed = {name: value} if key in KEYS else {"values": {**table.values, name: value}}
    return replace(config, **{section: replace(table, **changed)})


def _plain(value: Any) -> str:
    return f"'{value}'" if isinstance(value, str) else str(value)
