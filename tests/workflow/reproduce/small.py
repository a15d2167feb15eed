"""The smallest entry: rows of the tiny experiment, so that a test states only what matters to it."""

from datetime import UTC, datetime, timedelta
from itertools import count

from physdfa.config import to_toml
from physdfa.store import create_run
from physdfa.workflow.reproduce import Entry, Published, Row, Table
from physdfa.workflow.reproduce.entry import Workplace
from physdfa.workflow.reproduce.table import accuracy_cell
from physdfa.workflow.summary import mean_and_std
from tests.workflow.tiny import make_config

SECONDS = count()


def make_row(name, *overrides, **values):
    """A training of the tiny experiment, called `small_<name>`."""

    def read(scale, data_dir=None):
        del scale, data_dir
        return make_config("training.epochs=1", f"experiment.name=small_{name}", *overrides, kind="train")

    known = {"cells": {"rule": name}, "read": read, "published": Published(0.9, 0.01)}
    return Row(name=name, **{**known, **values})


def make_entry(*rows):
    def tables(finished):
        cells = [[one.row.name, accuracy_cell(one)] for one in finished]
        return [Table(title="Small", header=["row", "ours"], rows=cells, numeric=[1])]

    return Entry(
        name="small", title="A small one", source="nowhere", datasets=(), full_time="-", rows=rows, tables=tables
    )


def make_place(folder, **values):
    return Workplace(scale="smoke", out_dir=folder, data_dir=folder / "no-data", **values)


def trained_folders(folder):
    """The run folders of trainings, by experiment."""
    children = [child for child in folder.iterdir() if child.name.startswith("small_") and child.name != "small_smoke"]
    return {child.name: len(list(child.iterdir())) for child in children}


def instant_train(config, *, out_dir, data_dir, num_seeds, command_line, progress, watch_test, resumed=None):
    """In the place of `train`: a run folder with invented accuracies, at once."""
    del data_dir, resumed
    now = datetime(2026, 3, 14, tzinfo=UTC) + timedelta(seconds=next(SECONDS))  # two within a second are refused
    run = create_run(out_dir, config.experiment.name, to_toml(config), command_line=command_line, kind="train", now=now)
    progress.advance()
    accuracies = [0.9 + 0.01 * seed for seed in range(num_seeds)]
    mean, std = mean_and_std(accuracies)
    run.write_summary(
        {
            "status": "done",
            "seeds": list(range(num_seeds)),
            "test_accuracy": mean,
            "test_accuracy_std": std,
            "test_accuracies": accuracies,
            "wall_time_s": 1.0,
            "images_per_s": 480.0,
            **({"best_test_epoch_accuracies": [1.0] * num_seeds} if watch_test else {}),
        }
    )
    return run
