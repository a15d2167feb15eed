"""Published results made again at full scale and kept: the tables of docs/reproduce.md, sparse_dfa.md, and README.md.

    python experiments/reproduce.py NAME --data DIR              train what is not finished, keep it, fill the documents
    python experiments/reproduce.py NAME --data DIR --only ROW   train one row, keep nothing (repeatable)
    python experiments/reproduce.py NAME --data DIR --only ROW --keep  keep these rows alone
    python experiments/reproduce.py NAME --data DIR --count      count the weights changed in kept rows (or --only)
    python experiments/reproduce.py --render                     fill the documents from results/reference/

NAME is one that `physdfa reproduce` lists. Rows are searched, trained and found again as that command does; of the
whole entry the small files go to results/reference/reproduce/NAME/, its figures to docs/images/. Kept rows have no
trained networks: to count the weights that a sample changes in them, one network is trained for one epoch, and its
small files stand beside the row's.
"""

import argparse
import os
import shutil
import sys
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any

ROOT = Path(__file__).resolve().parents[1]
REFERENCE = ROOT / "results" / "reference" / "reproduce"
DOCUMENTS = (ROOT / "docs" / "reproduce.md", ROOT / "docs" / "sparse_dfa.md", ROOT / "README.md")
"""Where the results stand; pictures beside those in docs/, as `images/…`."""

IMAGES = ROOT / "docs" / "images"
README_LEADS = {
    "rules-compared": "Every rule at its own best learning rate, found by the same search on a validation split; what "
    "the columns count, and tests between the rules: [docs/reproduce.md](docs/reproduce.md).",
}
"""What README says before the tables of an entry; the other document has its own words."""

WHOLE, COUNTED = "reproduction", "_counted"
"""The folder of the entry's own run, beside those of its rows; what a row's folder with its counts adds to its name."""


def train(name: str, *, data: Path | None, out: Path, only: Sequence[str], command_line: Sequence[str]) -> Path:
    """The run folder of an entry at full scale."""
    from physdfa.cli.progress import make_progress
    from physdfa.data import resolve_data_dir
    from physdfa.workflow.reproduce import find_entry, reproduce
    from physdfa.workflow.reproduce.entry import Workplace

    progress = make_progress(quiet=False)
    try:
        place = Workplace(
            scale="full",
            out_dir=out,
            data_dir=resolve_data_dir(data, os.environ),
            command_line=command_line,
            progress=progress,
        )
        return reproduce(find_entry(name), place, only=only).path
    finally:
        progress.close()


def keep(name: str, run: Path, out: Path) -> None:
    """Copy the small files of an entry's run, of its rows' trainings and searches, and its figures."""
    from physdfa.store import open_run
    from physdfa.store.reference import keep_reference

    summary: dict[str, Any] = open_run(run).read_summary()
    keep_reference(run, REFERENCE / name / WHOLE)
    for row in summary["rows"]:
        for key, suffix in (("run", ""), ("search", "_rates")):
            if row.get(key):
                keep_reference(out / row[key], REFERENCE / name / f"{row['name']}{suffix}")
    for figure in summary["figures"]:
        shutil.copyfile(run / "figures" / f"{figure['name']}.svg", IMAGES / image_of(name, figure))


def count(name: str, *, data: Path | None, out: Path, only: Sequence[str], command_line: Sequence[str]) -> None:
    """Train one network of each kept row for one epoch, count the weights that a sample changes, and keep that."""
    from physdfa.build import load_samples
    from physdfa.config import load_config
    from physdfa.data import resolve_data_dir
    from physdfa.store import open_run
    from physdfa.store.reference import keep_reference
    from physdfa.workflow.reproduce.costs import count_weights_changed
    from physdfa.workflow.train import train

    data_dir = resolve_data_dir(data, os.environ)
    summary: dict[str, Any] = open_run(REFERENCE / name / WHOLE).read_summary()
    rows = [row["name"] for row in summary["rows"]]
    for row in only or rows:
        kept = REFERENCE / name / row
        config = load_config(kept / "config.toml", ["training.epochs=1"], kind="train")
        run = train(config, out_dir=out, data_dir=data_dir, num_seeds=1, command_line=command_line)
        found = count_weights_changed(run, config, load_samples(config, data_dir))
        run.write_summary(found)
        keep_reference(run.path, kept.with_name(f"{row}{COUNTED}"))
        print(f"{row}: {found}", flush=True)


def finished_rows(name: str, summary: Mapping[str, Any]) -> list[Any]:
    """The rows of a kept entry, with what was counted of them since."""
    from physdfa.store import open_run
    from physdfa.workflow.reproduce import find_entry
    from physdfa.workflow.reproduce.costs import COUNTED_AFTER, WEIGHTS_CHANGED
    from physdfa.workflow.reproduce.entry import Finished

    rows = {row.name: row for row in find_entry(name).rows}
    finished = []
    for record in summary["rows"]:
        counted: dict[str, Any] = {}
        if (folder := REFERENCE / name / f"{record['name']}{COUNTED}").is_dir():
            counts = open_run(folder).read_summary()
            counted = {key: counts[key] for key in (WEIGHTS_CHANGED, COUNTED_AFTER)}
        finished.append(Finished(row=rows[record["name"]], record={**counted, **record}))
    return finished


def image_of(name: str, figure: Mapping[str, Any]) -> str:
    """The file of a figure in docs/images/."""
    return f"reproduce_{name.replace('-', '_')}_{figure['name']}.svg"


def render() -> None:
    """Fill every document between the marks of each entry that has been kept, and that the document asks for."""
    from physdfa.store import open_run
    from physdfa.store.reference import fill_between
    from physdfa.workflow.reproduce import ENTRIES

    for name in ENTRIES:
        if not (REFERENCE / name / WHOLE).is_dir():
            continue
        summary: dict[str, Any] = open_run(REFERENCE / name / WHOLE).read_summary()
        for document in DOCUMENTS:
            begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
            if begin in document.read_text(encoding="utf-8"):
                fill_between(document, begin, end, text_of(name, summary, document))


def text_of(name: str, summary: Mapping[str, Any], document: Path) -> str:
    """The tables of an entry as Markdown; in README without the paired tests and the figures."""
    from physdfa.workflow.reproduce import find_entry
    from physdfa.workflow.reproduce.table import markdown

    is_readme = document.name == "README.md"
    tables = find_entry(name).tables(finished_rows(name, summary))
    shown = [table for table in tables if not (is_readme and "paired tests" in table.title)]
    parts = [f"{README_LEADS[name]}\n"] if is_readme and name in README_LEADS else []
    parts += [f"Not trained yet: {', '.join(missing)}.\n"] if (missing := untrained(name, summary)) else []
    parts += [f"**{table.title}**\n\n{markdown(table)}" for table in shown]
    if not is_readme:
        parts += [
            f"![{figure['title']}](images/{image_of(name, figure)})\n\n*{figure['caption']}*\n"
            for figure in summary["figures"]
        ]
    return "\n".join(parts).rstrip()


def untrained(name: str, summary: Mapping[str, Any]) -> list[str]:
    """Rows of an entry that its kept run does not have."""
    from physdfa.workflow.reproduce import find_entry

    kept = {row["name"] for row in summary["rows"]}
    return [row.name for row in find_entry(name).rows if row.name not in kept]


def main() -> None:
    """Train, keep and fill; see the head of this file."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("name", nargs="?", metavar="NAME", help="what to reproduce")
    parser.add_argument("--data", type=Path, help="folder with mnist/, fashion_mnist/, …")
    parser.add_argument("--only", action="append", metavar="ROW", help="one row; repeatable; nothing is kept")
    parser.add_argument("--keep", action="store_true", help="with --only: keep these rows as the entry")
    parser.add_argument("--count", action="store_true", help="count the weights changed in kept rows")
    parser.add_argument("--out", type=Path, default=ROOT / "results", help="where the run folders go")
    parser.add_argument("--render", action="store_true", help="fill the documents from results/reference/ only")
    options = parser.parse_args()
    if not options.render:
        if options.name is None:
            parser.error("NAME is needed, or --render")
        if options.keep and not options.only:
            parser.error("--keep goes with --only; a whole entry is always kept")
        command = ["python", "experiments/reproduce.py", *sys.argv[1:]]
        if options.count:
            asked = {"data": options.data, "out": options.out, "only": options.only or (), "command_line": command}
            count(options.name, **asked)
            render()
            return
        run = train(options.name, data=options.data, out=options.out, only=options.only or (), command_line=command)
        print(f"run folder: {run}", flush=True)
        if options.only and not options.keep:
            return
        keep(options.name, run, options.out)
    render()


if __name__ == "__main__":
    from physdfa.errors import PhysdfaError

    try:
        main()
    except PhysdfaError as error:
        print(f"error: {error}", file=sys.stderr)
        sys.exit(2)
    except KeyboardInterrupt:
        sys.exit(130)
