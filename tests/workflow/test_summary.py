"""Numbers of every summary."""

import math
import os

import pytest

from physdfa.training import Trainer
from physdfa.workflow.summary import (
    compute_summary,
    interrupted_summary,
    mean_and_std,
    peak_memory_bytes,
    trained_scales,
)


def test_mean_and_sample_deviation():
    assert mean_and_std([0.9, 0.94]) == (pytest.approx(0.92), pytest.approx(0.04 / math.sqrt(2)))
    assert mean_and_std([0.9]) == (0.9, 0.0)


def test_the_peak_of_memory_counts_bytes_and_never_falls():
    held = bytearray(b"x") * 2**26  # written to, so that it is there
    peak = peak_memory_bytes()
    assert peak > len(held) + 10 * 2**20  # and an interpreter with JAX: kibibytes taken for bytes would be below
    del held
    assert peak_memory_bytes() >= peak
    assert peak < os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")  # and bytes taken for kibibytes above


def test_a_trainer_that_did_nothing_compiled_nothing():
    summary = compute_summary(Trainer(1), 2.5)
    assert (summary["wall_time_s"], summary["compile_time_s"], summary["num_compilations"]) == (2.5, 0, 0)


def test_an_interrupt_is_not_a_failure():
    assert interrupted_summary(KeyboardInterrupt(), 1.0)["status"] == "interrupted"
    assert interrupted_summary(ValueError("why"), 1.0) == {"status": "failed", "reason": "why", "wall_time_s": 1.0}


@pytest.mark.parametrize(
    ("summary", "scales"),
    [
        ({"integer_type": "uint16", "full_scale": 4095.0}, {"uint16": 4095.0}),
        ({"integer_type": None, "full_scale": 1.0}, {}),
        ({"integer_type": "uint16", "full_scale": "forged"}, {}),
        ({"integer_type": "uint16", "full_scale": 0}, {}),
    ],
)
def test_the_scale_of_a_training_is_that_of_its_summary(summary, scales):
    assert trained_scales(summary) == scales


def test_runs_that_say_no_scale_took_bytes_alone_as_pixels():
    scales = trained_scales({})
    assert (scales["uint8"], scales["uint16"], scales["int64"]) == (255.0, 1.0, 1.0)
