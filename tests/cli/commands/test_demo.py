"""`physdfa demo`: the packaged experiment, made tiny here."""

from pathlib import Path

import pytest

from tests.cli.command import physdfa, refused

TINY = (
    *("data.train_size=480", "network.hidden=[16]", "network.num_steps=4", "training.epochs=2", "search.epochs=2"),
    *("training.schedule=constant", "search.population=4", "search.generations=1", "search.final_seeds=1"),
    "search.compare=false",
)


@pytest.mark.slow
def test_the_demo_searches_and_writes_its_report():
    answer = physdfa("demo", *(word for change in TINY for word in ("--set", change)), "--out", "here")
    assert answer.code == 0
    *_, place, report = answer.out.splitlines()
    assert Path(place.removeprefix("run folder: ")).parent == Path("here/demo")
    assert Path(report.removeprefix("report: ")).read_text().lower().startswith("<!doctype html>")


def test_the_demo_can_be_tried_dry_and_refuses_what_is_misspelt(workplace):
    assert "# " in physdfa("demo", "--dry-run", *(word for change in TINY for word in ("--set", change))).out
    assert "Did you mean 'population'?" in refused("demo", "--set", "search.popluation=4")
    assert not (workplace / "results").exists()
