"""Text of a stranger's: no terminal obeys it, no spreadsheet computes it."""

import csv
import io

import pytest

from physdfa.harmless import for_spreadsheet, for_terminal
from physdfa.report.table import Table, comma_separated
from physdfa.store.run_folder import columns_csv


@pytest.mark.parametrize("sign", ["\x1b", "\x9b", "\x07", "\r", "\x08", "\x00", "\x7f", "\u202e", "\u2066"])
def test_a_control_sign_is_shown_and_not_sent(sign):
    shown = for_terminal(f"a{sign}[31mb")
    assert sign not in shown
    assert shown.startswith("a\\")
    assert shown.endswith("[31mb")


def test_ordinary_text_stays_as_it_is():
    text = "99.3 ± 0.1 %\t→ µm, größer\n日本"
    assert for_terminal(text) == text


@pytest.mark.parametrize("cell", ["=1+1", "+cmd|' /C calc'!A0", "-2+3", "@SUM(A1)", "\t=1", " =1"])
def test_a_formula_is_text_in_every_csv(cell):
    for text in (columns_csv({cell: [cell]}), comma_separated(Table(header=[cell], rows=[[cell]]))):
        assert list(csv.reader(io.StringIO(text, newline=""))) == [[f"'{cell}"], [f"'{cell}"]]


@pytest.mark.parametrize("cell", ["-1.5", "+3e-4", "-inf", "1=2", "adfa", "", -1.5, None, 3])
def test_numbers_and_other_texts_stay_as_they_are(cell):
    assert for_spreadsheet(cell) == cell


def test_no_text_begins_a_row_of_its_own():
    text = columns_csv({"a": ["b\r=1+1", "c\n=1+1"]})
    assert list(csv.reader(io.StringIO(text, newline=""))) == [["a"], ["b\\r=1+1"], ["c\n=1+1"]]
