"""The range of a modulator and its proof: found, kept, and found again from what is kept."""

import pytest

from physdfa.workflow.range.yields import fabrication_yield
from physdfa.workflow.reproduce import reproduce
from physdfa.workflow.reproduce.entries.working_range import HELD_OUT, WORKING_RANGE, held_out_tables
from physdfa.workflow.reproduce.entry import Workplace
from physdfa.workflow.reproduce.keep import Clone
from tests.workflow.tiny import summary_of


def device(said="inside", *, works=True, distance=0.1):
    return {"said": said, "works": works, "distance": distance, "probability": 0.9 if said == "inside" else 0.2,
            "predicted": 0.93, "accuracy": 0.92, "values": {"device.v_bias": 1.23456}}  # fmt: skip


def test_the_held_out_check_counts_what_was_right_and_lists_the_misses_from_the_farthest_on():
    devices = [device(), device(works=False), device("outside", works=False), device("outside", distance=0.3)]
    check, misses = held_out_tables({"seed": 2, "confidence": 0.8, "devices": devices})
    # Expected right: the sum of what each verdict states, 2 x 0.9 inside and 2 x (1 - 0.2) outside.
    assert check.rows == [["inside", "1 of 2", "1.8"], ["outside", "1 of 2", "1.6"]]
    assert [row[0] for row in misses.rows] == ["1.235", "1.235"]
    assert [row[-1] for row in misses.rows] == ["0.300", "0.100"]


def counted_before(fabrication_yield):
    """A yield that must not train."""

    def made(*arguments, counted, **named):
        assert counted is not None, "its devices were trained before"
        return fabrication_yield(*arguments, counted=counted, **named)

    return made


@pytest.mark.slow
def test_the_working_range_is_found_checked_kept_and_found_again_from_what_is_kept(tmp_path, monkeypatch):
    for folder in ("results/reference", "docs/images"):
        (tmp_path / folder).mkdir(parents=True)
    marks = "<!-- working-range: begin -->\n<!-- working-range: end -->\n"
    (tmp_path / "README.md").write_text("")
    (tmp_path / "docs" / "page.md").write_text(marks)
    place = Workplace(scale="smoke", out_dir=tmp_path / "out")
    run = reproduce(WORKING_RANGE, place)
    clone = Clone(tmp_path)
    clone.keep(WORKING_RANGE, run.path, place.out_dir)
    clone.fill([WORKING_RANGE])
    text = (tmp_path / "docs" / "page.md").read_text()
    for title in ("Level", "Working range of each parameter", "Yield", "Scores before training", "Held-out check"):
        assert title in text
    assert " of 4 | " in text
    assert list((tmp_path / "docs" / "images").glob("reproduce_working_range_range_map*.svg"))
    # Once more from the kept files: on a copy, and with the same outcome.
    kept = clone.reference(WORKING_RANGE) / "range"
    before = sorted((path.name, path.read_bytes()) for path in kept.iterdir())
    monkeypatch.setattr("physdfa.workflow.range.yields.fabrication_yield", counted_before(fabrication_yield))
    again = reproduce(WORKING_RANGE, Workplace(scale="smoke", out_dir=tmp_path / "again", start_from=kept))
    (first,), (second,) = summary_of(run)["rows"], summary_of(again)["rows"]
    assert second["run"] == first["run"]
    assert sorted((path.name, path.read_bytes()) for path in kept.iterdir()) == before
    outcomes = [(out / row["run"] / HELD_OUT).read_bytes()
                for out, row in ((tmp_path / "out", first), (tmp_path / "again", second))]  # fmt: skip
    assert outcomes[0] == outcomes[1]
