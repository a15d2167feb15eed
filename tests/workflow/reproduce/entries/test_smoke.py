"""Every entry at the smoke scale, from its rows to its report: the code of the full scale, in seconds.

Of long entries, rows of each kind: one and two hidden layers, discrete time and event neurons.
"""

import pytest

from physdfa.report.page import write_report
from physdfa.workflow.reproduce import ENTRIES, reproduce
from physdfa.workflow.reproduce.entry import Workplace
from tests.workflow.tiny import summary_of

pytestmark = pytest.mark.slow

SOME_ROWS = {
    "adfa-mnist": (),
    "sfdfa-table1": ("mnist-bp", "fashion-sfdfa"),
    "sfdfa-alignment": ("mnist-dfa", "fashion-sfdfa"),
    "sfdfa-critical-points": (),
    "rules-compared": ("mnist-dfa", "mnist-sparse-dfa"),
    "event-rules-compared": ("mnist-sfdfa",),
    "rules-depth": ("dfa-2",),
    "small-sets": ("braille-dfa", "nmnist-sfdfa"),
    "convolution": ("2-bptt", "2-adfa-opto-broadcast"),
    "recurrence": ("memory-bptt-lif-recurrent", "rates-eprop-opto-alif-recurrent"),
    "regularised": ("mnist-shifted-dfa",),
    "sparse-dfa-mnist": ("dense", "error-0.05", "device-single-entry"),
    "results": ("mnist_readout_only", "fashion_mnist_adfa_fourier"),
    "measured-mzm": ("bandwidth_0.5",),
    "network-features": ("reset",),
    "search-methods": ("genetic_0",),
    "working-range": (),
    "early-scores": ("digits",),
    "random-nonlinearities": (),
    "curves-studied": ("modulator",),
    "range-coverage": ("dome-239", "hard-step-5000"),
}
SLOW = ("working-range", "curves-studied")
MEASURED = ("measured-mzm", "curves-studied")
"""Entries that need measured curves."""


@pytest.fixture(scope="module")
def results(tmp_path_factory):
    """One folder for all: what one entry has trained, another takes."""
    return tmp_path_factory.mktemp("results")


def test_no_entry_is_left_out():
    assert set(SOME_ROWS) == set(ENTRIES)


@pytest.mark.parametrize(
    "name", [pytest.param(name, marks=pytest.mark.slow if name in SLOW else ()) for name in SOME_ROWS]
)
def test_an_entry_runs_and_is_reported(name, results, request):
    data_dir = request.getfixturevalue("real_data_dir") if name in MEASURED else None
    entry, place = ENTRIES[name], Workplace(scale="smoke", out_dir=results, data_dir=data_dir)
    run = reproduce(entry, place, only=SOME_ROWS[name])
    summary = summary_of(run)
    assert [row["reason"] for row in summary["rows"]] == [""] * len(SOME_ROWS[name] or entry.rows)
    assert all(len(table["header"]) == len(row) for table in summary["tables"] for row in table["rows"])
    page = write_report([run.path]).read_text()
    for words in (*summary["tables"], *summary["figures"]):
        assert words["title"] in page
    for figure in summary["figures"]:
        assert (run.figures / f"{figure['name']}.csv").is_file()
    if name == "sfdfa-alignment":  # after sfdfa-table1
        assert [row["reused"] for row in summary["rows"]] == [False, True]
