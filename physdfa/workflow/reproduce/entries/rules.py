"""The learning rules that are compared with each other: a new one is a line here."""

from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from physdfa.config import ExperimentConfig
from physdfa.workflow.reproduce.packaged import packaged_config, packaged_tables
from physdfa.workflow.reproduce.scale import Scale

DISCRETE, EVENTS = "rules_compared", "rules_compared_events"
"""The packaged configs that the rules in discrete time, and those of event neurons, have in common."""


class RuleLine(NamedTuple):
    """One rule: its name in `--only`, its title, its additions to the common config, and the name of that config."""

    name: str
    title: str
    tables: Mapping[str, Mapping[str, Any]]
    config: str = DISCRETE

    @property
    def has_events(self) -> bool:
        """Whether the rule trains event neurons."""
        return self.config == EVENTS


RULES: tuple[RuleLine, ...] = (
    RuleLine("bptt", "BPTT (surrogate gradient)", {"rule": {"name": "bptt"}}),
    RuleLine("dfa", "DFA (surrogate derivative)", {"rule": {"name": "dfa"}}),
    RuleLine(
        "adfa-fourier",
        "aDFA, random Fourier g",
        {"rule": {"name": "adfa"}, "device": {"preset": "random_fourier", "half_period": 8.0}},
    ),
    RuleLine(
        "adfa-opto",
        "aDFA-Opto, Mach–Zehnder g",
        {"rule": {"name": "adfa"}, "device": packaged_tables("mnist_adfa_opto")["device"]},
    ),
    RuleLine(
        "sparse-dfa",
        "sparse DFA, single entries, error threshold 0.01",
        {
            "rule": {"name": "sparse_dfa", "local_factor": "surrogate", "error_threshold": 0.01},
            "feedback": {"kind": "single_entry"},
        },
    ),
    RuleLine("fdfa", "FDFA, learned feedback", {"rule": {"name": "fdfa", "feedback_rate": 1e-3}}),
    RuleLine("eprop", "e-prop, symmetric feedback", {"rule": {"name": "eprop", "error": "online", "symmetric": True}}),
    RuleLine("erbp", "eRBP", {"rule": {"name": "erbp", "error": "online"}}),
    RuleLine("st-dfa", "ST-DFA", {"rule": {"name": "st_dfa"}}),
    RuleLine("sign-concordant", "sign-concordant feedback", {"rule": {"name": "sign_concordant"}}),
    RuleLine("drtp", "DRTP, random target projection", {"rule": {"name": "drtp"}}),
    RuleLine("readout-only", "hidden layer frozen", {"rule": {"name": "readout_only"}}),
    RuleLine(
        "events-bp",
        "event neurons, exact gradient",
        {"rule": {"name": "sfdfa", "gradient": "bp"}, "events": {"rate_penalty": 0.0}},
        EVENTS,
    ),
    RuleLine(
        "events-dfa",
        "event neurons, DFA",
        {"rule": {"name": "sfdfa", "gradient": "dfa"}, "events": {"rate_penalty": 1.0, "wanted_rate": 0.4}},
        EVENTS,
    ),
    RuleLine("sfdfa", "event neurons, SFDFA", {"rule": {"name": "sfdfa"}}, EVENTS),
)


def rule_config(
    line: RuleLine,
    scale: Scale,
    data_dir: Path | None,
    *,
    name: str,
    dataset: str,
    epochs: int,
    hidden: Sequence[int] | None = None,
    overrides: Sequence[str] = (),
) -> ExperimentConfig:
    """The common config under one rule on one data set, called `name`; `hidden` replaces the file's widths."""
    network = {} if hidden is None else {"network": {"hidden": list(hidden)}}
    changed = (f"data.name={dataset}", f"training.epochs={epochs}", *overrides)
    tables = {**line.tables, **network}
    return packaged_config(line.config, name=name, tables=tables, overrides=changed, scale=scale, data_dir=data_dir)
