"""What the shared options turn into."""

import os

import pytest

from physdfa.cli.options import limit_threads, overrides_of, use_devices
from physdfa.errors import InputError


def test_the_seed_wins_over_a_set_of_the_same_key():
    assert overrides_of(["experiment.seed=1", "a.b=2"], 3) == ("experiment.seed=1", "a.b=2", "--seed experiment.seed=3")
    assert overrides_of(None, None) == ()
    assert overrides_of(None, 0) == ("--seed experiment.seed=0",)


def test_threads_are_told_to_jax_only_where_asked(monkeypatch):
    monkeypatch.delenv("NPROC", raising=False)
    limit_threads(None)
    assert "NPROC" not in os.environ
    monkeypatch.setenv("NPROC", "64")  # so that the change is undone
    limit_threads(3)
    assert os.environ["NPROC"] == "3"


def test_devices_are_told_to_jax_and_refused_where_it_has_others(monkeypatch):
    monkeypatch.delenv("JAX_NUM_CPU_DEVICES", raising=False)
    use_devices(None)
    assert "JAX_NUM_CPU_DEVICES" not in os.environ
    monkeypatch.setenv("JAX_NUM_CPU_DEVICES", "64")  # so that the change is undone
    use_devices(1)
    assert os.environ["JAX_NUM_CPU_DEVICES"] == "1"
    with pytest.raises(InputError, match="--devices 2: cuts the processor, but JAX computes on 1 device"):
        use_devices(2)  # here JAX has started with one
