"""What `benchmarks/gpu.sh` checks on an accelerator, and that its checks run without one."""

import importlib
from pathlib import Path

import jax
import pytest

BENCHMARKS = Path(__file__).parents[2] / "benchmarks"


@pytest.fixture
def gpu(monkeypatch):
    monkeypatch.syspath_prepend(BENCHMARKS)
    return importlib.import_module("gpu")


def assert_right(rows) -> None:
    *updates, members = rows
    for row in updates:
        if "products highest" in row["what"]:
            assert row["other_sign"] < 1e-3
            assert row["largest"] < 1e-3
    assert len(updates) == 8
    assert members["mean"] < 0.01


@pytest.mark.gpu
def test_on_an_accelerator_updates_and_members_are_those_of_a_processor(gpu):
    if jax.default_backend() == "cpu":
        pytest.skip("JAX finds no accelerator here; benchmarks/gpu.sh makes the same checks where there is one")
    assert_right(gpu.bench_correct(gpu.Scale()))


@pytest.mark.slow
def test_the_same_checks_pass_on_a_processor_that_stands_in_for_one(gpu):
    assert_right(gpu.bench_correct(gpu.SMOKE))
