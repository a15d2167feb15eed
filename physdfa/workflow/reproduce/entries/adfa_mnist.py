"""aDFA with an optoelectronic g on MNIST: one published number."""

from collections.abc import Sequence
from pathlib import Path

from physdfa.config import ExperimentConfig
from physdfa.workflow.reproduce.entry import Entry, Finished, Published, Row, Table
from physdfa.workflow.reproduce.packaged import packaged_config
from physdfa.workflow.reproduce.scale import Scale
from physdfa.workflow.reproduce.table import accuracy_cell, difference_cell, not_done_text, published_cell, seeds_cell

HEADER = ("data set", "rule", "published", "ours, last epoch", "difference [points]", "seeds")
UNKNOWN = (
    "The network, the time steps and the device behind the published figure are not known to us: ours are those of "
    "mnist_adfa_opto.toml, chosen on a validation split of MNIST's training samples."
)


def read(scale: Scale, data_dir: Path | None = None) -> ExperimentConfig:
    """The config of aDFA-Opto."""
    return packaged_config("mnist_adfa_opto", scale=scale, data_dir=data_dir)


def tables(finished: Sequence[Finished]) -> list[Table]:
    """Our accuracy beside the published one."""
    rows = [
        [
            *one.row.cells.values(),
            published_cell(one.row.published),
            accuracy_cell(one),
            difference_cell(one.record.get("test_accuracy"), one.row.published),
            seeds_cell(one),
        ]
        for one in finished
    ]
    text = " ".join(part for part in (UNKNOWN, not_done_text(finished)) if part)
    return [Table(title="aDFA-Opto on MNIST", header=HEADER, rows=rows, text=text, numeric=(2, 3, 4, 5))]


ADFA_MNIST = Entry(
    name="adfa-mnist",
    title="MNIST by aDFA with an optoelectronic backward device",
    source="Zhang et al., arXiv:2409.07776: 98.10 %",
    datasets=("mnist",),
    full_time="7 minutes on 2 cores",
    rows=(
        Row(
            name="adfa-opto",
            cells={"data set": "MNIST", "rule": "aDFA-Opto, Mach–Zehnder g"},
            read=read,
            published=Published(0.9810),
            seeds=5,
        ),
    ),
    tables=tables,
)
