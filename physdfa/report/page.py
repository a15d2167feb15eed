"""`write_report` turns run folders into one self-contained HTML file. It trains and fetches nothing."""

import base64
import hashlib
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import NamedTuple
from urllib.parse import quote

from jinja2 import Environment, PackageLoader, StrictUndefined
from markupsafe import Markup

from physdfa.errors import InputError, RunFolderError
from physdfa.report.columns import numbers
from physdfa.report.figures.curves import overlaid_curves
from physdfa.report.figures.style import Panel, inline_svg, is_drawing
from physdfa.report.formatting import ABSENT, count, duration
from physdfa.report.reading import BACKWARD, RunRecord, read_run
from physdfa.report.reproduction import KIND as REPRODUCE
from physdfa.report.sections import accuracies_table, accuracy_text, run_sections, seed_accuracies
from physdfa.report.table import Table, comma_separated, file_name, latex
from physdfa.store import RunFolder, write_output
from physdfa.store.run_folder import columns_csv

# Written by the run itself: the report draws it, and leaves the file as it is.
WRITTEN_BY_THE_RUN = (BACKWARD,)
FIGURES = "_figures"
"""What the name of a page's folder of figures ends in."""
WRITERS = {"csv": comma_separated, "tex": latex}
"""How a table is written to a file, by its ending."""


@dataclass(frozen=True, kw_only=True)
class ShownPanel:
    """A figure as the template needs it: its SVG, and the names of its files."""

    name: str
    title: str
    caption: str
    svg: Markup
    files: str = ""
    table: Table | None = None


def write_report(runs: Sequence[Path], *, output: Path | None = None) -> Path:
    """Write the report of one run, or the comparison of several, and return its path.

    The figures of each run are written beside it, `<run>/figures/<name>.svg` and `<name>.csv`; those of a comparison
    into `<output without suffix>_figures/`.

    **Arguments:**

    - `runs`: run folders, one or more; unfinished ones are welcome. Pages among them, and the folders of their figures,
      are left out, so that all under `results/` can be given.
    - `output`: the HTML file; default `<run>/report.html`, for several runs `comparison.html` in their common parent.

    **Raises:** `InputError` without a run; `RunFolderError` if a folder is none or the page cannot be written.
    """
    runs = [Path(run) for run in runs if not is_page(Path(run))]
    if not runs:
        raise InputError("A report needs at least one run folder; `physdfa runs` lists them.")
    records = [read_run(run) for run in runs]
    if output is None:
        folders = [record.run.path for record in records]
        output = folders[0] / "report.html" if len(folders) == 1 else common_parent(folders) / "comparison.html"
    output = Path(output)
    views = [run_view(record, f"run{i + 1}") for i, record in enumerate(records)]
    title, comparison = f"{records[0].name} · {records[0].run.run_id}", None
    try:
        if len(records) > 1:
            title, comparison = f"Comparison of {len(records)} runs", comparison_view(records, output)
        scripts = page_scripts(charts=any(view["explore"] for view in views))
        page = render("page.html", title=title, runs=views, comparison=comparison, scripts=scripts)
        write_page(output, page, records)
    except OSError as error:
        raise RunFolderError(
            f"The report cannot be written to '{output}': {error.strerror}. Name another file."
        ) from error
    return output


def is_page(path: Path) -> bool:
    """Whether a page lies there, or the figures that were written beside one."""
    page = path.with_name(f"{path.name.removesuffix(FIGURES)}.html") if path.name.endswith(FIGURES) else path
    return page.suffix == ".html" and page.is_file()


class Script(NamedTuple):
    """A script of this package, and the hash by which the page's security policy lets it run."""

    text: Markup
    hash: str


def page_scripts(*, charts: bool) -> list[Script]:
    """The scripts of a page; the libraries of charts, and what draws with them, only where there are `charts`."""
    here = Path(__file__).parent
    names = ["templates/page.js", "templates/hover.js"]
    names += ["vendor/d3.min.js", "vendor/plot.umd.min.js", "templates/explore.js"] if charts else []
    texts = [(here / name).read_bytes() for name in names]
    digests = (base64.b64encode(hashlib.sha256(text).digest()).decode() for text in texts)
    return [Script(Markup(text.decode()), f"sha256-{digest}") for text, digest in zip(texts, digests, strict=True)]


def render(template: str, **variables: object) -> str:
    """A page from one of this package's templates; every variable is escaped."""
    templates = Environment(
        loader=PackageLoader("physdfa.report", "templates"),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
    )
    templates.filters.update(as_files=table_files, file_name=file_name)
    return templates.get_template(template).render(**variables)


def table_files(table: Table) -> list[tuple[str, str]]:
    """A table as CSV and as LaTeX: the ending of each, and an address that holds the whole file."""
    return [(kind, f"data:text/plain;charset=utf-8,{quote(write(table))}") for kind, write in WRITERS.items()]


def common_parent(folders: Sequence[Path]) -> Path:
    """The deepest folder that holds all runs."""
    return Path(os.path.commonpath([folder.resolve().parent for folder in folders]))


def write_page(output: Path, page: str, records: Sequence[RunRecord]) -> None:
    """Write the page in one step; inside a run folder through the store, which records its hash."""
    for record in records:
        if output.resolve().parent == record.run.path.resolve():
            record.run.write_text(output.name, page)
            return
    write_output(output, page.encode())


def run_view(record: RunRecord, anchor: str) -> Mapping[str, object]:
    """The template's variables for one run; writes the run's figures."""
    sections = run_sections(record)
    missing = list(sections.missing)
    shown = []
    for panel in sections.panels:
        files = ""
        try:
            # A reproduction has drawn its figures itself: they stay as they are.
            files = file_names(panel) if record.kind == REPRODUCE else write_figure(panel, record.run)
        except (OSError, RunFolderError) as error:
            missing.append(f"The figure {panel.name} could not be saved beside the run: {why(error)}")
        table = accuracies_table(record) if panel.name == "comparison" else None
        may_run = record.kind == REPRODUCE and not is_drawing(panel.svg)
        shown.append(show(panel, anchor, files=files, table=table, as_image=may_run))
    for table in () if record.kind == REPRODUCE else (*sections.answers, *sections.tables):
        try:
            for kind, write in WRITERS.items():
                record.run.write_text(f"figures/{file_name(table)}.{kind}", write(table))
        except (OSError, RunFolderError) as error:
            missing.append(f"The table '{table.title}' could not be saved beside the run: {why(error)}")
    return {
        **vars(sections),
        "missing": missing,
        "panels": shown,
        "anchor": anchor,
        "status_class": "done" if sections.status == "done" else "other",
    }


def why(error: Exception) -> object:
    """What went wrong, in words."""
    return error.strerror if isinstance(error, OSError) else error


def show(
    panel: Panel, anchor: str, *, files: str = "", table: Table | None = None, as_image: bool = False
) -> ShownPanel:
    """A panel made ready for the page; `as_image`, no script in it runs, and it loads nothing from elsewhere."""
    if as_image:
        encoded = base64.b64encode(panel.svg.encode()).decode()
        svg = Markup('<img src="data:image/svg+xml;base64,{}" alt="{}">').format(encoded, panel.title)
    else:
        svg = Markup(inline_svg(panel.svg, f"{anchor}-{panel.name}", panel.title))  # matplotlib escapes its text
    return ShownPanel(name=panel.name, title=panel.title, caption=panel.caption, svg=svg, files=files, table=table)


def write_figure(panel: Panel, run: RunFolder) -> str:
    """Write `<name>.svg` and `<name>.csv` into the run's folder of figures; return both names for the caption."""
    run.write_text(f"figures/{panel.name}.svg", panel.svg)
    if panel.name not in WRITTEN_BY_THE_RUN:
        run.write_figure_data(panel.name, panel.data)
    return file_names(panel)


def file_names(panel: Panel) -> str:
    """The names of a figure's files in the run's folder, for the caption."""
    return f"figures/{panel.name}.svg, {panel.name}.csv"


def write_beside(page: Path, panel: Panel) -> str:
    """Write SVG and CSV of a figure into the folder beside a page; return their names for the caption."""
    folder = page.with_name(page.stem + FIGURES)
    write_output(folder / f"{panel.name}.svg", panel.svg.encode())
    write_output(folder / f"{panel.name}.csv", columns_csv(panel.data).encode())
    return f"{folder.name}/{panel.name}.svg, {panel.name}.csv"


def comparison_view(records: Sequence[RunRecord], output: Path) -> Mapping[str, object]:
    """The template's variables for the part of the page that sets runs side by side."""
    names = distinct_names(records)
    rows = []
    for name, record in zip(names, records, strict=True):
        summary = record.summary
        rows.append(
            [
                name,
                str(summary.get("rule") or ABSENT),
                str(summary.get("dataset") or ABSENT),
                accuracy_text(record),
                str(len(seed_accuracies(record)) or ABSENT),
                ABSENT if record.epochs.empty else count(float(numbers(record.epochs, "epoch").max())),
                duration(summary.get("wall_time_s")),
                record.status,
            ]
        )
    header = ["run", "rule", "data set", "test accuracy", "seeds", "epochs", "wall time", "status"]
    curves = overlaid_curves([(name, record.epochs) for name, record in zip(names, records, strict=True)])
    panels = []
    if curves is not None:
        panels.append(show(curves, "comparison", files=write_beside(output, curves)))
    return {"table": Table(header=header, rows=rows, numeric=(3, 4, 5, 6)), "panels": panels}


def distinct_names(records: Sequence[RunRecord]) -> list[str]:
    """The experiment's name of each run, with the run id where two runs share a name."""
    names = [record.name for record in records]
    return [f"{record.name} {record.run.run_id}" if names.count(record.name) > 1 else record.name for record in records]
