import pytest

from physdfa.store.reference import fill_between, keep_reference

SMALL = ("config.toml", "environment.json", "metrics.jsonl", "summary.json")


def make_run(folder, names=SMALL, text="new"):
    folder.mkdir()
    for name in (*names, "report.html"):
        (folder / name).write_text(text)
    return folder


def test_the_small_files_replace_an_earlier_copy_and_the_large_ones_stay(tmp_path):
    reference = tmp_path / "reference" / "row"
    keep_reference(make_run(tmp_path / "first", (*SMALL, "evaluations.parquet"), "old"), reference)
    keep_reference(make_run(tmp_path / "second"), reference)
    assert sorted(path.name for path in reference.iterdir()) == sorted(SMALL)
    assert (reference / "summary.json").read_text() == "new"
    assert [path.name for path in reference.parent.iterdir()] == ["row"]


def test_a_run_may_have_evaluations_in_the_place_of_metrics(tmp_path):
    names = ("config.toml", "environment.json", "summary.json", "evaluations.parquet")
    keep_reference(make_run(tmp_path / "run", names), tmp_path / "row")
    assert sorted(path.name for path in (tmp_path / "row").iterdir()) == sorted(names)


@pytest.mark.parametrize("names", [SMALL[:2], ("config.toml", "environment.json", "summary.json")])
def test_a_run_that_lacks_a_file_leaves_the_earlier_copy(names, tmp_path):
    reference = tmp_path / "row"
    keep_reference(make_run(tmp_path / "whole", text="old"), reference)
    with pytest.raises(FileNotFoundError):
        keep_reference(make_run(tmp_path / "torn", names), reference)
    assert (reference / "summary.json").read_text() == "old"


def test_text_goes_between_the_marks_and_nothing_else_changes(tmp_path):
    document = tmp_path / "page.md"
    document.write_text("before <a> old ± <b> after")
    fill_between(document, "<a>", "<b>", "new ±")
    assert document.read_text(encoding="utf-8") == "before <a>\nnew ±\n<b> after"
