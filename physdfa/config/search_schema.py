"""What a person may write in [sweep] and [search]: how candidates are proposed, and where each parameter goes."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Annotated, Any, Literal

from annotated_types import Ge, Le, MinLen
from pydantic import Strict

from physdfa.config.annotations import (
    MOST,
    STRICT,
    Flag,
    Natural,
    Number,
    OpenShare,
    Positive,
    PositiveNumber,
    Says,
    Share,
)

DEFAULT_REFERENCES = 5
"""Seeds of the comparison with a constant g: a 95 % interval of 5 is half as wide as that of 3."""

DEFAULT_MAX_FAILURES = 0.9
"""Of a wide box half may diverge, and a search still finds the rest; where nine of ten do, the box is wrong."""

TimeLimit = Annotated[
    PositiveNumber | None,
    Says(
        "longest time of one training, compiling included; a chunk of n has n times as long. What takes longer ends "
        "the process, and physdfa resume goes on without it",
        "s",
        default="none",
    ),
]
MaxFailures = Annotated[
    Share, Says("share of failed trainings, once there are 20, above which the run ends with a diagnosis; 1 for never")
]


@dataclass(frozen=True, kw_only=True)
class SweepRange:
    """Where one parameter goes in a sweep: `low` to `high`, or `values`, or `choices`."""

    __pydantic_config__ = STRICT
    low: Annotated[Number | None, Says("least value", default="none")] = None
    high: Annotated[Number | None, Says("largest value", default="none")] = None
    num: Annotated[
        Annotated[int, Strict(), Ge(2), Le(MOST)] | None,
        Says("points from low to high; grid and one_at_a_time only", default="none"),
    ] = None
    scale: Annotated[Literal["linear", "log"], Says("spacing between low and high")] = "linear"
    values: Annotated[
        Annotated[tuple[Annotated[int, Strict()] | Number, ...], MinLen(1)] | None,
        Says("numbers to visit", default="none", allowed="a list of numbers"),
    ] = None
    choices: Annotated[
        Annotated[tuple[Any, ...], MinLen(1)] | None,
        Says("values to visit", default="none", allowed="a list of values that the key allows"),
    ] = None


@dataclass(frozen=True, kw_only=True)
class SweepSection:
    """A design over the parameters, for `physdfa sweep`."""

    __pydantic_config__ = STRICT
    method: Annotated[
        Literal["grid", "random", "sobol", "latin_hypercube", "one_at_a_time", "morris", "sobol_indices"],
        Says("design; one_at_a_time goes around the values of this file, the last two are for sensitivity"),
    ] = "grid"
    num_samples: Annotated[
        Positive | None,
        Says(
            "points of a random, sobol or latin_hypercube design; of morris the trajectories, (parameters + 1) points "
            "each; of sobol_indices the base points, a power of two, (parameters + 2) points each",
            default="none",
        ),
    ] = None
    epochs: Annotated[Positive | None, Says("epochs per point", default="training.epochs")] = None
    seeds: Annotated[Positive, Says("seeds per point")] = 1
    references: Annotated[
        Natural,
        Says(
            "seeds with which the best candidate, a constant g, dfa and readout_only are compared once all candidates "
            "are evaluated; 0 for none, otherwise two or more"
        ),
    ] = DEFAULT_REFERENCES
    time_limit: TimeLimit = None
    max_failures: MaxFailures = DEFAULT_MAX_FAILURES
    parameters: Annotated[Mapping[str, SweepRange], Says("dotted key = range", allowed="a table of ranges")]


@dataclass(frozen=True, kw_only=True)
class GeneRange:
    """Where one parameter goes in a search: `low` to `high`, or `choices`."""

    __pydantic_config__ = STRICT
    low: Annotated[Number | None, Says("least value", default="none")] = None
    high: Annotated[Number | None, Says("largest value", default="none")] = None
    scale: Annotated[Literal["linear", "log"], Says("scale on which the gene varies")] = "linear"
    integer: Annotated[Flag, Says("whole numbers only")] = False
    choices: Annotated[
        Annotated[tuple[Any, ...], MinLen(2)] | None,
        Says("values to choose from", default="none", allowed="a list of two or more values that the key allows"),
    ] = None


@dataclass(frozen=True, kw_only=True)
class Constraint:
    """What a candidate of a search must keep to: at least `low`, at most `high`, or both."""

    __pydantic_config__ = STRICT
    low: Annotated[Number | None, Says("least value", default="none")] = None
    high: Annotated[Number | None, Says("largest value", default="none")] = None


@dataclass(frozen=True, kw_only=True)
class Halving:
    """Successive halving: after the epochs of each rung only the best share of a generation trains on."""

    __pydantic_config__ = STRICT
    rungs: Annotated[
        tuple[Positive, ...],
        MinLen(1),
        Says("epochs after which candidates are dropped", allowed="a list of rising whole numbers >= 1, below epochs"),
    ] = (2,)
    keep: Annotated[OpenShare, Says("share of the candidates that go on")] = 0.5
    checks: Annotated[
        Natural, Says("dropped candidates per rung, drawn at random, that train on all the same: the risk's measure")
    ] = 1


@dataclass(frozen=True, kw_only=True)
class SearchSection:
    """The genetic search, or a baseline of equal budget, for `physdfa search`."""

    __pydantic_config__ = STRICT
    method: Annotated[
        Literal["genetic", "random", "sobol", "cma_es"],
        Says("how candidates are proposed; the others are baselines with as many evaluations as the genetic search"),
    ] = "genetic"
    steady: Annotated[
        Flag,
        Says("no generations: a candidate is proposed whenever a worker is free, from what is known by then"),
    ] = False
    population: Annotated[
        Annotated[int, Strict(), Ge(2), Le(MOST)], Says("candidates per generation", "candidates")
    ] = 24
    generations: Annotated[Positive, Says("generations, the random first one included")] = 15
    epochs: Annotated[Positive | None, Says("epochs per candidate", default="training.epochs")] = None
    seeds: Annotated[Positive, Says("seeds per candidate")] = 1
    final_seeds: Annotated[Positive, Says("seeds with which the best candidate is trained in full at the end")] = 1
    references: Annotated[
        Natural,
        Says(
            "seeds with which the best candidate, a constant g, dfa and readout_only are compared once all candidates "
            "are evaluated; 0 for none, otherwise two or more"
        ),
    ] = DEFAULT_REFERENCES
    time_limit: TimeLimit = None
    max_failures: MaxFailures = DEFAULT_MAX_FAILURES
    compare: Annotated[
        Flag, Says("train the median of the first generation and readout_only in full, too, to compare with")
    ] = True
    objectives: Annotated[
        tuple[Literal["accuracy", "energy", "feedback_bits", "robustness"], ...],
        MinLen(1),
        Says(
            "what is sought; several: by NSGA-II",
            allowed="a list of 'accuracy', and any of 'energy', 'feedback_bits', 'robustness'",
        ),
    ] = ("accuracy",)
    crossover_probability: Annotated[Share, Says("share of pairs that are crossed")] = 0.9
    crossover_eta: Annotated[PositiveNumber, Says("crowding of simulated binary crossover")] = 10.0
    mutation_probability: Annotated[
        Share | None, Says("chance of each gene to mutate", default="1 / number of genes")
    ] = None
    mutation_eta: Annotated[PositiveNumber, Says("crowding of polynomial mutation")] = 10.0
    tournament_size: Annotated[Positive, Says("candidates per tournament, at most the population")] = 3
    elites: Annotated[Natural, Says("best candidates kept unchanged, fewer than the population")] = 2
    memory_gb: Annotated[
        PositiveNumber | None,
        Says("what the program of a generation may hold", "GB", default="half of the memory that is free"),
    ] = None
    halving: Annotated[
        Halving | None,
        Says("early stopping", default="none", allowed="a table such as { rungs = [2, 5], keep = 0.5, checks = 1 }"),
    ] = None
    robustness: Annotated[
        Mapping[str, Any],
        Says(
            "dotted key = value: the stated drift, noise or spread",
            default="none",
            allowed='a table such as { "device.v_bias" = 1.3 }',
        ),
    ] = field(default_factory=dict)
    constraints: Annotated[
        Mapping[str, Constraint],
        Says(
            "name = limits; names: accuracy, energy, feedback_bits, robustness, outside_range, firing_rate",
            default="none",
            allowed="a table such as { energy = { high = 1e-9 } }",
        ),
    ] = field(default_factory=dict)
    genes: Annotated[Mapping[str, GeneRange], Says("dotted key = range", allowed="a table of genes")]
