"""What the tables must have in common."""

import tomllib

import pytest

from physdfa.config import config_warnings, read_config, reference_seeds, value_at
from physdfa.config.search_schema import DEFAULT_REFERENCES
from physdfa.errors import ConfigError

GENES = '[search.genes]\n"device.v_bias" = { low = 0.0, high = 9.4 }\n'
POINTS = '[sweep.parameters]\n"device.v_bias" = { low = 0.0, high = 9.4, num = 3 }\n'
RATES = {
    "sweep": '[sweep.parameters]\n"training.learning_rate" = { low = 1e-3, high = 1e-2, num = 3 }\n',
    "search": '[search.genes]\n"training.learning_rate" = { low = 1e-3, high = 1e-2 }\n',
}


def test_adfa_needs_a_device():
    table = {
        "experiment": {"name": "a"},
        "data": {"name": "digits"},
        "network": {"hidden": [4]},
        "rule": {"name": "adfa"},
    }
    with pytest.raises(ConfigError, match=r"The rule 'adfa' needs a \[device\] table with preset") as caught:
        read_config(table)
    assert len(caught.value.mistakes) == 1


def test_a_convolution_needs_a_rule_that_takes_it_and_an_image_before_it(make, mistakes_of):
    assert make('network.hidden=["4c3", "4c2", 8]', "rule.name=bptt").network.hidden == ("4c3", "4c2", 8)
    (behind,) = mistakes_of('network.hidden=[8, "4c3"]')
    assert behind == (
        'network.hidden = [8, "4c3"]: a convolution behind a fully connected layer has no image to see; put it before '
        "that."
    )
    layers = '[sweep]\nnum_samples = 2\n[sweep.parameters]\n"network.hidden" = { choices = [["4c3", 8], [8]] }\n'
    found = mistakes_of("rule.name=sfdfa", "data.encoding=latency", more=layers, kind="sweep")
    (of_rule,) = [one for one in found if "fully connected" in one]
    assert of_rule.startswith("network.hidden = [\"4c3\", 8]: the rule 'sfdfa' has fully connected layers only")
    assert "'adfa'" in of_rule.partition("take")[2]
    assert "'sfdfa'" not in of_rule.partition("take")[2]


def test_recurrence_needs_a_rule_that_takes_it_and_an_entry_for_each_layer_that_is_no_convolution(make, mistakes_of):
    two, kernels = "network.hidden=[8, 6]", 'network.hidden=["4c3", 6]'
    assert make("network.recurrent=true", two).network.recurrent is True
    assert make("network.recurrent=[false, true]", kernels).network.recurrent == (False, True)
    (of_rule,) = mistakes_of("network.recurrent=true", "rule.name=st_dfa")
    assert of_rule.startswith(
        "network.recurrent = true: the rule 'st_dfa' has no update for recurrent weights; remove it"
    )
    assert "'eprop'" in of_rule
    assert mistakes_of("network.recurrent=[true]", two) == [
        "network.recurrent = [true]: has 1 entries for the 2 layers of network.hidden; give one for each."
    ]
    assert mistakes_of("network.recurrent=true", kernels) == [
        "network.recurrent = true: convolutional layers cannot be recurrent; give a list for network.hidden = "
        '["4c3", 6], with true for numbers of neurons alone.'
    ]
    (of_kind,) = mistakes_of("network.recurrent=[1]")
    assert of_kind == (
        "network.recurrent = [1]: must be true, false, or a list with one of these for each hidden layer."
    )


def test_recurrence_may_be_varied_and_each_candidate_is_checked(make, mistakes_of):
    genes = '[search.genes]\n"network.recurrent" = { choices = [false, true] }\n'
    scale = genes + '"network.recurrent_scale" = { low = 0.1, high = 2.0 }\n'
    assert make("rule.name=bptt", more=scale, kind="search").search.genes["network.recurrent"].choices == (False, True)
    (mistake,) = mistakes_of("rule.name=st_dfa", more=genes, kind="search")
    assert "the rule 'st_dfa' has no update for recurrent weights" in mistake


def test_an_unused_device_table_is_a_warning(make):
    config = make("rule.name=dfa")
    (warning,) = config_warnings(config)
    assert warning == "[device] is not used: the rule 'dfa' has no backward device."
    assert config_warnings(make()) == ()


def test_a_precision_of_products_is_told_to_change_nothing_on_a_processor_and_never_varied(
    make, mistakes_of, monkeypatch
):
    config = make('training.matmul_precision="highest"')
    (warning,) = config_warnings(config)
    assert warning.startswith('training.matmul_precision = "highest": changes nothing here')
    monkeypatch.setattr("jax.default_backend", lambda: "gpu")
    assert config_warnings(config) == ()
    genes = '[search.genes]\n"training.matmul_precision" = { choices = ["high", "highest"] }\n'
    (mistake,) = mistakes_of(more=genes, kind="search")
    assert "cannot be varied: candidates are compared at one precision" in mistake


def test_idle_genes_are_refused_in_a_search_and_none_of_its_business_in_training(make, mistakes_of):
    assert len(mistakes_of("rule.name=dfa", more=GENES, kind="search")) == 1
    warnings = config_warnings(make("rule.name=dfa", more=GENES, kind="train"), kind="train")
    assert not any("search.genes" in warning for warning in warnings)


@pytest.mark.parametrize("kind", ["sweep", "search"])
def test_a_sweep_and_a_search_need_their_table(mistakes_of, kind):
    (mistake,) = mistakes_of(kind=kind)
    assert mistake.startswith(f"{kind}: is missing.")


@pytest.mark.parametrize("more", [GENES, POINTS])
def test_no_candidates_are_compared_without_validation_samples(make, mistakes_of, more):
    (mistake,) = mistakes_of("data.validation_size=0", more=more)
    assert mistake.startswith("data.validation_size = 0:")
    assert make("data.validation_size=0", more=more, kind="train").data.validation_size == 0


@pytest.mark.parametrize(
    ("overrides", "said"),
    [
        (["data.train_size=100"], "training.batch_size = 128: must be at most the 100 training samples"),
        (["data.train_size=200", "data.validation_size=80"], "must be at most the 120 training samples"),
        (["data.train_size=200", "data.validation_size=200"], "must be below data.train_size = 200"),
    ],
)
def test_sizes_fit_into_each_other(mistakes_of, overrides, said):
    (mistake,) = mistakes_of(*overrides)
    assert said in mistake


@pytest.mark.parametrize(
    ("more", "said"),
    [
        ('[sweep.parameters]\n"device.v_bias" = { low = 0.0, high = 9.4 }', "needs num"),
        (f"[sweep]\nnum_samples = 4\n{POINTS}", "sweep.num_samples = 4: changes nothing"),
        (
            '[sweep]\nmethod = "sobol"\n[sweep.parameters]\n"device.v_bias" = { low = 0.0, high = 1.0 }',
            "num_samples: is missing",
        ),
        (f'[sweep]\nmethod = "random"\nnum_samples = 4\n{POINTS}', "num = 3: changes nothing"),
        (
            '[sweep]\nmethod = "one_at_a_time"\n[sweep.parameters]\n"device.v_bias" = { low = 0.0, high = 1.0 }',
            "needs num, the points from low to high, in the method 'one_at_a_time'",
        ),
        (
            '[sweep]\nmethod = "sobol_indices"\nnum_samples = 12\n[sweep.parameters]\n'
            '"device.v_bias" = { low = 0.0, high = 1.0 }',
            "num_samples = 12: the method 'sobol_indices' needs a power of two",
        ),
        (
            '[sweep]\nmethod = "morris"\nnum_samples = 4\n[sweep.parameters]\n"device.v_bias" = { values = [0.0, 1] }',
            "the method 'morris' goes up and down",
        ),
        ("[sweep]\n[sweep.parameters]", "sweep.parameters: is empty"),
        (f"[search]\npopulation = 4\nelites = 4\n{GENES}", "search.elites = 4: must be below search.population = 4"),
        (f"[search]\npopulation = 4\ntournament_size = 5\n{GENES}", "search.tournament_size = 5: must be at most"),
    ],
)
def test_a_design_is_said_in_full_and_once(mistakes_of, more, said):
    (mistake,) = mistakes_of(more=more)
    assert said in mistake


def test_a_search_without_genes_is_one_mistake(mistakes_of):
    (mistake,) = mistakes_of(more="[search]\npopulation = 4\nelites = 1\ntournament_size = 2")
    assert mistake.startswith("search.genes: is missing.")


def test_tables_for_sweep_and_search_stand_beside_training(make):
    config = make(more=POINTS + GENES, kind="train")
    assert config.sweep is not None
    assert config.search is not None


def test_the_tables_handed_in_are_left_as_they_were():
    table = tomllib.loads(
        '[experiment]\nname = "a"\n[data]\nname = "digits"\n[network]\nhidden = [4]\n[rule]\nname = "dfa"'
    )
    read_config(table, overrides=["training.epochs=3", "network.hidden=[5]"])
    assert table["network"] == {"hidden": [4]}
    assert "training" not in table


@pytest.mark.parametrize(
    ("name", "error", "other"),
    [("eprop", "final", "online"), ("erbp", "final", "online"), ("st_dfa", "online", "final")],
)
def test_an_error_that_the_rule_cannot_take_is_refused_with_the_way_out(make, mistakes_of, name, error, other):
    (mistake,) = mistakes_of(f"rule.name={name}", f"rule.error={error}")
    assert mistake == f"rule.error = \"{error}\": must be '{other}' for the rule '{name}'."
    assert value_at(make(f"rule.name={name}"), "rule.error") == other


def test_an_error_that_one_candidate_cannot_take_is_refused_too(mistakes_of):
    genes = '[search.genes]\n"rule.name" = { choices = ["dfa", "st_dfa"] }'
    (mistake,) = mistakes_of("rule.name=dfa", "rule.error=online", more=genes)
    assert mistake == "rule.error = \"online\": must be 'final' for the rule 'st_dfa'."


def test_sparse_dfa_with_a_device_s_factor_is_refused_without_a_device():
    table = {
        "experiment": {"name": "a"},
        "data": {"name": "digits"},
        "network": {"hidden": [4]},
        "rule": {"name": "sparse_dfa", "local_factor": "device"},
    }
    with pytest.raises(ConfigError, match="The rule 'sparse_dfa' needs a \\[device\\] table"):
        read_config(table)


@pytest.mark.parametrize(
    ("overrides", "is_plain"),
    [([], True), (["feedback.kind=single_entry"], False), (["rule.update_threshold=0.1"], False)],
)
def test_sparse_dfa_without_sparsity_or_thresholds_is_a_warning(make, overrides, is_plain):
    config = make("rule.name=sparse_dfa", "rule.local_factor=device", *overrides)
    assert any("is dfa, or adfa" in sentence for sentence in config_warnings(config)) == is_plain


@pytest.mark.parametrize(("more", "table"), [(POINTS, "sweep"), (GENES, "search")])
def test_references_need_two_seeds_and_a_device(make, mistakes_of, more, table):
    def asked(number, ranges=more):
        return f"[{table}]\nreferences = {number}\n{ranges}"

    (mistake,) = mistakes_of(more=asked(1), kind=table)
    assert mistake == f"{table}.references = 1: one seed has no confidence; give two or more, or 0 for none."
    (idle,) = mistakes_of("rule.name=dfa", more=asked(4, RATES[table]), kind=table)
    assert idle.startswith(f"{table}.references = 4: changes nothing: under the rule 'dfa' no candidate has a device")
    assert reference_seeds(make(more=asked(4), kind=table), table) == 4
    for allowed in (0, DEFAULT_REFERENCES):
        assert reference_seeds(make("rule.name=dfa", more=asked(allowed, RATES[table]), kind=table), table) == 0
