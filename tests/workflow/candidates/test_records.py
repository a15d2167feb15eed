"""Records: a failure is worst and never NaN, seeds are averaged, the table keeps its columns and types."""

import io
import math

import numpy as np
import pandas as pd
import pytest

from ga_search.genome import Fitness
from physdfa.workflow.candidates.records import RECORD_COLUMNS, WORST_FITNESS, EvaluationRecord, fitness_of, to_frame


def make_record(accuracy=0.5, *, candidate="a", seed=0, status="ok", values=None, **others) -> EvaluationRecord:
    return EvaluationRecord(
        candidate=candidate,
        values={"device.v_bias": 1.2} if values is None else values,
        generation=0,
        seed=seed,
        status=status,
        validation_accuracy=accuracy,
        **others,
    )


def test_the_fitness_is_the_mean_over_seeds():
    assert fitness_of([make_record(0.9, seed=0), make_record(0.6, seed=1)]) == pytest.approx(0.75)


@pytest.mark.parametrize("accuracy", [math.nan, math.inf, -math.inf, None])
def test_an_accuracy_that_is_no_number_is_a_failure_and_the_worst_fitness(accuracy):
    record = make_record(accuracy)
    assert record.status == "failed"
    assert "validation accuracy is" in record.reason
    assert record.validation_accuracy is None
    assert fitness_of([record]) == WORST_FITNESS
    assert Fitness((fitness_of([record]),)) < Fitness((0.01,))


def test_one_failed_seed_fails_the_candidate():
    assert (
        fitness_of([make_record(0.9), make_record(None, seed=1, status="failed", reason="diverged")]) == WORST_FITNESS
    )


def test_a_failed_record_has_no_accuracy_and_keeps_its_reason():
    record = make_record(0.9, status="failed", reason="loss is nan in epoch 2")
    assert record.validation_accuracy is None
    assert record.reason == "loss is nan in epoch 2"


def test_a_percentage_is_refused():
    with pytest.raises(ValueError, match=r"fraction in \[0, 1\]; got 98\.1"):
        make_record(98.1)


def test_the_fitness_of_several_candidates_or_none_is_refused():
    with pytest.raises(ValueError, match="one candidate"):
        fitness_of([make_record(candidate="a"), make_record(candidate="b")])
    with pytest.raises(ValueError, match="one candidate"):
        fitness_of([])


def test_numbers_from_arrays_become_plain():
    record = make_record(np.float64(0.5), validation_loss=np.float64(0.25), firing_rate=np.float64(math.nan))
    assert (type(record.validation_accuracy), record.validation_loss, record.firing_rate) == (float, 0.25, None)


def test_the_table_has_every_varied_key_and_the_columns_of_the_run_folder():
    values = {"device.v_bias": 1.2, "device.dac.num_bits": 8, "network.reset": "zero"}
    frame = to_frame([make_record(0.5, values=values), make_record(None, values=values, status="failed", reason="nan")])
    assert list(frame.columns) == [*values, *RECORD_COLUMNS]
    assert list(frame["status"]) == ["ok", "failed"]
    assert frame["validation_accuracy"].isna().tolist() == [False, True]
    assert frame["device.dac.num_bits"].dtype == "int64"
    assert frame["validation_loss"].dtype == "float64"


def test_the_table_survives_parquet_with_mixed_choices():
    records = [make_record(0.5, values={"network.hidden": choice}) for choice in ([100], [100, 50])]
    frame = to_frame(records)
    buffer = io.BytesIO()
    frame.to_parquet(buffer)
    pd.testing.assert_frame_equal(pd.read_parquet(buffer), frame)
    assert list(frame["network.hidden"]) == ["[100]", "[100,50]"]


def test_a_table_of_nothing_still_has_its_columns():
    frame = to_frame([])
    assert list(frame.columns) == list(RECORD_COLUMNS)
    assert len(frame) == 0


def test_records_that_vary_different_keys_do_not_share_a_table():
    with pytest.raises(ValueError, match="vary the same keys"):
        to_frame([make_record(values={"a": 1.0}), make_record(values={"b": 1.0})])


def test_scores_that_are_no_number_are_missing_in_the_table():
    record = make_record(alignment=math.nan, g_mean_over_spread=math.inf, g_correlation=-0.5)
    assert (record.alignment, record.g_mean_over_spread, record.g_correlation) == (None, None, -0.5)
    frame = to_frame([record])
    assert frame["g_mean_over_spread"].dtype == "float64"
    assert frame["g_mean_over_spread"].isna().all()
