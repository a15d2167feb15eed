"""A training whose g was measured: its run folder is all that is needed, and says how often the range was left."""

import html

import numpy as np
import pytest

from physdfa.config import load_config
from physdfa.errors import InputError
from physdfa.report.page import write_report
from physdfa.report.reading import read_run
from physdfa.store.verify import verify_run
from physdfa.workflow.evaluate import evaluate_run
from physdfa.workflow.train import train
from tests.workflow.tiny import summary_of

pytestmark = pytest.mark.slow

CONFIG = """
[experiment]
name = "measured"
[data]
name = "digits"
train_size = 480
[network]
hidden = [12]
num_steps = 3
[rule]
name = "adfa"
[device]
measured = "sweep.csv"
[training]
epochs = 2
batch_size = 60
"""


def train_measured(folder, *overrides):
    """The run of `CONFIG` in `folder`, with a sweep of -1 ... 1 V beside it."""
    volts = np.linspace(-1.0, 1.0, 21)
    rows = [f"{v:.2f},{np.sin(v) ** 2:.6f}" for v in volts]
    (folder / "sweep.csv").write_text("\n".join(["bias_V,power_mW", *rows]) + "\n")
    path = folder / "measured.toml"
    path.write_text(CONFIG)
    return train(load_config(path, overrides, kind="train"), out_dir=folder / "results")


@pytest.fixture(scope="module")
def measured_run(tmp_path_factory):
    folder = tmp_path_factory.mktemp("measured")
    run = train_measured(folder, "device.outside=hold")
    (folder / "sweep.csv").unlink()  # as on another machine
    return run


def test_the_run_keeps_the_measurement_and_is_evaluated_without_the_original(measured_run):
    assert verify_run(measured_run.path) == []
    found = evaluate_run(measured_run.path, data_dir=None)
    assert found.accuracies == pytest.approx(summary_of(measured_run)["test_accuracies"], abs=1e-6)


def test_the_ledger_is_in_the_summary_in_the_log_and_in_the_table_of_epochs(measured_run):
    summary = summary_of(measured_run)
    per_epoch = [line["outside_range"] for line in measured_run.read_metrics().records if line["kind"] == "epoch"]
    assert summary["outside_range_per_epoch"] == per_epoch
    assert summary["outside_range"] == per_epoch[-1]
    assert [0 < share < 1 for (share,) in per_epoch] == [True, True]
    table = read_run(measured_run.path).epochs
    assert table["outside_range_1"].tolist() == pytest.approx([share for (share,) in per_epoch])


def test_a_device_that_refuses_stops_the_run_with_the_share_and_the_way_out(tmp_path):
    with pytest.raises(InputError, match=r"seed 0: in epoch 1, .* % of the requests .* lower `drive_gain`"):
        train_measured(tmp_path, "device.outside=refuse")
    (summary,) = (tmp_path / "results").glob("*/*/summary.json")
    assert '"status": "failed"' in summary.read_text()


def test_within_the_range_a_device_that_refuses_trains(tmp_path):
    run = train_measured(tmp_path, "device.outside=refuse", "device.drive_gain=0.01")
    assert summary_of(run)["status"] == "done"
    assert summary_of(run)["outside_range"] == [0.0]


def test_a_device_that_is_hardly_ever_asked_within_its_range_is_warned_of_everywhere(tmp_path):
    run = train_measured(tmp_path, "device.outside=hold", "device.drive_gain=200")
    (share,) = summary_of(run)["outside_range"]
    sentence = next(text for text in summary_of(run)["warnings"] if "outside of the measured range" in text)
    assert share > 0.9
    assert sentence.startswith(f"{100 * share:.3g} % of the requests of hidden layer 1")
    assert 'outside = "hold" answers' in sentence
    assert sentence in html.unescape(write_report([run.path]).read_text(encoding="utf-8"))
