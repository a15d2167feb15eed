"""A reproduction on the page: its own tables and figures, and nothing that only a training would have."""

import pytest

from physdfa.errors import RunFolderError
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
    assert [table.title for table in sections.answers] == ["Accuracies"]
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


EVIL = [
    "<script>alert(1)</script>",
    '<text onclick="alert(1)">x</text>',
    "<text/onload=alert(1)>",
    "<foreignObject><body/></foreignObject>",
    '<image href="https://example.org/a.png"/>',
    '<use xlink:href="javascript:alert(1)"/>',
    "<use xlink:href='x'/>",
    '<a href="#">x</a>',
    "<style>@import 'x'</style>",
    '<rect style="fill: url(https://example.org)"/>',
    "<iframe/>",
    "<!ENTITY x 'y'>",
]


@pytest.mark.parametrize("evil", EVIL)
def test_a_figure_that_would_run_or_load_something_is_shown_as_an_image(run, evil):
    run.write_text("figures/accuracies.svg", FIGURE.replace("<text>", f"{evil}<text>"))
    page = write_report([run.path]).read_text()
    assert evil not in page
    assert '<img src="data:image/svg+xml;base64,' in page


def test_a_page_says_that_nothing_in_it_runs_or_loads(run):
    assert "Content-Security-Policy\" content=\"default-src 'none'" in write_report([run.path]).read_text()


def test_a_figure_is_read_from_the_folder_of_figures_and_only_as_it_was_written(run, tmp_path):
    (tmp_path / "secret.svg").write_text(FIGURE)
    run.write_summary({"figures": [{"name": "../../../secret", "title": "a", "caption": "b"},
                                   {"name": "accuracies", "title": "a", "caption": "b"}]})  # fmt: skip
    (run.figures / "accuracies.svg").write_text(FIGURE + " ")
    read = read_run(run.path)
    assert read.drawn == {}
    assert [words for words in ("not the plain name", "has changed") if words in " ".join(read.missing)] == [
        "not the plain name", "has changed",
    ]  # fmt: skip


@pytest.mark.parametrize(("key", "value"), [("tables", [{"header": 5}]), ("figures", [{}]), ("tables", 3)])
def test_words_of_another_form_are_refused(run, key, value):
    run.write_summary({key: value})
    with pytest.raises(RunFolderError, match=f"`{key}` is"):
        write_report([run.path])
