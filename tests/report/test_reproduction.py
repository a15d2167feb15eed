"""A reproduction on the page: its own tables and figures, and nothing that only a training would have."""

import pytest

from physdfa.report.page import write_report
from physdfa.report.reading import read_run
from physdfa.report.sections import run_sections
from physdfa.store import create_run
from tests.report.conftest import BASE

FIGURE = '<svg xmlns="http://www.w3.org/2000/svg"><text>drawn</text></svg>'


@pytest.fixture
def run(tmp_path):
    run = create_run(tmp_path, "table1", BASE.format(name="table1"), command_line=["physdfa"], kind="reproduce")
    run.write_text("figures/accuracies.svg", FIGURE)
    run.write_figure_data("accuracies", {"rule": ["BP"], "ours": [0.98765432109]})
    table = {
        "title": "Accuracies",
        "header": ["rule", "ours"],
        "rows": [["BP", "98.77 %"]],
        "text": "Below.",
        "numeric": [1],
    }
    run.write_summary(
        {
            "status": "done",
            "entry": "sfdfa-table1",
            "scale": "full",
            "title": "Table 1",
            "source": "arXiv:2403.08804",
            "num_rows": 12,
            "num_missing": 6,
            "tables": [table],
            "figures": [
                {"name": "accuracies", "title": "Beside", "caption": "Both."},
                {"name": "gone", "title": "Gone", "caption": "Lost."},
            ],
        }
    )
    return run


def test_the_page_shows_tables_figures_and_how_to_do_it_again(run):
    sections = run_sections(read_run(run.path))
    assert [table.title for table in sections.tables] == ["Accuracies"]
    assert [panel.name for panel in sections.panels] == ["accuracies"]
    assert dict(sections.facts)["To reproduce"] == "physdfa reproduce sfdfa-table1 --scale full"
    assert dict(sections.facts)["Published"] == "arXiv:2403.08804"
    assert dict(sections.numbers)["Without data"] == "6"
    assert "Test accuracy" not in dict(sections.numbers)
    assert sections.missing == ()


def test_the_figures_of_the_run_stay_as_they_are(run):
    before = {file.name: file.read_bytes() for file in run.figures.iterdir()}
    page = write_report([run.path]).read_text()
    assert ">drawn</text>" in page
    assert "98.77 %" in page
    assert {file.name: file.read_bytes() for file in run.figures.iterdir()} == before
