"""What the rule sfdfa refuses, before anything is computed."""

import pytest

from physdfa.config import config_warnings
from physdfa.config.event_checks import num_event_steps
from physdfa.config.schema import EventsSection
from physdfa.errors import InputError

SFDFA = ("rule.name=sfdfa", "data.encoding=latency")


def test_the_default_times_make_102_steps(make):
    assert num_event_steps(make(*SFDFA).events) == 102


@pytest.mark.parametrize(
    ("encoding", "reason"), [("direct", "a constant current has no spikes"), ("rate", "its spikes are random")]
)
def test_an_encoding_without_spike_times_is_refused_with_the_one_that_has_them(mistakes_of, encoding, reason):
    (mistake,) = mistakes_of("rule.name=sfdfa", f"data.encoding={encoding}")
    assert mistake.startswith(f"data.encoding = \"{encoding}\": the rule 'sfdfa'")
    assert reason in mistake
    assert 'set data.encoding = "latency"' in mistake


@pytest.mark.parametrize(
    ("changes", "way_out"),
    [
        (["data.name=shd"], "data.encoding = \"direct\": the samples of 'shd' are spikes already"),
        (["data.name=shd", "data.encoding=latency"], 'set it to "events"'),
        (["data.name=shd", "data.encoding=latency", "rule.name=sfdfa"], 'set it to "events"'),
        (["data.encoding=events"], "are no spikes (those of 'shd', 'nmnist_small' are); set it to "),
        (["data.encoding=events"], 'set it to "direct", "rate" or "latency".'),
        (["data.encoding=events", "rule.name=sfdfa"], 'set it to "latency".'),
    ],
)
def test_events_go_with_data_of_spikes_and_with_no_other(mistakes_of, changes, way_out):
    (mistake,) = mistakes_of(*changes)
    assert mistake.startswith("data.encoding = ")
    assert way_out in mistake


def test_spikes_go_into_both_kinds_of_network(make):
    for rule in ("adfa", "bptt", "sfdfa"):
        config = make("data.name=shd", "data.encoding=events", f"rule.name={rule}", "events.window=0.2")
        assert config.data.encoding == "events"


def test_an_encoding_among_the_choices_of_a_gene_is_held_to_the_data(mistakes_of):
    gene = '[search.genes]\n"data.encoding" = { choices = ["direct", "events"] }'
    (mistake,) = mistakes_of(more=gene, kind="search")
    assert mistake.startswith("data.encoding = \"events\": the samples of 'digits' are no spikes")


def test_a_membrane_time_constant_must_be_twice_the_synaptic_one(make, mistakes_of):
    (mistake,) = mistakes_of(*SFDFA, "events.tau_syn=0.1", "events.tau_mem=0.1")
    assert mistake.startswith("events.tau_mem = 0.1: must be twice events.tau_syn = 0.1 s")
    assert "set it to 0.2 s" in mistake
    assert make(*SFDFA, "events.tau_syn=0.1", "events.tau_mem=0.2").events.tau_mem == 0.2


def test_a_presentation_is_a_whole_number_of_steps_and_at_least_the_window(mistakes_of):
    (short,) = mistakes_of(*SFDFA, "events.duration=0.05")
    assert short.startswith("events.duration = 0.05: must be at least events.window = 0.1 s")
    (odd,) = mistakes_of(*SFDFA, "events.levels=10", "events.duration=0.155")
    assert "0.15 or 0.16 s would be" in odd


def test_times_that_do_not_fit_are_refused_where_a_search_brings_them_too():
    with pytest.raises(InputError, match="must be twice"):
        num_event_steps(EventsSection(tau_syn=0.1, tau_mem=0.1))


def test_a_search_is_not_compared_with_a_network_of_another_kind(make, mistakes_of):
    more = '[search]\n{}[search.genes]\n"events.threshold" = {{ low = 0.1, high = 0.4 }}\n'
    (mistake,) = mistakes_of(*SFDFA, more=more.format(""), kind="search")
    assert mistake.startswith("search.compare = true:")
    assert make(*SFDFA, more=more.format("compare = false\n"), kind="search").search is not None


def test_a_device_is_not_used_and_said_so(make):
    assert config_warnings(make(*SFDFA)) == ("[device] is not used: the rule 'sfdfa' has no backward device.",)
