"""What the shared options turn into."""

import os

from physdfa.cli.options import limit_threads, overrides_of


def test_the_seed_wins_over_a_set_of_the_same_key():
    assert overrides_of(["experiment.seed=1", "a.b=2"], 3) == ("experiment.seed=1", "a.b=2", "experiment.seed=3")
    assert overrides_of(None, None) == ()
    assert overrides_of(None, 0) == ("experiment.seed=0",)


def test_threads_are_told_to_jax_only_where_asked(monkeypatch):
    monkeypatch.delenv("NPROC", raising=False)
    limit_threads(None)
    assert "NPROC" not in os.environ
    monkeypatch.setenv("NPROC", "64")  # so that the change is undone
    limit_threads(3)
    assert os.environ["NPROC"] == "3"
