"""What is said of random nonlinearities, on archives whose truth is known."""

import numpy as np
import pandas as pd

from physdfa.workflow.reproduce.entries.random_nonlinearities import (
    draws_table,
    one_by_one,
    references_of,
    scores_table,
)

BESIDE = {"constant": 0.8, "dfa": 0.9, "readout_only": 0.7}


def made(accuracy, score):
    """Draws of two periods, one candidate each with a seed a draw."""
    count = len(accuracy)
    return one_by_one(
        pd.DataFrame(
            {
                "candidate": np.where(np.arange(count) % 2, "a", "b"),
                "seed": np.arange(count) // 2,
                "device.half_period": np.where(np.arange(count) % 2, 2.0, 8.0),
                "validation_accuracy": accuracy,
                "g_rms": score,
            }
        )
    )


def test_a_score_that_is_the_accuracy_names_every_draw_that_fails():
    accuracy = np.linspace(0.5, 0.95, 40)
    table = scores_table(made(accuracy, accuracy), 0.7)
    ((_, correlation, named),) = table.rows
    assert correlation.startswith("+1.00")
    assert named == f"{(accuracy < 0.7).sum()} of {(accuracy < 0.7).sum()}"


def test_a_score_that_runs_against_the_accuracy_names_none():
    accuracy = np.linspace(0.5, 0.95, 40)
    ((_, correlation, named),) = scores_table(made(accuracy, 1 / accuracy), 0.7).rows
    assert correlation.startswith("-1.00")
    assert named.startswith("0 of ")


def test_draws_are_counted_below_each_reference_by_period():
    accuracy = np.array([0.6, 0.75, 0.72, 0.95, 0.85, 0.65])  # the second, fourth and sixth of half period 2
    short, long = draws_table(made(accuracy, accuracy), BESIDE).rows
    assert [short[0], *short[-3:]] == ["2", "1", "2", "2"]
    assert [long[0], *long[-3:]] == ["8", "1", "2", "3"]


def test_of_several_constants_the_best_is_told():
    records = [{"name": "constant", "validation_accuracy": value} for value in (0.3, 0.8, 0.5)]
    assert references_of(records) == {"constant": 0.8}
