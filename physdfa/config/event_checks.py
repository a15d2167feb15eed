"""Checks of files with spikes: an encoding that fits data and rule, and times on a grid."""

import math
from collections.abc import Iterator, Sequence, Set

from physdfa.config.choices import listed, part_class
from physdfa.config.keys import show
from physdfa.config.schema import EventsSection, ExperimentConfig
from physdfa.config.usage import rule_of
from physdfa.data import DATASETS, ENCODINGS, has_events
from physdfa.errors import InputError

_ROUNDING = 1e-6
"""Largest relative departure of a value from the one that it must have: it was written in decimal."""


def event_mistakes(config: ExperimentConfig, bad: Set[str]) -> Iterator[str]:
    """The mistakes of a file whose rule has event neurons; nothing is concluded from the `bad` keys."""
    if "rule.name" in bad or not rule_of(config).event_neurons:
        return
    if not any(key.startswith("events.") for key in bad):
        yield from (sentence for sentence in (_time_constants(config.events), _grid(config.events)) if sentence)
    if config.search is not None and config.search.compare and "search.compare" not in bad:
        yield (
            "search.compare = true: readout_only, to be compared with, has no event neurons, so it would be another "
            "network; set search.compare = false."
        )


def encoding_mistakes(configs: Sequence[ExperimentConfig], bad: Set[str]) -> Iterator[str]:
    """The mistakes of the encodings of a file and of its candidates, one sentence each."""
    if not {"data.encoding", "data.name", "rule.name"} & bad:
        found = (_encoding_mistake(config) for config in configs)
        yield from dict.fromkeys(sentence for sentence in found if sentence)


def _encoding_mistake(config: ExperimentConfig) -> str | None:
    name, encoding, of_events = config.data.name, part_class(config, "data.encoding"), has_events(config.data.name)
    where = f"data.encoding = {show(config.data.encoding)}"
    if of_events and not encoding.takes_events:
        return f"{where}: the samples of '{name}' are spikes already, with times of their own; set it to \"events\"."
    needs_times = rule_of(config).event_neurons
    of_pixels = {other: kind for other, kind in ENCODINGS.items() if not kind.gives_events}
    fitting = listed([other for other, kind in of_pixels.items() if not (needs_times and kind.without_spike_times)])
    if encoding.takes_events and of_events is False:
        events = ", ".join(f"'{known}'" for known, source in DATASETS.items() if source.has_events)
        return f"{where}: the samples of '{name}' are no spikes (those of {events} are); set it to {fitting}."
    if needs_times and encoding.without_spike_times:
        return (
            f"{where}: the rule '{config.rule.name}' learns from the times of input spikes, and "
            f"{encoding.without_spike_times}; set data.encoding = {fitting} (time to the first spike)."
        )
    return None


def num_event_steps(events: EventsSection) -> int:
    """Steps of the time grid in one presentation.

    **Raises:** `InputError`, if the time constants or the times do not fit each other.
    """
    for sentence in (_time_constants(events), _grid(events)):
        if sentence:
            raise InputError(sentence)
    return round(events.duration * events.levels / events.window)


def _time_constants(events: EventsSection) -> str | None:
    wanted = 2 * events.tau_syn
    if events.tau_mem is None or math.isclose(events.tau_mem, wanted, rel_tol=_ROUNDING):
        return None
    return (
        f"events.tau_mem = {events.tau_mem:g}: must be twice events.tau_syn = {events.tau_syn:g} s, because spike "
        f"times have their closed form at this ratio alone; leave it out, or set it to {wanted:g} s."
    )


def _grid(events: EventsSection) -> str | None:
    if events.duration < events.window * (1 - _ROUNDING):
        return (
            f"events.duration = {events.duration:g}: must be at least events.window = {events.window:g} s, or late "
            "inputs would never come."
        )
    steps = events.duration * events.levels / events.window
    if math.isclose(steps, round(steps), rel_tol=_ROUNDING):
        return None
    step = events.window / events.levels
    fitting = " or ".join(f"{count * step:.6g}" for count in (math.floor(steps), math.ceil(steps)))
    return (
        f"events.duration = {events.duration:g}: must be a whole number of steps of events.window / events.levels = "
        f"{step:.6g} s; {fitting} s would be."
    )
