"""What would be done, told before it is done."""

from physdfa.workflow.reproduce import plan_rows
from physdfa.workflow.reproduce.entry import RateSearch
from physdfa.workflow.reproduce.training import train_row
from tests.workflow.reproduce.small import make_entry, make_place, make_row

SEARCH = RateSearch(rates=(1e-3, 1e-2), epochs=1)


def test_a_plan_counts_the_epochs_of_seeds_and_search_and_writes_nothing(tmp_path):
    entry = make_entry(make_row("plain", seeds=2), make_row("searched", search=SEARCH))
    plain, searched = plan_rows(entry, make_place(tmp_path / "out"))
    assert (plain.state, plain.seeds, plain.epochs, plain.samples) == ("train", 2, 2, 480)
    assert searched.epochs == 1 + 2
    assert plain.seconds > 0
    assert not (tmp_path / "out").exists()


def test_a_row_that_is_finished_or_lacks_its_data_takes_no_time(tmp_path, instant):
    row, place = make_row("one", search=SEARCH), make_place(tmp_path)
    train_row(row, row.read("smoke"), place)
    finished, missing = plan_rows(make_entry(row, make_row("two", "data.name=mnist")), place)
    assert (finished.state, finished.epochs, finished.seconds) == ("finished", 0, 0.0)
    assert (missing.state, missing.seconds) == ("missing", 0.0)
    assert "physdfa data fetch mnist" in missing.reason
