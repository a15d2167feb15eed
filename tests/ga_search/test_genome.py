"""Genes: ends, scales, shares, inverses, refusals; the identity of a candidate; a fitness that is a number."""

import copy
import math
import random

import numpy as np
import pytest
from deap import tools

from ga_search.errors import SearchError
from ga_search.genome import ChoiceGene, Fitness, Gene, Genome, GenomeSpace, candidate_id


def make_space() -> GenomeSpace:
    return GenomeSpace(
        [
            Gene("device.v_bias", 0, 9.4),
            Gene("device.drive_gain", 0.1, 10.0, scale="log"),
            Gene("device.dac.num_bits", 1, 8, integer=True),
            ChoiceGene("network.reset", ("zero", "subtract")),
        ]
    )


def test_both_ends_of_a_gene_are_reached_exactly():
    for gene in (Gene("a", 0.1, 0.7), Gene("a", 1e-4, 1e-2, scale="log"), Gene("a", 3, 9, integer=True)):
        assert gene.decode(0.0) == gene.low
        assert gene.decode(1.0) == gene.high


def test_the_middle_of_a_log_gene_is_the_geometric_mean():
    assert Gene("a", 0.1, 10.0, scale="log").decode(0.5) == pytest.approx(1.0, rel=1e-12)
    assert Gene("a", 2.0, 6.0).decode(0.5) == pytest.approx(4.0, rel=1e-12)


def test_a_log_gene_spends_equal_shares_on_equal_ratios():
    gene = Gene("a", 1e-4, 1e-1, scale="log")
    assert [gene.decode(k / 3) for k in range(4)] == pytest.approx([1e-4, 1e-3, 1e-2, 1e-1], rel=1e-12)


def test_every_whole_number_owns_an_equal_share_of_a_gene():
    gene = Gene("a", 2, 6, integer=True)
    decoded = [gene.decode((k + 0.5) / 1000) for k in range(1000)]
    assert {value: decoded.count(value) for value in decoded} == dict.fromkeys(range(2, 7), 200)
    assert all(type(value) is int for value in decoded)


def test_every_choice_owns_an_equal_share_of_a_gene():
    gene = ChoiceGene("a", ("zero", "subtract", "none"))
    decoded = [gene.decode((k + 0.5) / 300) for k in range(300)]
    assert [decoded.count(choice) for choice in gene.choices] == [100, 100, 100]
    assert gene.decode(1.0) == "none"


def test_decoding_undoes_encoding():
    space = make_space()
    for bits in range(1, 9):
        values = {
            "device.v_bias": 1.1 * bits,
            "device.drive_gain": 0.1 * bits,
            "device.dac.num_bits": bits,
            "network.reset": "subtract",
        }
        decoded = space.decode(space.encode(values))
        assert (decoded.pop("network.reset"), values.pop("network.reset")) == ("subtract", "subtract")
        assert decoded == pytest.approx(values, rel=1e-12)


def test_choices_of_any_kind_are_told_apart():
    gene = ChoiceGene("network.hidden", ([100], [100, 100], 1, True, 1.0))
    assert [gene.decode(gene.encode(choice)) for choice in gene.choices] == list(gene.choices)
    assert type(gene.decode(gene.encode(True))) is bool


@pytest.mark.parametrize(
    ("declaration", "complaint"),
    [
        (dict(low=1.0, high=1.0), "low < high"),
        (dict(low=2.0, high=1.0), "low < high"),
        (dict(low=0.0, high=math.inf), "finite"),
        (dict(low=math.nan, high=1.0), "finite"),
        (dict(low=0.0, high=1.0, scale="log"), "log scale needs low > 0"),
        (dict(low=0.5, high=2.0, integer=True), "whole ends"),
    ],
)
def test_an_empty_or_impossible_range_is_refused_with_its_key(declaration, complaint):
    with pytest.raises(SearchError, match=complaint) as refusal:
        Gene("device.v_bias", **declaration)
    assert str(refusal.value).startswith("device.v_bias: ")


@pytest.mark.parametrize("choices", [(), ("zero",), ("zero", "zero")])
def test_a_choice_needs_two_different_values(choices):
    with pytest.raises(SearchError, match="at least two different values"):
        ChoiceGene("network.reset", choices)


def test_a_space_refuses_no_genes_and_repeated_keys():
    with pytest.raises(SearchError, match="nothing to vary"):
        GenomeSpace([])
    with pytest.raises(SearchError, match=r"more than once: device\.a"):
        GenomeSpace([Gene("device.a", 0, 1), Gene("device.a", 0, 2)])


def test_values_outside_a_gene_are_refused():
    space = make_space()
    good = space.decode([0.5, 0.5, 0.5, 0.1])
    for key, bad in [("device.v_bias", 9.5), ("device.dac.num_bits", 2.5), ("network.reset", "none")]:
        with pytest.raises(SearchError, match=key):
            space.encode(good | {key: bad})
    with pytest.raises(SearchError, match="exactly"):
        space.encode({"device.v_bias": 1.0})


@pytest.mark.parametrize("unit", [math.nan, -1e-9, 1.0 + 1e-9])
def test_a_point_outside_the_unit_cube_is_never_decoded(unit):
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        GenomeSpace([Gene("a", 0, 1)]).decode([unit])
    with pytest.raises(ValueError, match=r"\[0, 1\]"):
        Genome([unit])


def test_samples_of_a_log_gene_are_log_uniform():
    space = GenomeSpace([Gene("a", 1e-3, 1e1, scale="log")])
    generator = random.Random(0)
    logs = np.array([math.log10(space.decode(space.sample(generator))["a"]) for _ in range(4000)])
    # Uniform over [-3, 1]: mean -1, standard deviation 4 / sqrt(12); four standard errors of each.
    assert logs.mean() == pytest.approx(-1.0, abs=4 * 1.155 / math.sqrt(4000))
    assert logs.std() == pytest.approx(4 / math.sqrt(12), abs=0.04)


def test_the_id_depends_on_values_and_not_on_their_order_or_array_type():
    assert candidate_id({"a": 0.1, "b": "x"}) == candidate_id({"b": "x", "a": np.float64(0.1)})
    assert candidate_id({"a": 0.1}) != candidate_id({"a": math.nextafter(0.1, 1)})
    assert candidate_id({"a": 0.1}) != candidate_id({"b": 0.1})
    assert candidate_id({"a": 0.1}) != candidate_id({"a": 0.1}, 0) != candidate_id({"a": 0.1}, 1)


def test_the_id_is_the_same_in_every_process_and_version():
    # sha256 of '[{"device.v_bias":1.2}]', as sha256sum prints it: stored runs refer to candidates by it.
    assert candidate_id({"device.v_bias": 1.2}) == "d9ab0e12874d"


def test_a_fitness_is_never_nan_so_the_hall_of_fame_keeps_the_best():
    with pytest.raises(ValueError, match="cannot be NaN"):
        Fitness((math.nan,))
    with pytest.raises(ValueError, match="cannot be NaN"):
        Genome([0.5], fitness=math.nan)
    hall = tools.HallOfFame(1)
    hall.update([Genome([0.1], 0.2), Genome([0.2], 0.9), Genome([0.3], 0.5)])
    assert list(hall[0]) == [0.2]


def test_a_copy_of_a_genome_keeps_its_fitness_and_is_independent():
    genome = Genome([0.1, 0.2], 0.7)
    copied = copy.deepcopy(genome)
    copied[0] = 0.9
    assert copied.fitness.values == (0.7,)
    assert genome[0] == 0.1
    assert not Genome([0.1]).fitness.valid
