"""Results kept in a clone of the repository. Small files of finished runs fill its pages."""

import shutil
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

from physdfa.build import load_samples
from physdfa.config import load_config
from physdfa.errors import InputError, shortened
from physdfa.report.figures.style import still
from physdfa.store import RunFolder, open_run
from physdfa.store.reference import fill_between, keep_reference
from physdfa.workflow.reproduce.costs import COUNTED_AFTER, WEIGHTS_CHANGED, count_weights_changed
from physdfa.workflow.reproduce.entry import Entry, Finished, Record, Row, Workplace
from physdfa.workflow.reproduce.plan import choose_rows
from physdfa.workflow.reproduce.table import markdown
from physdfa.workflow.reproduce.training import told_of
from physdfa.workflow.train import train

README = "README.md"
README_LEADS = {
    "rules-compared": "Every rule at its own best learning rate, found by the same search on a validation split; what "
    "the columns count, and tests between the rules: [docs/reproduce.md](docs/reproduce.md).",
}
"""What README says before the tables of an entry; the other pages have their own words."""

WHOLE, COUNTED = "reproduction", "_counted"
"""The folder of the entry's own run, beside those of its rows; what a row's folder with its counts adds to its name.

Runs of other rows alone stand beside it, numbered from 2.
"""


class Clone:
    """The places of a clone of the repository that results are kept in.

    **Raises:** `InputError` for a folder that is none.
    """

    def __init__(self, root: Path = Path()):
        self.references = root / "results" / "reference"
        self.images = root / "docs" / "images"
        self.readme = root / README
        if not (self.references.is_dir() and self.images.is_dir() and self.readme.is_file()):
            raise InputError(
                f"{shortened(root.resolve())}: results are kept in a clone of the repository, and this folder has no "
                "results/reference, docs/images and README.md; run the command in the clone."
            )

    @property
    def pages(self) -> list[Path]:
        """README and every page of docs/."""
        return [self.readme, *sorted(self.images.parent.glob("*.md"))]

    def reference(self, entry: Entry) -> Path:
        """Where the small files of an entry are."""
        return self.references / "reproduce" / entry.name

    def keep(self, entry: Entry, run: Path, out_dir: Path) -> None:
        """Copy the small files of an entry's run, of its rows' runs and searches, and its figures.

        An earlier run stays as long as it has rows that no later one has.
        """
        summary: dict[str, Any] = open_run(run).read_summary()
        named = {record["name"] for record in summary["rows"]}
        for earlier in self._runs(entry):
            if {record["name"] for record in _summary(earlier)["rows"]} <= named:
                shutil.rmtree(earlier)
        left = self._runs(entry)
        name = f"{WHOLE}_{_number(left[-1]) + 1}" if left else WHOLE
        keep_reference(run, self.reference(entry) / name)
        rows = {row.name: row for row in entry.rows}
        for record in summary["rows"]:
            work = rows[record["name"]].work
            for key, suffix in (("run", ""), ("search", "_rates")):
                if record.get(key):
                    kept = self.reference(entry) / f"{record['name']}{suffix}"
                    keep_reference(out_dir / record[key], kept)
                    for name in work.files if work is not None else ():
                        shutil.copy2(out_dir / record[key] / name, kept / name)
        for figure in summary["figures"]:
            image = self.images / image_of(entry, figure["name"])
            image.write_text(still(RunFolder(run).figure_data(figure["name"], "svg").decode()), encoding="utf-8")

    def count(self, entry: Entry, place: Workplace, only: Sequence[str] = ()) -> None:
        """Train one network of each kept row for one epoch, count the weights that a sample changes, and keep that.

        Kept rows have no trained networks. The small files of the counts stand beside those of the row.
        """
        for row in choose_rows(entry, only):
            kept = self.reference(entry) / row.name
            if not kept.is_dir():
                continue
            config = load_config(kept / "config.toml", ["training.epochs=1"], kind="train", data_dir=place.data_dir)
            run = train(
                config,
                out_dir=place.out_dir,
                data_dir=place.data_dir,
                num_seeds=1,
                command_line=place.command_line,
                progress=place.progress,
            )
            found = count_weights_changed(run, config, load_samples(config, place.data_dir))
            run.write_summary(found)
            keep_reference(run.path, kept.with_name(f"{row.name}{COUNTED}"))
            place.progress.say(f"{row.name}: {found}")

    def fill(self, entries: Sequence[Entry]) -> list[Path]:
        """Fill the pages between the marks of each entry that has been kept; return those that were."""
        filled = []
        for entry in entries:
            begin, end = f"<!-- {entry.name}: begin -->", f"<!-- {entry.name}: end -->"
            finished = self.finished_rows(entry)
            for page in self.pages:
                if finished and begin in page.read_text(encoding="utf-8"):
                    fill_between(page, begin, end, self.text_of(entry, finished, page))
                    filled.append(page)
        return list(dict.fromkeys(filled))

    def finished_rows(self, entry: Entry) -> list[Finished]:
        """Kept rows of an entry, of each the last, with later counts; or those kept before."""
        records = {record["name"]: record for run in self._runs(entry) for record in _summary(run)["rows"]}
        finished = []
        for row in entry.rows:
            folder = self.references / row.kept
            if row.name in records:
                finished.append(self._finished(entry, row, records[row.name]))
            elif row.kept and folder.is_dir():
                run = open_run(folder)
                record: Record = {"name": row.name, "status": "done", "reason": "", **told_of(run)}
                finished.append(Finished(row=row, record=record, run=run))
        return finished

    def _runs(self, entry: Entry) -> list[Path]:
        """The kept runs of an entry, the last one last."""
        return sorted(self.reference(entry).glob(f"{WHOLE}*"), key=_number)

    def _finished(self, entry: Entry, row: Row, record: Mapping[str, Any]) -> Finished:
        folder = self.reference(entry) / record["name"]
        counted: Record = {}
        if (counts := folder.with_name(f"{record['name']}{COUNTED}")).is_dir():
            summary = open_run(counts).read_summary()
            counted = {key: summary[key] for key in (WEIGHTS_CHANGED, COUNTED_AFTER)}
        run = open_run(folder) if folder.is_dir() else None
        return Finished(row=row, record={**counted, **record}, run=run)

    def text_of(self, entry: Entry, finished: Sequence[Finished], page: Path) -> str:
        """The tables of an entry as Markdown, and its figures; in README without paired tests and figures."""
        is_readme = page == self.readme
        tables = [table for table in entry.tables(finished) if not (is_readme and "paired tests" in table.title)]
        parts = [f"{README_LEADS[entry.name]}\n"] if is_readme and entry.name in README_LEADS else []
        kept = {one.row.name for one in finished}
        missing = [row.name for row in entry.rows if row.name not in kept]
        parts += [f"Not trained yet: {', '.join(missing)}.\n"] if missing else []
        parts += [f"**{table.title}**\n\n{markdown(table)}" for table in tables]
        for figure in () if is_readme else self._figures(entry, finished):
            image = f"images/{image_of(entry, figure['name'])}"
            parts.append(f"![{figure['title']}]({image})\n\n*{figure['caption']}*\n")
        return "\n".join(parts).rstrip()

    def _figures(self, entry: Entry, finished: Sequence[Finished]) -> list[dict[str, Any]]:
        """Name, title and caption of each figure of an entry, which is in the folder of images."""
        runs = self._runs(entry)
        if len(runs) == 1:
            return _summary(runs[0])["figures"]
        panels = entry.figures(finished)
        for panel in panels:
            (self.images / image_of(entry, panel.name)).write_text(still(panel.svg), encoding="utf-8")
        return [{"name": panel.name, "title": panel.title, "caption": panel.caption} for panel in panels]


def _summary(run: Path) -> dict[str, Any]:
    """The summary of a kept run."""
    return open_run(run).read_summary()


def _number(run: Path) -> int:
    """The place of a kept run among those of its entry, from 1."""
    return int(run.name.removeprefix(WHOLE).removeprefix("_") or 1)


def image_of(entry: Entry, figure: str) -> str:
    """The file of a figure in docs/images/."""
    return f"reproduce_{entry.name.replace('-', '_')}_{figure}.svg"
