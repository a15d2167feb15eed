"""The data sheet for a terminal."""

from collections.abc import Sequence

import numpy as np
from rich.console import Group, RenderableType
from rich.table import Table as RichTable
from rich.text import Text

from physdfa.analysis.transfer import branch_means
from physdfa.report.datasheet.facts import FIT, fact_groups
from physdfa.report.datasheet.parameters import fit_table, hardware_table, with_its_error
from physdfa.report.datasheet.sheet import DeviceSheet
from physdfa.report.formatting import scaled
from physdfa.report.table import Table, folding
from physdfa.report.text_plot import text_plot


def datasheet(sheet: DeviceSheet) -> RenderableType:
    """Numbers in groups, a small plot of the measured curve and of g(u), and every parameter with its range."""
    parts: list[RenderableType] = [Text(sheet.name, style="bold")]
    if sheet.remarks:
        parts.append(_pairs(sheet.remarks))
    if sheet.stages:
        parts.append(Text(" → ".join(("u", *sheet.stages, "g"))))
    parts += [Text(""), *_transfer_plots(sheet), Text("g(u)"), Text(text_plot(sheet.potentials, sheet.response))]
    for group in fact_groups(sheet):
        parts += [Text(""), Text(group.title, style="bold"), _pairs(group.rows)]
        if group.title == FIT and sheet.subject.fit is not None:
            parts.append(folding(fit_table(sheet.subject.fit.rows)))
    parts += [Text(""), Text("Parameters", style="bold"), _parameters(sheet)]
    if sheet.cost is not None:
        hardware = hardware_table(sheet.subject.device, sheet.subject.cost)
        parts += [Text(""), Text("Hardware assumed", style="bold"), folding(hardware)]
    return Group(*parts)


def _pairs(rows: Sequence[Sequence[str]]) -> RichTable:
    table = RichTable(box=None, pad_edge=False, show_header=False)
    table.add_column(no_wrap=True, style="dim")
    table.add_column(overflow="fold")
    for what, words in rows:
        table.add_row(Text(what), Text(words))
    return table


def _parameters(sheet: DeviceSheet) -> RenderableType:
    if not sheet.rows:
        return Text("none")
    errors = sheet.subject.standard_errors
    rows = []
    shown_stage = ""
    for row in sheet.rows:
        if row.stage != shown_stage:
            rows.append([row.stage, "", "", ""])
            shown_stage = row.stage
        name = f"  {row.name}" if row.stage else row.name
        rows.append([name, with_its_error(row, errors), row.allowed, row.meaning])
    return folding(Table(header=["parameter", "value", "allowed", "meaning"], rows=rows, numeric=(1,)))


def _transfer_plots(sheet: DeviceSheet) -> list[RenderableType]:
    """The raw curve of each sweep direction, output over drive."""
    measurement = sheet.subject.measurement
    if measurement is None:
        return []
    largest = float(np.abs(measurement.output).max())
    factor, unit = scaled(largest, measurement.output_unit)
    over, of = measurement.quantities
    parts: list[RenderableType] = []
    for sign, word in ((1, "rising"), (-1, "falling")):
        chosen = measurement.direction == sign
        drive, output = branch_means(measurement.drive[chosen], measurement.output[chosen])
        if drive.size < 2:
            continue
        title = f"{of} [{unit or 'a. u.'}] over {over} [{measurement.drive_unit or 'a. u.'}], {word}"
        parts += [Text(title), Text(text_plot(drive, output * factor, height=8)), Text("")]
    return parts
