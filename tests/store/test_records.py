"""Sealed records: plain, hashed, and refusing whatever is not what was written."""

import hashlib
import json
from pathlib import Path

import numpy as np
import pytest

from physdfa.store.records import canonical, log_line, plain, seal, sealed_text, unseal
from physdfa.store.version import as_of_now


def test_the_hash_is_sha256_of_the_sorted_compact_json_without_the_hash():
    expected = hashlib.sha256(b'{"a":[1,2.5],"b":"x"}').hexdigest()
    assert seal({"b": "x", "a": (1, 2.5)})["sha256"] == expected


def test_nan_and_infinities_become_null_at_every_depth():
    record = {"a": float("nan"), "b": [1.0, float("inf")], "c": {"d": np.float32("-inf")}, "e": np.array([np.nan, 2.0])}
    assert plain(record) == {"a": None, "b": [1.0, None], "c": {"d": None}, "e": [None, 2.0]}
    assert "NaN" not in canonical(record)
    assert "Infinity" not in sealed_text(record)


def test_numpy_scalars_become_python_numbers():
    assert json.loads(canonical({"i": np.int64(3), "f": np.float64(0.1), "b": np.bool_(True)})) == {
        "i": 3,
        "f": 0.1,
        "b": True,
    }


def test_a_value_that_json_cannot_hold_is_refused_by_its_type():
    with pytest.raises(TypeError, match="object"):
        plain({"a": object()})


@pytest.mark.parametrize("write", [log_line, sealed_text])
def test_what_was_sealed_is_read_back_without_its_hash(write):
    record = {"kind": "epoch", "loss": 1e-5, "name": "µ-ring", "rates": [0.1, 0.2]}
    assert as_of_now(unseal(write(record)), Path("summary.json")) == record


def test_a_second_seal_replaces_the_first():
    assert seal(seal({"a": 1})) == seal({"a": 1})


def test_a_log_line_of_nothing_is_still_json():
    assert unseal(log_line({})) == {}


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("{", "not JSON"),
        (b"\xff\xfe", "not JSON"),
        ("[1]", "not a JSON object"),
        ('{"a":1}', "no 'sha256'"),
        (log_line({"a": 1}).replace("1", "2", 1), "does not match"),
        ("[" * 100_000, "not JSON"),
    ],
)
def test_text_that_is_not_what_was_written_is_refused_with_its_reason(text, reason):
    with pytest.raises(ValueError, match=reason):
        unseal(text)
