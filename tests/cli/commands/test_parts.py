"""`physdfa list`."""

import pytest

from physdfa.rules import RULES
from tests.cli.command import physdfa, refused
from tests.workflow.tiny import strict_json


def test_every_rule_is_listed_with_its_own_keys():
    rows = strict_json(physdfa("list", "rules", "--json").out)
    assert [row["name"] for row in rows] == list(RULES)
    keys = {row["name"]: row["keys"].split(", ") for row in rows}
    assert keys["fdfa"] == ["error", "feedback_rate", "feedback_optimizer"]
    assert all(row["what it is"] for row in rows)


def test_without_a_kind_all_are_listed():
    rows = dict(line.split("\t") for line in physdfa("list").out.splitlines())
    assert rows["neurons"] == "lif, cuba_lif, alif"
    assert "adfa" in rows["rules"].split(", ")


def test_the_keys_of_a_part_are_told_with_unit_range_and_default():
    rows = strict_json(physdfa("list", "devices", "mach_zehnder", "--json").out)
    (row,) = [row for row in rows if row["key"] == "v_pi"]
    assert (row["unit"], row["allowed"]) == ("V", "a number > 0")
    assert "half-wave voltage" in physdfa("list", "devices", "mach_zehnder").out


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("ruls",), "Did you mean 'rules'?"),
        (("rules", "adfaa"), "Did you mean 'adfa'?"),
        (("precisions", "ternery"), "Did you mean 'ternary'?"),
        (("devices", "nowhere_at_all:Stage"), "the module 'nowhere_at_all' cannot be imported"),
    ],
)
def test_what_there_is_not_is_refused_with_the_nearest(words, said):
    assert said in refused("list", *words)


def test_the_schema_is_written_or_printed(workplace):
    shown = strict_json(physdfa("schema").out)
    assert physdfa("schema", "--output", "made.json").out == "schema: made.json\n"
    assert strict_json((workplace / "made.json").read_text(encoding="utf-8")) == shown
    assert "rule" in shown["properties"]
