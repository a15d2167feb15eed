"""One table of words, written in four ways."""

import io

import pytest
from rich.console import Console

from physdfa.report.table import Table, as_text, comma_separated, file_name, folding, latex, markdown

TABLE = Table(header=["a", "long"], rows=[["|x|", "1"], ["y", "23"]], numeric=[1], title="T", text="Below.")


def test_plain_text_has_columns_as_wide_as_their_widest_cell_and_numbers_to_the_right():
    assert as_text(TABLE) == "a    long\n|x|     1\ny      23"
    assert as_text(Table(header=["a", "b"], rows=[["", "x"]])) == "a  b\n   x"


def test_plain_text_that_is_wider_than_it_may_be_has_a_block_for_each_row():
    assert as_text(TABLE, 9) == as_text(TABLE)
    assert as_text(TABLE, 8) == "|x|\n  long  1\ny\n  long  23"
    assert as_text(Table(header=["name"], rows=[["first"], ["second"]]), 3) == "first\nsecond"


def test_markdown_sets_numbers_to_the_right_and_keeps_bars_inside_their_cell():
    assert markdown(TABLE) == "| a | long |\n| --- | ---: |\n| \\|x\\| | 1 |\n| y | 23 |\n\nBelow.\n"
    assert markdown(Table(header=["a\nb"], rows=[["c\\d"]])) == "| a b |\n| --- |\n| c\\\\d |\n"


def test_csv_quotes_what_would_end_a_cell():
    assert comma_separated(Table(header=["a"], rows=[["1,5"]])) == 'a\n"1,5"\n'


def test_a_folding_table_is_as_narrow_as_the_terminal_and_loses_no_word():
    words = "a sentence that is much longer than the terminal is wide"
    page = io.StringIO()
    Console(file=page, width=30).print(folding(Table(header=["what", "meaning"], rows=[["[x]", words]])))
    assert max(map(len, page.getvalue().splitlines())) <= 30
    assert all(word in page.getvalue() for word in ("[x]", *words.split()))


def test_a_latex_table_aligns_its_numbers_and_holds_no_command():
    hostile = r"\input{/etc/passwd} 50 % & a_b # $x$ ~^"
    written = latex(Table(header=["rule", "accuracy"], rows=[[hostile, "98.1 ± 0.2 %"]], numeric=(1,), title="A & B"))
    assert r"\begin{tabular}{lr}" in written
    assert r"\caption{A \& B}" in written
    assert r"\textbackslash{}input\{/etc/passwd\} 50 \% \& a\_b \# \$x\$ \textasciitilde{}\textasciicircum{}" in written
    assert r"98.1 $\pm$ 0.2 \% \\" in written


@pytest.mark.parametrize(
    ("title", "name"),
    [
        ("The front: 2 candidates", "table_the_front"),
        ("../a/B", "table_a_b"),
        ("", "table_runs"),
        ("x" * 90, f"table_{'x' * 40}"),
    ],
)
def test_the_files_of_a_table_have_plain_names(title, name):
    assert file_name(Table(header=["a"], rows=[], title=title)) == name
