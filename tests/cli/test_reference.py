"""The page about the commands is what the program says of itself."""

from pathlib import Path

import pytest
import typer

from physdfa.cli.app import app
from physdfa.cli.reference import (
    COMMANDS,
    KEY_TABLES,
    PART_TABLES,
    commands_of,
    describe_commands,
    describe_keys,
    describe_parts,
    options_of,
)


@pytest.mark.parametrize(
    ("page", "between", "describe"),
    [
        ("cli", COMMANDS, describe_commands),
        ("configuration", KEY_TABLES, describe_keys),
        ("parts", PART_TABLES, describe_parts),
    ],
)
def test_the_page_is_what_the_program_says(page, between, describe):
    text = (Path(__file__).parents[2] / "docs" / f"{page}.md").read_text(encoding="utf-8")
    assert f"{between[0]}\n{describe()}\n{between[1]}" in text, "python -m physdfa.cli.reference writes it anew"


def test_every_command_argument_and_option_says_what_it_does():
    commands = dict(commands_of("physdfa", typer.main.get_command(app)))
    assert "physdfa device show" in commands
    for name, command in commands.items():
        assert command.help, name
        assert f"\n  {name}" in command.epilog, name  # an example
        for each in command.params:
            assert each.help, (name, each.name)
            assert each.metavar or each.is_flag, (name, each.name)


def test_an_option_that_many_commands_share_is_described_once():
    told = describe_commands()
    assert told.count("| `--json` |") == 1
    assert "### `physdfa runs`" in told
    assert "### `physdfa reproduce [NAME]`" in told
    assert "### `physdfa verify PATH…`" in told


def test_help_itself_is_no_option_of_a_command():
    commands = dict(commands_of("physdfa", typer.main.get_command(app)))
    assert not any("--help" in option.opts for command in commands.values() for option in options_of(command))
