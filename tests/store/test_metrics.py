"""The log: lines that vouch for themselves, a torn end that costs one line."""

import json

import pytest

from physdfa.store.metrics import append_metric, check_lines, forget_metrics, num_lines, read_metrics

EPOCHS = [{"kind": "epoch", "seed": 0, "epoch": n, "train_loss": 2.0**-n, "firing_rate": [1e-5]} for n in (1, 2, 3)]


@pytest.fixture
def log(tmp_path):
    path = tmp_path / "metrics.jsonl"
    for record in EPOCHS:
        append_metric(path, record)
    return path


def test_records_come_back_in_order(log):
    assert read_metrics(log) == (EPOCHS, 0)
    assert read_metrics(log.parent) == (EPOCHS, 0)  # the folder will do


def test_a_line_is_in_the_file_when_append_returns(log):
    lines = log.read_text().splitlines()
    assert [json.loads(line)["epoch"] for line in lines] == [1, 2, 3]
    assert all(len(json.loads(line)["sha256"]) == 64 for line in lines)


def test_a_run_without_a_log_has_no_records(tmp_path):
    assert read_metrics(tmp_path / "metrics.jsonl") == ([], 0)


def test_a_torn_last_line_is_reported_and_costs_only_itself(log):
    log.write_bytes(log.read_bytes()[:-20])
    assert read_metrics(log) == (EPOCHS[:2], 1)
    assert [line.problem for line in check_lines(log) if line.record is None] == [
        "is torn: the run stopped while writing it"
    ]


def test_a_last_line_that_lacks_only_its_newline_counts(log):
    log.write_bytes(log.read_bytes()[:-1])
    assert read_metrics(log) == (EPOCHS, 0)


def test_a_record_after_a_torn_line_is_not_spoilt_by_it(log):
    log.write_bytes(log.read_bytes()[:-20])
    append_metric(log, EPOCHS[2])
    assert read_metrics(log) == (EPOCHS, 0)


def test_a_record_after_a_lost_newline_stands_on_its_own_line(log):
    log.write_bytes(log.read_bytes()[:-1])
    append_metric(log, {"kind": "test"})
    assert read_metrics(log) == ([*EPOCHS, {"kind": "test"}], 0)


def test_every_flipped_bit_is_detected(tmp_path):
    log = tmp_path / "metrics.jsonl"
    append_metric(log, {"epoch": 1, "train_loss": 1e-05})  # 1E-05 has the same value: one bit, and no JSON error
    original = log.read_bytes()
    for position in range(len(original)):
        for bit in range(8):
            changed = bytearray(original)
            changed[position] ^= 1 << bit
            log.write_bytes(bytes(changed))
            records, num_damaged = read_metrics(log)
            assert (records, num_damaged > 0) == ([], True), (position, bit)


def test_a_damaged_line_costs_only_itself(log):
    content = log.read_bytes()
    log.write_bytes(content.replace(b'"epoch":2', b'"epoch":9'))
    assert read_metrics(log) == ([EPOCHS[0], EPOCHS[2]], 1)


def test_nan_is_written_as_null(tmp_path):
    append_metric(tmp_path / "m.jsonl", {"train_loss": float("nan")})
    assert read_metrics(tmp_path / "m.jsonl").records == [{"train_loss": None}]
    assert '"train_loss":null' in (tmp_path / "m.jsonl").read_text()


def test_a_line_that_the_disk_takes_half_of_leaves_the_log_as_it_was(log):
    before = log.read_bytes()
    resource = pytest.importorskip("resource")
    limits = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (len(before) + 10, limits[1]))  # Python ignores the signal of it
    try:
        with pytest.raises(OSError, match=r"metrics\.jsonl"):
            append_metric(log, EPOCHS[0])
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, limits)
    assert log.read_bytes() == before


def test_what_is_made_anew_is_dropped_and_the_rest_stays_as_it_was(tmp_path):
    path = tmp_path / "metrics.jsonl"
    for kind in ("epoch", "generation", "test", "generation"):
        append_metric(path, {"kind": kind})
    lines = path.read_bytes().split(b"\n")
    forget_metrics(path, ("epoch", "test"))
    assert path.read_bytes() == lines[1] + b"\n" + lines[3] + b"\n"
    forget_metrics(path, ("alignment",))
    assert [record["kind"] for record in read_metrics(path).records] == ["generation", "generation"]
    forget_metrics(tmp_path / "none.jsonl", ("epoch",))
    assert not (tmp_path / "none.jsonl").exists()


def test_lines_are_counted_once_and_a_rewritten_log_anew(log):
    assert num_lines(log) == 3
    append_metric(log, {"kind": "test"})
    assert num_lines(log) == 4
    whole, start = log.read_bytes(), log.stat().st_size
    log.write_bytes(b"?" * start)  # in place: what was counted is not read again
    assert num_lines(log) == 4
    log.write_bytes(whole)
    forget_metrics(log, ("epoch",))
    append_metric(log, {"kind": "test"})
    assert num_lines(log) == 2
    assert num_lines(log.with_name("none.jsonl")) == 0
