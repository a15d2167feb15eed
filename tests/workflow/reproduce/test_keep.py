"""Results kept in a clone: the small files of runs, and the pages filled from them."""

import itertools
import re
from pathlib import Path

import pytest

from physdfa.errors import InputError
from physdfa.store import create_run
from physdfa.store.reference import keep_reference
from physdfa.workflow.reproduce import ENTRIES, find_entry
from physdfa.workflow.reproduce.keep import Clone

ROOT = Path(__file__).parents[3]
CONFIG = '[experiment]\nname = "rules-compared"\n'


@pytest.fixture
def clone(tmp_path):
    """A clone whose pages ask for one entry of each kind of keeping."""
    for folder in ("results/reference", "docs/images"):
        (tmp_path / folder).mkdir(parents=True)
    for page in ("README.md", "docs/reproduce.md"):
        marks = [f"<!-- {name}: begin -->\nold\n<!-- {name}: end -->" for name in ("rules-compared", "results")]
        (tmp_path / page).write_text("\n".join(["before", *marks, "after"]))
    return Clone(tmp_path)


def make_member(folder, **summary):
    """The finished training of a row."""
    run = create_run(folder, "member", CONFIG, command_line=[], kind="train")
    run.append_metric({"kind": "row"})
    run.write_summary({"status": "done", **summary})
    return run


def test_a_kept_reproduction_fills_the_pages_and_readme_has_neither_tests_nor_figures(clone, tmp_path):
    entry, out = find_entry("rules-compared"), tmp_path / "out"
    member = make_member(out)
    run = create_run(out, "rules-compared", CONFIG, command_line=[], kind="reproduce")
    run.append_metric({"kind": "row"})
    row = {"status": "done", "reason": "", "run": member.path.relative_to(out).as_posix()}
    row |= {"seeds": [0, 1], "test_accuracies": [0.97, 0.98], "test_accuracy": 0.975, "test_accuracy_std": 0.005}
    row |= {"learning_rate": 1e-3, "feedback_floats_per_sample": 7985.0, "weights_changed_per_sample": 635200.0}
    rows = [{**row, "name": "mnist-dfa"}, {**row, "name": "mnist-bptt", "test_accuracies": [0.98, 0.985]}]
    run.write_text("figures/rules.svg", '<svg data-hover="{&#34;x&#34;:[1]}"/>')  # numbers for a pointer: not kept
    figures = [{"name": "rules", "title": "Seeds", "caption": "Every seed."}]
    run.write_summary({"rows": rows, "tables": [], "figures": figures})
    clone.keep(entry, run.path, out)
    member.write_summary({"counted_weights_changed": 31744.0, "counted_after_epochs": 1})
    keep_reference(member.path, clone.reference(entry) / "mnist-dfa_counted")
    assert (clone.reference(entry) / "mnist-dfa" / "summary.json").is_file()
    assert (clone.images / "reproduce_rules_compared_rules.svg").read_text() == "<svg/>"
    assert clone.fill([entry]) == clone.pages
    readme, page = (document.read_text() for document in clone.pages)
    for text in (page, readme):
        assert "| 7\u202f985 | 31\u202f744 |\n" in text  # counted since, not what the definition of the rule says
        assert "| 7\u202f985 | – |\n" in text
        assert "counted after 1 epoch" in text
        assert text.count("old") == 1  # the other entry's
    assert "images/reproduce_rules_compared_rules.svg" in page
    assert "paired tests" in page
    assert "paired tests" not in readme
    assert "best learning rate" in readme
    assert "rules.svg" not in readme


def test_rows_that_are_kept_one_by_one_stand_beside_each_other_and_the_last_of_each_counts(clone, tmp_path):
    entry, folders = find_entry("rules-compared"), itertools.count()

    def keep(**accuracies):
        rows, out = [], tmp_path / str(next(folders))
        for name, value in accuracies.items():
            member = make_member(out / name)
            row = {"name": name.replace("_", "-"), "status": "done", "reason": "", "seeds": [0]}
            row |= {"run": member.path.relative_to(out).as_posix(), "test_accuracy": value, "test_accuracies": [value]}
            rows.append(row)
        run = create_run(out, "rules-compared", CONFIG, command_line=[], kind="reproduce")
        run.append_metric({"kind": "row"})
        run.write_summary({"rows": rows, "tables": [], "figures": []})
        clone.keep(entry, run.path, out)
        return {one.row.name: one.record["test_accuracy"] for one in clone.finished_rows(entry)}

    assert keep(mnist_dfa=0.97) == {"mnist-dfa": 0.97}
    assert keep(mnist_bptt=0.98, fashion_dfa=0.88) == {"mnist-bptt": 0.98, "mnist-dfa": 0.97, "fashion-dfa": 0.88}
    assert keep(mnist_dfa=0.975) == {"mnist-bptt": 0.98, "mnist-dfa": 0.975, "fashion-dfa": 0.88}
    assert sorted(path.name for path in clone.reference(entry).glob("reproduction*")) == [
        "reproduction_2",  # the first has no row that the last has not
        "reproduction_3",
    ]
    clone.fill([entry])
    assert "Not trained yet: mnist-adfa-fourier, " in clone.readme.read_text()
    assert keep(mnist_dfa=0.97, mnist_bptt=0.98, fashion_dfa=0.88)
    assert [path.name for path in clone.reference(entry).glob("reproduction*")] == ["reproduction"]


def test_rows_that_were_kept_before_their_entry_fill_the_pages_too(clone, tmp_path):
    accuracies = {"test_accuracy": 0.98, "test_accuracy_std": 0.001, "test_accuracies": [0.979, 0.981]}
    member = make_member(tmp_path / "out", dataset="mnist", seeds=[0, 1], **accuracies)
    keep_reference(member.path, clone.references / "mnist_dfa")
    clone.fill([find_entry("results")])
    readme = clone.readme.read_text()
    assert "| DFA (surrogate derivative) | 98.00 ± 0.10 % (2 seeds) |" in readme
    assert "Not trained yet: mnist_bptt, " in readme


def test_what_was_not_kept_leaves_the_pages_as_they_are(clone):
    before = [page.read_text() for page in clone.pages]
    assert clone.fill(list(ENTRIES.values())) == []
    assert [page.read_text() for page in clone.pages] == before


def test_a_folder_that_is_no_clone_is_refused(tmp_path):
    with pytest.raises(InputError, match="kept in a clone of the repository"):
        Clone(tmp_path)


@pytest.mark.parametrize("name", list(ENTRIES))
def test_each_entry_has_one_place_in_the_pages(name):
    pages = [page.read_text(encoding="utf-8") for page in Clone(ROOT).pages]
    begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
    places = [page for page in pages if begin in page]
    assert len(places) == (2 if name == "rules-compared" else 1)  # README shows it, too
    assert all(page.count(begin) == 1 and page.find(begin) < page.find(end) for page in places)


def test_the_pages_find_their_pictures():
    for page in Clone(ROOT).pages:
        for image in re.findall(r"!\[[^]]*\]\((images/[^)]+)\)", page.read_text(encoding="utf-8")):
            assert (page.parent / image).is_file(), image


def test_every_picture_of_an_entry_is_shown():
    shown = "".join(page.read_text(encoding="utf-8") for page in Clone(ROOT).pages)
    for image in Clone(ROOT).images.glob("reproduce_*.svg"):
        assert image.name in shown, image.name
