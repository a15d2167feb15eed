"""The page as a whole: complete, self-contained, escaped, reproducible, and honest about what is missing."""

import base64
import hashlib
import re
from collections import Counter
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import quote

import pandas as pd
import pytest

from physdfa.errors import InputError, RunFolderError
from physdfa.report.page import write_report
from physdfa.store import open_run
from physdfa.store.evaluations import read_evaluations

VOID = {"meta", "link", "br", "img", "input", "hr", "path", "use"}


class Page(HTMLParser):
    """Text, ids, resource addresses, and whether every tag that was opened was closed."""

    def __init__(self, path: Path):
        super().__init__()
        self.headings: list[str] = []
        self.text = ""
        self.ids: list[str] = []
        self.references: list[str] = []
        self.tags: Counter[str] = Counter()
        self.open: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))
        self.close()

    def handle_starttag(self, tag, attributes):
        self.tags[tag] += 1
        for name, value in attributes:
            if name == "id":
                self.ids.append(value)
            if name in ("src", "href", "xlink:href", "srcset", "data", "action"):
                self.references.append(value)
        if tag not in VOID:
            self.open.append(tag)

    def handle_endtag(self, tag):
        if tag in VOID:
            return
        assert self.open, f"</{tag}> closes nothing"
        assert self.open.pop() == tag

    def handle_startendtag(self, tag, attributes):
        self.handle_starttag(tag, attributes)
        if tag not in VOID:
            self.open.pop()

    def handle_data(self, text):
        if self.open and self.open[-1] in ("h1", "h2", "h3"):
            self.headings.append(text.strip())
        self.text += text


def without_scripts(page: Path) -> str:
    return re.sub(r"<script>.*?</script>", "", page.read_text(), flags=re.DOTALL)


def test_a_training_report_has_its_header_numbers_and_figures(train_page):
    page = Page(train_page)
    assert page.open == []
    for heading in ("What lies behind it", "How it was made", "Training curves", "Backward function g(u)"):
        assert heading in page.headings
    for words in ("97.20 ± 0.16 %", "physdfa train experiments/digits.toml --seeds 5", "2026-03-14 15:09:00 UTC"):
        assert words in page.text
    assert page.tags["svg"] == 2


def test_a_search_report_has_progress_comparison_parameters_and_failures(search_page):
    page = Page(search_page)
    for heading in (
        "Warnings",
        "Progress of the search",
        "Comparison on the test set",
        "Accuracy against each parameter",
        "Backward function g(u)",
        "Parameters of the best candidate",
        "The best 10 evaluations",
        "Failed evaluations",
    ):
        assert heading in page.headings
    assert "the loss is not finite after epoch 1" in page.text
    assert "1 of 84 evaluations failed" in page.text


def test_a_sweep_report_has_the_map_with_units_at_its_axes(sweep_page):
    page = Page(sweep_page)
    assert "Map of the sweep" in page.headings
    assert "device.v_bias [V]" in page.text


def test_an_interrupted_run_says_what_is_missing(make_interrupted_run):
    page = Page(write_report([make_interrupted_run().path]))
    assert "What is missing" in page.headings
    for words in ("The run is interrupted", "There is no test accuracy", "1 line of metrics.jsonl cannot be read"):
        assert words in page.text
    assert "Training curves" in page.headings


def test_an_empty_run_still_gives_a_page(make_interrupted_run):
    run = make_interrupted_run()
    (run.path / "metrics.jsonl").unlink()
    assert "No epoch was recorded" in Page(write_report([run.path])).text


def test_the_page_loads_nothing_from_elsewhere(search_page, train_page):
    for path in (search_page, train_page):
        page = Page(path)
        assert page.tags["link"] == page.tags["img"] == page.tags["iframe"] == 0
        assert all(
            reference.startswith(("#", "data:image/png;base64,", "data:text/plain;")) for reference in page.references
        )
        assert not re.search(r"url\((?!#)", without_scripts(path))
        assert "@import" not in without_scripts(path)


def test_only_the_scripts_of_this_package_may_run(search_page, train_page):
    sizes = []
    for path in (search_page, train_page):
        text = path.read_text()
        policy = re.search(r'Content-Security-Policy" content="([^"]*)"', text)[1]
        assert policy.startswith("default-src 'none'; ")
        scripts = re.findall(r"<script>(.*?)</script>", text, flags=re.DOTALL)
        digests = [base64.b64encode(hashlib.sha256(script.encode()).digest()).decode() for script in scripts]
        assert policy.split("script-src ")[1].split() == [f"'sha256-{digest}'" for digest in digests]
        sizes.append(len(scripts))
    assert sizes == [5, 2]  # the libraries of charts come only with evaluations


@pytest.mark.slow
def test_every_id_of_a_comparison_is_unique_and_every_reference_resolves(make_train_run, make_search_run):
    runs = [make_train_run().path, make_train_run(second=9).path, make_search_run().path]
    text = without_scripts(write_report(runs))
    page = Page(runs[0].parents[1] / "comparison.html")
    assert max(Counter(page.ids).values()) == 1
    inside = [reference[1:] for reference in page.references if reference.startswith("#")]
    targets = inside + re.findall(r"url\(#([^)]+)\)", text)
    assert set(targets) <= set(page.ids)


def test_a_style_rule_of_a_figure_stays_inside_it(train_page):
    text = train_page.read_text()
    assert '<style type="text/css">*' not in text
    assert '<style type="text/css">#run1-training_curves *' in text


def test_hostile_words_are_shown_and_not_obeyed(make_search_run):
    run = make_search_run()
    hostile = "<script>alert(1)</script>\" onload='x' $\\frac{"
    comparison = [{"name": hostile, "test_accuracy": 0.9, "test_accuracy_std": 0.0, "test_accuracies": [0.9]}]
    run.write_summary({"warnings": [hostile], "comparison": comparison, "rule": hostile, "best": {hostile: hostile}})
    page = Page(write_report([run.path]))
    assert page.tags["script"] == 5
    assert page.text.count("<script>alert(1)</script>") >= 4  # the warning, the rule, the table and the axis


@pytest.mark.slow
def test_the_same_run_gives_the_same_bytes(make_search_run):
    run = make_search_run()
    first = write_report([run.path]).read_bytes()
    figures = {path.name: path.read_bytes() for path in run.figures.glob("*.svg")}
    assert write_report([run.path]).read_bytes() == first
    assert {path.name: path.read_bytes() for path in run.figures.glob("*.svg")} == figures


def test_figures_and_their_numbers_lie_beside_the_run(search_page, sweep_page):
    for page, names in (
        (search_page, ("search_progress", "comparison", "parameters", "backward_function")),
        (sweep_page, ("sweep_map",)),
    ):
        for name in names:
            assert (page.parent / "figures" / f"{name}.svg").read_text().rstrip().endswith("</svg>")
            assert (page.parent / "figures" / f"{name}.csv").is_file()


def test_the_tables_can_be_taken_out_as_csv_and_latex(sweep_page):
    run = open_run(sweep_page.parent)
    page = Page(sweep_page)
    written = (run.figures / "table_the_best_10_evaluations.csv").read_text()
    assert written.splitlines()[1].split(",")[:3] == [
        "c040",
        "0",
        "95.12 %",
    ]  # 4.7 V, 2.15: 0.2 + 0.77 exp(-log10(2.15/1.5)²)
    assert f"data:text/plain;charset=utf-8,{quote(written)}" in page.references
    assert (run.figures / "table_the_best_10_evaluations.tex").read_text().count(r" \\") == 11


def test_the_csv_of_the_map_holds_the_numbers_of_the_evaluations(sweep_page):
    run = open_run(sweep_page.parent)
    written = pd.read_csv(run.figures / "sweep_map.csv", keep_default_na=False, na_values={"validation_accuracy": [""]})
    expected = read_evaluations(run)
    for column in ("device.v_bias", "device.drive_gain", "validation_accuracy"):
        pd.testing.assert_series_equal(written[column], expected[column], check_exact=True)
    assert list(written["status"]) == list(expected["status"])


def test_the_csv_of_the_curves_holds_the_numbers_of_the_log(make_train_run):
    run = make_train_run(seeds=2, epochs=3)
    write_report([run.path])
    written = pd.read_csv(run.figures / "training_curves.csv")
    logged = [record for record in run.read_metrics().records if record["kind"] == "epoch"]
    for column in ("seed", "epoch", "train_loss", "train_accuracy", "validation_loss", "validation_accuracy"):
        assert list(written[column]) == [record[column] for record in logged]
    assert list(written["firing_rate_2"]) == [record["firing_rate"][1] for record in logged]


def test_the_table_that_the_run_wrote_is_left_as_it_was(make_train_run):
    run = make_train_run()
    before = (run.figures / "backward_function.csv").read_bytes()
    write_report([run.path])
    assert (run.figures / "backward_function.csv").read_bytes() == before


def test_figures_that_cannot_be_saved_cost_no_report(make_train_run):
    run = make_train_run()
    (run.figures / "manifest.json").write_text("torn")
    page = Page(write_report([run.path]))
    assert "The figure training_curves could not be saved beside the run" in page.text
    assert "Training curves" in page.headings


def test_several_runs_are_set_side_by_side(make_train_run, make_interrupted_run, tmp_path):
    output = tmp_path / "pages" / "both.html"
    runs = [make_train_run().path, make_interrupted_run().path]
    assert write_report(runs, output=output) == output
    page = Page(output)
    assert "Runs side by side" in page.headings
    assert "Accuracy while training" in page.headings
    assert "97.20 ± 0.16 %" in page.text
    written = pd.read_csv(tmp_path / "pages" / "both_figures" / "accuracy_curves.csv")
    assert set(written["run"]) == {"digits-adfa", "digits-killed"}


def test_its_own_products_among_the_runs_are_left_out(make_train_run):
    first, second = (make_train_run(second=second).path for second in (0, 9))
    page = write_report([first, second])
    before = page.read_bytes()
    assert write_report([*sorted(page.parent.iterdir())]).read_bytes() == before


def test_a_report_of_nothing_is_refused(tmp_path):
    with pytest.raises(InputError, match="at least one run folder"):
        write_report([])
    with pytest.raises(RunFolderError, match="no run folder"):
        write_report([tmp_path / "absent"])


def test_a_page_that_cannot_be_written_is_one_sentence(make_train_run, tmp_path):
    blocker = tmp_path / "file"
    blocker.write_text("")
    with pytest.raises(RunFolderError, match="cannot be written"):
        write_report([make_train_run().path], output=blocker / "report.html")
    with pytest.raises(RunFolderError, match="cannot be written"):
        write_report([make_train_run(second=5).path, make_train_run(second=6).path], output=blocker / "report.html")
