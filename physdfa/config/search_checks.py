"""What `[search]` asks for, checked as a whole: nothing that no candidate can give, nothing idle."""

import math
from collections.abc import Iterator, Set
from dataclasses import fields
from itertools import pairwise

from physdfa.config.device_effect import acts_on_cost, idle_device_values
from physdfa.config.device_table import build_device, device_keys, with_device_values
from physdfa.config.keys import VARIABLE_SECTIONS, show
from physdfa.config.ranges import find_key, fixed_reason, unknown_key
from physdfa.config.schema import ExperimentConfig
from physdfa.config.search_schema import Constraint, SearchSection
from physdfa.config.usage import rule_of, variants
from physdfa.devices import Cascade
from physdfa.errors import InputError, unknown_name

CONSTRAINED = {
    "accuracy": 1.0,
    "energy": math.inf,
    "feedback_bits": math.inf,
    "robustness": 1.0,
    "outside_range": 1.0,
    "firing_rate": 1.0,
}
"""What a constraint may be about, and the most that it can be; the least is 0."""

BREEDING = (
    "crossover_probability",
    "crossover_eta",
    "mutation_probability",
    "mutation_eta",
    "tournament_size",
)
LEAST_FOR_SEVERAL = 4  # individuals in a round of NSGA-II's tournaments

MOVES = {
    "energy": ("device.", "network.hidden", "network.num_steps"),
    "feedback_bits": (
        "device.",
        "feedback.",
        "rule.name",
        "rule.error",
        "network.hidden",
        "network.num_steps",
    ),
}
"""Beginnings of the keys that can change an objective."""


def search_mistakes(config: ExperimentConfig, bad: Set[str]) -> Iterator[str]:
    """The mistakes of `[search]` beyond those of its ranges, one sentence each.

    **Arguments:**

    - `bad`: keys refused already; nothing is concluded from them.
    """
    search = config.search
    if search is None:
        return
    if config.experiment.shard:
        yield (
            "experiment.shard: a search makes each generation of the one before, so it has no parts; make a [sweep] in "
            "parts, or search on several machines with --ray."
        )
    if "search.population" not in bad:
        yield from _sizes(search)
    yield from _objectives(config, search, bad)
    yield from _idle_settings(search)
    yield from _halving(config, search, bad)
    yield from _steady(search)
    yield from _constraints(config, search, bad)
    yield from _robustness(config, search, bad)


def counts(search: SearchSection | None, name: str) -> bool:
    """Whether a search asks for this number, as an objective or in a constraint."""
    return search is not None and (name in search.objectives or name in search.constraints)


def _sizes(search: SearchSection) -> Iterator[str]:
    if search.elites >= search.population:
        yield f"search.elites = {search.elites}: must be below search.population = {search.population}."
    if search.tournament_size > search.population:
        size = search.tournament_size
        yield f"search.tournament_size = {size}: must be at most search.population = {search.population}."
    if len(search.objectives) > 1 and search.population < LEAST_FOR_SEVERAL:
        yield (
            f"search.population = {search.population}: must be at least {LEAST_FOR_SEVERAL} for several objectives, "
            "as NSGA-II draws its tournaments in rounds of so many."
        )


def _objectives(config: ExperimentConfig, search: SearchSection, bad: Set[str]) -> Iterator[str]:
    where = f"search.objectives = {show(search.objectives)}"
    if search.objectives[0] != "accuracy":
        yield f"{where}: must begin with 'accuracy', by which the best of the front is chosen."
    if len(set(search.objectives)) < len(search.objectives):
        yield f"{where}: the same objective stands twice."
    if len(search.objectives) > 1 and search.method == "cma_es":
        yield (
            f"{where}: the method 'cma_es' has one objective; choose 'genetic', 'random' or 'sobol', or make the "
            "others constraints."
        )
    for name, beginnings in MOVES.items():
        if name not in search.objectives or "search.genes" in bad or not search.genes:
            continue
        if not any(gene.startswith(beginnings) for gene in search.genes):
            yield f"{where}: no gene changes the {name}; it depends on keys that begin with {', '.join(beginnings)}."
    for name in ("energy", "feedback_bits"):
        if counts(search, name) and (reason := _cannot_count(config, search, name, bad)):
            table = where if name in search.objectives else f"search.constraints.{name}"
            yield f"{table}: {reason}"


def _cannot_count(config: ExperimentConfig, search: SearchSection, name: str, bad: Set[str]) -> str | None:
    """Why there is no such number in every candidate."""
    if "rule.name" in bad or "search.genes" in bad:
        return None
    has = {"energy": lambda rule: rule.needs_device, "feedback_bits": lambda rule: rule.chooses_projection}[name]
    without = sorted({made.rule.name for made in variants(config, search.genes) if not has(rule_of(made))})
    if without:
        need = {"energy": "device", "feedback_bits": "feedback"}[name]
        return f"the rule '{without[0]}' has no {need}, so there is no {name} to count."
    if name == "energy" and config.device is not None and "device" not in bad:
        try:
            device = build_device(config.device)
        except InputError:
            return None  # told elsewhere
        if not isinstance(device, Cascade):
            return "this device is a mere function of u, without hardware that could draw energy; name a chain."
    return None


def _idle_settings(search: SearchSection) -> Iterator[str]:
    """Settings of the genetic search other than the default, where they change nothing."""
    several = len(search.objectives) > 1
    idle = {} if search.method == "genetic" else dict.fromkeys(BREEDING, f"the method '{search.method}' has no parents")
    if several:
        idle |= {"elites": "with several objectives the best share of parents and children survives"}
        if search.method == "genetic":
            idle |= {"tournament_size": "with several objectives tournaments are between two"}
    if search.steady:
        idle |= {"elites": "the best of all are the parents"}
    defaults = {entry.name: entry.default for entry in fields(SearchSection)}
    for name, reason in idle.items():
        value = getattr(search, name)
        if value != defaults[name]:
            yield f"search.{name} = {show(value)}: changes nothing: {reason}. Remove it."


def _steady(search: SearchSection) -> Iterator[str]:
    """What compares whole generations cannot go without them."""
    if not search.steady:
        return
    if search.method != "genetic":
        yield f"search.steady: is for the method 'genetic'; '{search.method}' learns from batches, or not."
    if len(search.objectives) > 1:
        yield "search.steady: seeks one objective; NSGA-II lets whole generations compete. Put others in constraints."
    if search.halving is not None:
        yield "search.steady: no candidates compete at a rung without generations; remove search.halving, or this."


def _halving(config: ExperimentConfig, search: SearchSection, bad: Set[str]) -> Iterator[str]:
    halving = search.halving
    if halving is None:
        return
    epochs = search.epochs or config.training.epochs
    where = f"search.halving.rungs = {show(halving.rungs)}"
    if any(later <= earlier for earlier, later in pairwise(halving.rungs)):
        yield f"{where}: must rise."
    elif halving.rungs[-1] >= epochs and not bad & {"search.epochs", "training.epochs"}:
        yield f"{where}: must end below the {epochs} epochs of a candidate, or nobody is dropped early."
    if "training.epochs" in search.genes:
        yield "search.halving: compares candidates after equal epochs; training.epochs cannot be a gene beside it."
    if "search.population" not in bad and math.ceil(halving.keep * search.population) >= search.population:
        yield (
            f"search.halving.keep = {halving.keep:g}: of search.population = {search.population} nobody would be "
            "dropped; lower it."
        )


def _constraints(config: ExperimentConfig, search: SearchSection, bad: Set[str]) -> Iterator[str]:
    for name, limits in search.constraints.items():
        where = f"search.constraints.{name}"
        if name not in CONSTRAINED:
            yield f"{where}: {unknown_name('result', name, tuple(CONSTRAINED))}"
            continue
        yield from _limits(where, limits, CONSTRAINED[name])
        if name == "outside_range" and config.device is not None and "device" not in bad:
            try:
                policy = build_device(config.device).range_policy
            except InputError:
                continue  # told elsewhere
            if policy is None:
                yield f"{where}: changes nothing: this device is known everywhere. Remove it."


def _limits(where: str, limits: Constraint, most: float) -> Iterator[str]:
    low, high = limits.low, limits.high
    if low is None and high is None:
        yield f"{where}: needs low, high, or both."
    elif low is not None and high is not None and low >= high:
        yield f"{where}: low = {show(low)} must be below high = {show(high)}."
    elif low is not None and low > most:
        yield f"{where}: low = {show(low)}: no candidate can keep to it; it is {most:g} at most."
    elif high is not None and high < 0:
        yield f"{where}: high = {show(high)}: no candidate can keep to it; it is 0 at least."


def _robustness(config: ExperimentConfig, search: SearchSection, bad: Set[str]) -> Iterator[str]:
    asked = counts(search, "robustness")
    if asked and not search.robustness and "search.robustness" not in bad:
        yield (
            "search.robustness: is missing. Robustness is the accuracy under stated drift, noise or spread; state it, "
            'such as [search.robustness] "device.spread.mach_zehnder.v_pi" = 0.05.'
        )
    if search.robustness and not asked:
        yield "search.robustness: changes nothing: robustness is neither an objective nor in a constraint. Remove it."
        return
    device_values = {}
    for path, value in search.robustness.items():
        where = f'search.robustness."{path}" = {show(value)}'
        key = find_key(config, path)
        section, _, name = path.partition(".")
        fixed = fixed_reason(config, path)
        if fixed or section not in (*VARIABLE_SECTIONS, "device"):
            yield f"{where}: {fixed or 'is no key that a candidate may have otherwise'}."
        elif key is None:
            if "device" not in bad:
                yield f"{where}: {unknown_key(config, path)}"
        elif any(_same(config, path, gene) for gene in search.genes):
            yield f"{where}: is a gene, too, which it would take the place of; keep one of the two."
        elif not key.allows(value):
            yield f"{where}: must be {key.allowed}."
        elif section == "device":
            device_values[name] = value
    if config.device is not None and "device" not in bad and device_values:
        changed = with_device_values(config.device, device_values)
        idle = {name for name, _ in idle_device_values(changed, dict(search.genes))}
        for name in sorted(idle & set(device_values)):
            yield f'search.robustness."device.{name}": changes nothing: g(u) of this device does not depend on it.'


def _same(config: ExperimentConfig, path: str, gene: str) -> bool:
    """Whether two paths name the same parameter."""
    if not (path.startswith("device.") and gene.startswith("device.")):
        return path == gene
    keys = device_keys(config.device)
    one, other = keys.get(path.removeprefix("device.")), keys.get(gene.removeprefix("device."))
    return one is not None and other is not None and one.path == other.path


def idle_cost_gene(config: ExperimentConfig, path: str, value: object) -> str | None:
    """Why a gene on the cost of a backward pass changes nothing; None where it acts, or is none.

    **Arguments:**

    - `value`: one that the gene can take.
    """
    name = path.removeprefix("device.")
    if config.device is None or not name.startswith("cost.") or not acts_on_cost(name):
        return None
    try:
        build_device(config.device, {name: value})
    except InputError as error:
        return str(error).splitlines()[0].rstrip(".")
    return None
