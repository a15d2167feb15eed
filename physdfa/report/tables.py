"""Result tables as Markdown, for README and the published experiments."""

from collections.abc import Mapping, Sequence

from physdfa.report.formatting import ABSENT, as_number, as_numbers, summary_accuracy


def results_table(rows: Sequence[Mapping[str, object]], *, name_header: str = "experiment") -> str:
    """A Markdown table `name | test accuracy (mean ± standard deviation) | seeds`, ending in a newline.

    **Arguments:**

    - `rows`: summaries of runs, or rows of a summary's `comparison`; of each are read `name`, `test_accuracy` and
      `test_accuracy_std` (fractions), `test_accuracies` (one per seed). A row without an accuracy shows `–`.
    - `name_header`: the heading of the first column.
    """
    lines = [f"| {markdown_cell(name_header)} | test accuracy | seeds |", "| --- | ---: | ---: |"]
    for row in rows:
        text = summary_accuracy(row)
        lines.append(f"| {markdown_cell(str(row.get('name', ABSENT)))} | {text} | {number_of_seeds(row) or ABSENT} |")
    return "\n".join(lines) + "\n"


def number_of_seeds(summary: Mapping[str, object]) -> int:
    """How many seeds the test accuracy is the mean of; 0 where there is none."""
    seeds = as_numbers(summary.get("test_accuracies"))
    if seeds:
        return len(seeds)
    return 0 if as_number(summary.get("test_accuracy")) is None else 1


def markdown_cell(text: str) -> str:
    """Text that cannot end its cell or its row."""
    return text.replace("\\", "\\\\").replace("|", "\\|").replace("\n", " ")
