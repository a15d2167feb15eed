"""What no key can check alone: parameters that cannot act, and what the tables must have in common."""

from collections.abc import Iterator, Sequence, Set
from typing import Any, Literal

import jax

from physdfa.config.choices import CHOICES, QUOTE, chosen_names, listed, part_class, part_keys, refusal_for
from physdfa.config.device_effect import acts_on_cost, idle_device_ranges, idle_device_values
from physdfa.config.device_source import REMEASURE_KEYS
from physdfa.config.device_table import check_device_table, device_warnings
from physdfa.config.event_checks import encoding_mistakes, event_mistakes
from physdfa.config.keys import KEYS, VARIABLE_SECTIONS, show
from physdfa.config.ranges import check_ranges, find_key, fixed_reason
from physdfa.config.schema import ExperimentConfig
from physdfa.config.search_checks import counts, idle_cost_gene, search_mistakes
from physdfa.config.search_schema import DEFAULT_REFERENCES, GeneRange, SweepRange
from physdfa.config.usage import controls_of, inactive_everywhere, made_rule, read_fixed, rule_of, variants
from physdfa.neurons import NEURONS
from physdfa.rules import RULES, AbstractRule

Kind = Literal["train", "sweep", "search"]

NO_BAD_KEYS: frozenset[str] = frozenset()


def ranges_of(config: ExperimentConfig) -> dict[str, dict[str, SweepRange | GeneRange]]:
    """What each table of ranges in the file varies, by "sweep.parameters" and "search.genes"."""
    found: dict[str, dict[str, SweepRange | GeneRange]] = {}
    if config.sweep is not None:
        found["sweep.parameters"] = dict(config.sweep.parameters)
    if config.search is not None:
        found["search.genes"] = dict(config.search.genes)
    return found


def find_mistakes(config: ExperimentConfig, kind: Kind | None = None, bad: Set[str] = NO_BAD_KEYS) -> list[str]:
    """The mistakes between keys, one sentence each.

    **Arguments:**

    - `kind`: what the file is read for; without it both `[sweep]` and `[search]` are taken to be used.
    - `bad`: keys refused already; nothing is concluded from them.
    """
    mistakes = [*_missing_tables(config, kind, bad), *_idle_values(config, bad)]
    if config.device is not None and "device" not in bad:
        device_mistakes = check_device_table(config.device)
        mistakes += device_mistakes
        bad = bad | {"device"} if device_mistakes else bad
        mistakes += [] if device_mistakes else _idle_device_values(config)
        mistakes += _remeasuring_mistakes(config, kind)
    mistakes += _sizes(config, kind, bad)
    unclear = {section for section, choices in CHOICES.items() if any(choice.key in bad for choice in choices)}
    for table, ranges in ranges_of(config).items():
        # What keys an unknown part has is not known.
        clear = {path: entry for path, entry in ranges.items() if path in KEYS or path.split(".")[0] not in unclear}
        found = list(check_ranges(config, table, clear)) if clear or (not ranges and table not in bad) else []
        mistakes += found
        if _in_use(table, kind):
            mistakes += _idle_ranges(config, table, bad | {"device"} if found else bad)
    mistakes += _sweep_mistakes(config, bad)
    mistakes += search_mistakes(config, bad)
    mistakes += _reference_mistakes(config, kind, bad)
    mistakes += event_mistakes(config, bad)
    mistakes += encoding_mistakes([config, *_candidates(config)], bad)
    mistakes += _part_mistakes(config, bad)
    return mistakes


def config_warnings(config: ExperimentConfig, kind: Kind | None = None) -> tuple[str, ...]:
    """Warnings about a file, one sentence each. It may hold what this run does not use, as one file serves several
    rules,
    and its device may average what disagrees."""
    found = []
    every = [config, *_candidates(config)]
    if config.device is not None and not any(rule_of(made).needs_device for made in every):
        found.append(f"[device] is not used: the rule '{config.rule.name}' has no backward device.")
    elif config.device is not None:
        in_use = [ranges for table, ranges in ranges_of(config).items() if _in_use(table, kind)]
        found += device_warnings(config.device, [path for ranges in in_use for path in ranges])
    if config.training.matmul_precision != "default" and jax.default_backend() == "cpu":
        found.append(
            f"training.matmul_precision = {show(config.training.matmul_precision)}: changes nothing here, since a "
            "processor multiplies in float32."
        )
    remarks = [made_rule(made).remark() for made in every]
    if remarks[0] and all(remarks):
        found.append(remarks[0])
    return tuple(found)


def _candidates(config: ExperimentConfig) -> list[ExperimentConfig]:
    return [made for ranges in ranges_of(config).values() for made in variants(config, ranges)]


def _in_use(table: str, kind: Kind | None) -> bool:
    return kind is None or table.startswith(f"{kind}.")


def _part_mistakes(config: ExperimentConfig, bad: Set[str]) -> Iterator[str]:
    """A value that one of the parts which a sweep or search chooses does not take, told once."""
    found = []
    for made in (config, *_candidates(config)):
        needed = rule_of(made).neurons if not {"rule.name", "network.neuron"} & bad else object
        if not issubclass(part_class(made, "network.neuron"), needed):
            found.append(
                f"network.neuron = {show(made.network.neuron)}: the equations of the rule '{made.rule.name}' use the "
                f"numbers of {listed([n for n, one in NEURONS.items() if issubclass(one, needed)], quote=QUOTE)}; take "
                "that, or another rule."
            )
        if not {"rule.name", "network.hidden"} & bad:
            varied = [ranges.get("network.hidden") for ranges in ranges_of(config).values()]
            for layers in (made.network.hidden, *(one for entry in varied if entry for one in entry.choices or ())):
                found += _layer_mistakes(made.rule.name, rule_of(made), layers)
                if "network.recurrent" not in bad and not rule_of(made).event_neurons:
                    found += _recurrence_mistakes(made.rule.name, rule_of(made), made.network.recurrent, layers)
        for section in CHOICES:
            found += _doubled_keys(made, section)
            values = getattr(made, section).values
            for choice, name in chosen_names(made, section):
                for path, key in choice.keys(name).items():
                    bare = path.partition(".")[2]
                    if bare in values and path not in bad and not key.allows(values[bare]):
                        found.append(refusal_for(f"the {choice.what} '{name}'", key, values[bare]))
    yield from dict.fromkeys(found)


def _layer_mistakes(name: str, rule: AbstractRule, layers: Sequence[int | str]) -> Iterator[str]:
    """Convolutional layers where there is no image, or under a rule that has none."""
    is_text = [isinstance(layer, str) for layer in layers]
    where = f"network.hidden = {show(list(layers))}"
    if any(is_text) and not rule.takes_convolutions:
        takers = listed([name for name, rule in RULES.items() if rule.takes_convolutions], quote=QUOTE)
        yield f"{where}: the rule '{name}' has fully connected layers only; give numbers, or take {takers}."
    elif is_text != sorted(is_text, reverse=True):
        yield f"{where}: a convolution behind a fully connected layer has no image to see; put it before that."


def _recurrence_mistakes(
    name: str, rule: AbstractRule, recurrent: bool | tuple[bool, ...], layers: Sequence[int | str]
) -> Iterator[str]:
    """Recurrent weights where a rule has no update for them, in kernels, or of another number of layers."""
    where = f"network.recurrent = {show(recurrent)}"
    wanted = recurrent if isinstance(recurrent, tuple) else (recurrent,) * len(layers)
    if len(wanted) != len(layers):
        yield f"{where}: has {len(wanted)} entries for the {len(layers)} layers of network.hidden; give one for each."
    elif any(wanted) and not rule.takes_recurrence:
        takers = listed([name for name, rule in RULES.items() if rule.takes_recurrence], quote=QUOTE)
        yield f"{where}: the rule '{name}' has no update for recurrent weights; remove it, or take {takers}."
    elif any(is_one and isinstance(layer, str) for is_one, layer in zip(wanted, layers, strict=True)):
        yield (
            f"{where}: convolutional layers cannot be recurrent; give a list for network.hidden = "
            f"{show(list(layers))}, with true for numbers of neurons alone."
        )


def _doubled_keys(config: ExperimentConfig, section: str) -> Iterator[str]:
    """A key of a part that the table, or another part in it, has as well: a value would be that of both."""
    owners: dict[str, str] = {path: f"[{section}] itself" for path in KEYS if path.startswith(f"{section}.")}
    for choice, name in sorted(chosen_names(config, section), key=lambda chosen: ":" in chosen[1]):
        for path in choice.keys(name):
            if path in owners:
                yield (
                    f"{choice.key} = {show(name)}: declares the key '{path.partition('.')[2]}', which {owners[path]} "
                    "has, too; rename the one of your own."
                )
            owners[path] = f"the {choice.what} '{name}'"


def _missing_tables(config: ExperimentConfig, kind: Kind | None, bad: Set[str]) -> Iterator[str]:
    if kind == "sweep" and config.sweep is None and "sweep" not in bad:
        yield "sweep: is missing. A sweep needs a table [sweep.parameters] with the range of each parameter."
    if kind == "search" and config.search is None and "search" not in bad:
        yield "search: is missing. A search needs a table [search.genes] with the range of each gene."
    if "rule.name" in bad:
        return
    every = [config, *(made for ranges in ranges_of(config).values() for made in variants(config, ranges))]
    asking = [made.rule.name for made in every if rule_of(made).needs_device]
    if config.device is None and "device" not in bad and asking:
        yield (
            f"device: is missing. The rule '{asking[0]}' needs a [device] table with preset = \"...\" (such as "
            '"mach_zehnder_ideal") or stages = [...].'
        )


def _idle_values(config: ExperimentConfig, bad: Set[str]) -> Iterator[str]:
    """Values other than the default on keys that act neither here nor in any candidate of a sweep or search."""
    every = [config, *_candidates(config)]
    given = {f"{section}.{name}" for section in CHOICES for name in getattr(config, section).values}
    known = dict(KEYS) | {
        path: key
        for made in every
        for section in CHOICES
        for path, key in part_keys(made, section).items()
        if path in given
    }
    for path, key in known.items():
        if path.split(".")[0] not in (*VARIABLE_SECTIONS, "analysis") or path in bad or controls_of(config, path) & bad:
            continue
        value = read_fixed(config, path)
        reason = inactive_everywhere(every, path)
        if reason is not None and value != key.default:
            yield f"{path} = {show(value)}: changes nothing: {reason}. Remove it."


def _idle_device_values(config: ExperimentConfig) -> Iterator[str]:
    every = {path: entry for ranges in ranges_of(config).values() for path, entry in ranges.items()}
    if config.device is not None:
        for name, value in idle_device_values(config.device, every):
            yield (
                f"device.{name} = {show(value)}: changes nothing: g(u) of this device does not depend on it. Remove "
                "it, or switch on what it belongs to."
            )


def _remeasuring_mistakes(config: ExperimentConfig, kind: Kind | None) -> Iterator[str]:
    """A device that would be measured again where its candidates, or the parts of a run, could not share that."""
    source = None if config.device is None else config.device.source
    if source is None or not source.is_remeasured:
        return
    asked = " and ".join(f"device.{name}" for name in REMEASURE_KEYS if getattr(source, name) is not None)
    if kind in ("sweep", "search"):
        yield (
            f"{asked}: the candidates of a {kind} are compared on one device, which must not change between them; a "
            "device is measured again in `physdfa train` alone. Remove it."
        )
    if config.experiment.shard:
        yield f"{asked}: the parts of a training have one bench each or none; remove it, or experiment.shard."


def _idle_ranges(config: ExperimentConfig, table: str, bad: Set[str]) -> Iterator[str]:
    ranges = ranges_of(config)[table]
    candidates = variants(config, ranges)
    uses_device = False
    own_epochs = config.sweep.epochs if config.sweep and table == "sweep.parameters" else None
    own_epochs = config.search.epochs if config.search and table == "search.genes" else own_epochs
    for path in ranges:
        if fixed_reason(config, path) or controls_of(config, path) & bad or find_key(config, path) is None:
            continue
        reason = inactive_everywhere(candidates, path)
        if path == "training.epochs" and own_epochs is not None:
            reason = f"{table.split('.')[0]}.epochs = {own_epochs} takes its place"
        if reason is not None:
            yield f'{table}."{path}": changes nothing: {reason}.'
        uses_device = uses_device or (path.startswith("device.") and reason is None)
    if uses_device and config.device is not None and "device" not in bad:
        in_cost = {path for path in ranges if table == "search.genes" and _counts_in_cost(config, path)}
        for path in in_cost:
            if reason := idle_cost_gene(config, path, _a_value_of(ranges[path])):
                yield f'{table}."{path}": changes nothing: {reason}.'
        for path, reason in idle_device_ranges(config.device, ranges):
            if path not in in_cost:
                yield f'{table}."{path}": changes nothing: {reason}.'


def _counts_in_cost(config: ExperimentConfig, path: str) -> bool:
    """Whether a search asks for what a device parameter costs, be it that g(u) does not depend on it."""
    is_converter = path.rpartition(".")[2] == "num_bits"
    asked = counts(config.search, "energy") or (is_converter and counts(config.search, "feedback_bits"))
    return asked and path.startswith("device.") and acts_on_cost(path.removeprefix("device."))


def _a_value_of(entry: SweepRange | GeneRange) -> object:
    return entry.choices[0] if entry.choices else entry.low


def _sizes(config: ExperimentConfig, kind: Kind | None, bad: Set[str]) -> Iterator[str]:
    total, held_out = config.data.train_size, config.data.validation_size
    for table in ranges_of(config):
        if _in_use(table, kind) and held_out == 0:
            section = table.split(".")[0]
            yield f"data.validation_size = 0: a {section} compares candidates on validation samples; it must be >= 1."
            break
    if kind == "train" and config.training.keep_best and not held_out:
        yield "training.keep_best = true: there is no validation to be best in; set data.validation_size, or remove it."
    if total is None:
        return
    if held_out is not None and held_out >= total:
        yield f"data.validation_size = {held_out}: must be below data.train_size = {total}."
    elif config.training.batch_size > total - (held_out or 0) and "training.batch_size" not in bad:
        left = total - (held_out or 0)
        yield f"training.batch_size = {config.training.batch_size}: must be at most the {left} training samples."


def reference_seeds(config: ExperimentConfig, kind: Literal["sweep", "search"]) -> int:
    """Seeds of the references of a sweep or search; 0 where no candidate has a device."""
    section, ranges = {
        "sweep": (config.sweep, ranges_of(config).get("sweep.parameters", {})),
        "search": (config.search, ranges_of(config).get("search.genes", {})),
    }[kind]
    has_device = any(rule_of(made).needs_device for made in variants(config, ranges))
    return section.references if section is not None and has_device else 0


def _reference_mistakes(config: ExperimentConfig, kind: Kind | None, bad: Set[str]) -> Iterator[str]:
    """References that tell no confidence, or that are asked for where there is nothing to compare."""
    used: tuple[tuple[Literal["sweep", "search"], Any], ...] = (("sweep", config.sweep), ("search", config.search))
    for name, section in used:
        if section is None or kind not in (None, name) or f"{name}.references" in bad:
            continue
        where = f"{name}.references = {section.references}"
        if section.references == 1:
            yield f"{where}: one seed has no confidence; give two or more, or 0 for none."
        elif section.references in (0, DEFAULT_REFERENCES) or bad & {"rule.name", *ranges_of(config)}:
            continue
        elif not reference_seeds(config, name):
            yield (
                f"{where}: changes nothing: under the rule '{config.rule.name}' no candidate has a device that could "
                "be compared with a constant g. Remove it."
            )


def _sweep_mistakes(config: ExperimentConfig, bad: Set[str]) -> Iterator[str]:
    sweep = config.sweep
    if sweep is None:
        return
    method, count = sweep.method, sweep.num_samples
    counts_per_range = method in ("grid", "one_at_a_time")
    if counts_per_range and count is not None:
        yield f"sweep.num_samples = {count}: changes nothing: a {method} has the num of each range. Remove it."
    if not counts_per_range and count is None and "sweep.num_samples" not in bad:
        yield f"sweep.num_samples: is missing. The method '{method}' needs the number of points, >= 1."
    if method == "sobol_indices" and count is not None and (count < 2 or count & (count - 1)):
        yield f"sweep.num_samples = {count}: the method 'sobol_indices' needs a power of two, 2 or more."
    for path, entry in sweep.parameters.items():
        has_ends = entry.low is not None and entry.high is not None
        if counts_per_range and has_ends and entry.num is None:
            yield f"sweep.parameters.\"{path}\": needs num, the points from low to high, in the method '{method}'."
        if not counts_per_range and has_ends and entry.num is not None:
            yield (
                f"sweep.parameters.\"{path}\".num = {entry.num}: changes nothing: the method '{method}' has "
                "sweep.num_samples instead. Remove it."
            )
        if method == "morris" and not has_ends:
            yield (
                f"sweep.parameters.\"{path}\": the method 'morris' goes up and down and needs low and high; "
                "'sobol_indices' takes lists."
            )
