"""What a search may ask for: nothing impossible, nothing idle, each refusal a sentence at its key."""

import tomllib

import pytest

from physdfa.config import read_config, to_toml

GENES = {
    "bias": '"device.v_bias" = { low = 0.0, high = 9.4 }',
    "light": '"device.optical_power" = { low = 1e-5, high = 1e-2, scale = "log" }',
    "rate": '"training.learning_rate" = { low = 1e-4, high = 1e-2, scale = "log" }',
    "dac": '"device.dac.num_bits" = { low = 2, high = 10, integer = true }',
    "rule": '"rule.name" = { choices = ["adfa", "bptt"] }',
    "epochs": '"training.epochs" = { low = 5, high = 9, integer = true }',
    "rate_of_cost": '"device.cost.symbol_rate" = { low = 1e8, high = 1e10, scale = "log" }',
    "tia": '"device.cost.tia_power" = { low = 0.1, high = 0.5 }',
}


def table(*lines, genes=("bias",)):
    return "\n".join(["[search]", *lines, "[search.genes]", *(GENES[gene] for gene in genes)])


@pytest.mark.parametrize(
    ("lines", "genes", "said"),
    [
        (['objectives = ["energy", "accuracy"]'], ["bias"], "must begin with 'accuracy'"),
        (['objectives = ["accuracy", "energy", "energy"]'], ["bias"], "the same objective stands twice"),
        (['objectives = ["accuracy", "energy"]', 'method = "cma_es"'], ["bias"], "'cma_es' has one objective"),
        (['objectives = ["accuracy", "energy"]'], ["rate"], "no gene changes the energy"),
        (['objectives = ["accuracy", "energy"]'], ["bias", "rule"], "the rule 'bptt' has no device"),
        (['objectives = ["accuracy", "feedback_bits"]'], ["bias", "rule"], "the rule 'bptt' has no feedback"),
        (
            ['objectives = ["accuracy", "energy"]', "population = 3", "elites = 2"],
            ["bias"],
            "must be at least 4 for sev",
        ),
        (['objectives = ["accuracy", "energy"]', "elites = 3"], ["bias"], "search.elites = 3: changes nothing"),
        (['method = "random"', "crossover_eta = 3.0"], ["bias"], "crossover_eta = 3.0: changes nothing"),
        (['method = "sobol"', "tournament_size = 2"], ["bias"], "'sobol' has no parents"),
        (["constraints = { energie = { high = 1.0 } }"], ["bias"], "Did you mean 'energy'?"),
        (["constraints = { accuracy = {} }"], ["bias"], "search.constraints.accuracy: needs low, high, or both"),
        (["constraints = { accuracy = { low = 0.9, high = 0.9 } }"], ["bias"], "low = 0.9 must be below high = 0.9"),
        (["constraints = { accuracy = { low = 90.0 } }"], ["bias"], "no candidate can keep to it; it is 1 at most"),
        (["constraints = { energy = { high = -1.0 } }"], ["bias"], "no candidate can keep to it; it is 0 at least"),
        (["constraints = { outside_range = { high = 0.1 } }"], ["bias"], "this device is known everywhere"),
        (
            ["constraints = { energy = { high = 1e-9 } }"],
            ["bias", "rule"],
            "search.constraints.energy: the rule 'bptt'",
        ),
        (["halving = { rungs = [5, 2] }"], ["bias"], "search.halving.rungs = [5, 2]: must rise"),
        (["halving = { rungs = [2, 20] }"], ["bias"], "must end below the 20 epochs"),
        (["halving = { rungs = [2] }", "epochs = 2"], ["bias"], "must end below the 2 epochs"),
        (["halving = { rungs = [2] }"], ["bias", "epochs"], "training.epochs cannot be a gene beside it"),
        (["halving = { rungs = [2], keep = 0.9 }", "population = 4"], ["bias"], "nobody would be dropped"),
        (['objectives = ["accuracy", "robustness"]'], ["bias"], "search.robustness: is missing"),
        (['robustness = { "network.threshold" = 2.0 }'], ["bias"], "neither an objective nor in a constraint"),
    ],
)
def test_what_no_candidate_can_give_or_changes_nothing_is_refused_in_words(mistakes_of, lines, genes, said):
    (mistake,) = mistakes_of(more=table(*lines, genes=genes), kind="search")
    assert said in mistake


@pytest.mark.parametrize(
    ("entry", "said"),
    [
        ('"device.v_bais" = 1.0', "Did you mean 'device.v_bias'?"),
        ('"device.v_pi" = -1.0', "must be a number > 0"),
        ('"device.v_bias" = 1.0', "is a gene, too"),
        ('"device.mach_zehnder.v_bias" = 1.0', "is a gene, too"),
        ('"data.name" = "mnist"', "stays with one data set"),
        ('"search.population" = 4', "is no key that a candidate may have otherwise"),
    ],
)
def test_robustness_is_stated_in_keys_that_a_candidate_has(mistakes_of, entry, said):
    lines = ['objectives = ["accuracy", "robustness"]', f"robustness = {{ {entry} }}"]
    (mistake,) = mistakes_of(more=table(*lines), kind="search")
    assert mistake.startswith(f"search.robustness.{entry.split(' ')[0]}")
    assert said in mistake


def test_a_search_that_asks_for_all_of_it_is_accepted_and_written_back(make):
    lines = [
        'objectives = ["accuracy", "energy", "feedback_bits", "robustness"]',
        'robustness = { "device.spread.mach_zehnder.v_pi" = 0.1 }',
        "constraints = { accuracy = { low = 0.5 }, energy = { high = 1e-6 } }",
        "halving = { rungs = [2, 5], keep = 0.4, checks = 2 }",
    ]
    config = make(more=table(*lines), kind="search")
    assert config.search.robustness == {"device.spread.mach_zehnder.v_pi": 0.1}
    assert config.search.halving.rungs == (2, 5)
    assert read_config(tomllib.loads(to_toml(config)), kind="search") == config


def test_robustness_may_stand_in_tables(make):
    tables = "[search.robustness.device.spread.mach_zehnder]\nv_pi = 0.1\n[search.genes]\n" + GENES["bias"]
    config = make(more='[search]\nobjectives = ["accuracy", "robustness"]\n' + tables, kind="search")
    assert config.search.robustness == {"device.spread.mach_zehnder.v_pi": 0.1}


def test_a_gene_that_only_costs_is_idle_unless_energy_counts(make, mistakes_of):
    (mistake,) = mistakes_of(more=table(genes=["rate", "rate_of_cost"]), kind="search")
    assert mistake.startswith('search.genes."device.cost.symbol_rate": changes nothing')
    asked = table('objectives = ["accuracy", "energy"]', genes=["rate", "rate_of_cost"])
    assert "device.cost.symbol_rate" in make(more=asked, kind="search").search.genes
    limited = table("constraints = { energy = { high = 1e-6 } }", genes=["rate", "rate_of_cost"])
    assert make(more=limited, kind="search").search is not None


def test_a_gene_on_the_cost_of_a_stage_that_is_not_there_is_idle_even_so(mistakes_of):
    asked = table('objectives = ["accuracy", "energy"]', genes=["rate", "tia"])
    (mistake,) = mistakes_of(more=asked, kind="search")
    assert mistake.startswith('search.genes."device.cost.tia_power": changes nothing')
    assert "no tia" in mistake
