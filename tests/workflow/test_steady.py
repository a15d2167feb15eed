"""A search without generations: it goes on where it stopped, with the proposals that its log implies."""

import pytest

from ga_search.steady import Told
from physdfa.errors import ConfigError
from physdfa.store import open_run
from physdfa.store.evaluations import read_evaluations
from physdfa.workflow.resume import resumable
from physdfa.workflow.search import run_search, search_space, steady_search
from physdfa.workflow.where.place import Here, evaluating_at
from tests.workflow.tiny import SEARCH, lines_of, make_config, summary_of


class Several(Here):
    """Three chunks are begun at a time, and the youngest is done first; after `most` of them the process is stopped."""

    num_workers = 3

    def __init__(self, most=1000):
        super().__init__(1)
        self._left = most

    def evaluate(self, scorer, source):
        at_work = []
        while True:
            while len(at_work) < 3 and (chunk := source()) is not None:
                at_work.append(chunk)
            if not at_work:
                return
            if not self._left:
                raise KeyboardInterrupt
            self._left -= 1
            yield scorer.score(at_work.pop())


def steady_config(*overrides):
    return make_config(
        "search.steady=true", "search.compare=false", "training.epochs=1", *overrides, more=SEARCH, kind="search"
    )


def told(run):
    return [(line["candidate"], line["num_drawn"], line["fitness"]) for line in lines_of(run, "told")]


def table(run):
    return read_evaluations(run).drop(columns="wall_time_s")


def test_a_steady_search_that_stops_goes_on_as_if_it_had_not(tmp_path):
    config = steady_config()
    with evaluating_at(Several()):
        whole = run_search(config, out_dir=tmp_path / "whole")
    assert len(told(whole)) == summary_of(whole)["num_evaluations"] == 6  # 4 + (2 - 1) (4 - 2 elites)
    assert [line["num_drawn"] for line in lines_of(whole, "told")] == [3, 4, 5, 6, 6, 6]
    with evaluating_at(Several(most=3)), pytest.raises(KeyboardInterrupt):
        run_search(config, out_dir=tmp_path / "stopped")
    stopped = open_run(next((tmp_path / "stopped").glob("*/*Z-*")))
    assert told(stopped) == told(whole)[:3]
    found = resumable(stopped.path, None)
    assert found is not None
    with evaluating_at(Several()):
        resumed = found[1](found[0], out_dir=tmp_path)
    assert told(resumed)[:3] == told(whole)[:3]
    assert table(resumed)["candidate"].is_unique
    search = steady_search(config.search, search_space(config), config.experiment.seed)
    for candidate, num_drawn, fitness in told(resumed):  # the log alone says what was proposed
        search.tell(search.catch_up(Told(candidate, num_drawn)), fitness)
    assert set(search.candidates) == set(table(resumed)["candidate"])


@pytest.mark.parametrize(
    ("override", "reason"),
    [
        ("search.method='random'", "search.steady: is for the method 'genetic'"),
        ("search.objectives=['accuracy', 'energy']", "search.steady: seeks one objective"),
        ("search.halving={rungs=[1], keep=0.5}", "search.steady: no candidates compete at a rung"),
    ],
)
def test_what_needs_generations_is_refused_without_them(override, reason):
    with pytest.raises(ConfigError, match=reason):
        steady_config("search.epochs=2", override)
