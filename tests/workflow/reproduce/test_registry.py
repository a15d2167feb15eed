"""Entries by name."""

import pytest

from physdfa.errors import InputError
from physdfa.workflow.reproduce import ENTRIES, find_entry


def test_a_misspelt_name_is_told_the_nearest_one():
    with pytest.raises(InputError, match="Did you mean 'sfdfa-table1'"):
        find_entry("sfdfa-tabel1")


@pytest.mark.parametrize("name", list(ENTRIES))
def test_an_entry_is_named_after_itself_and_its_rows_have_distinct_names(name):
    entry = find_entry(name)
    names = [row.name for row in entry.rows]
    assert entry.name == name
    assert len(set(names)) == len(names)
