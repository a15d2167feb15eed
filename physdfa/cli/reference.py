"""Commands, options and keys as Markdown, read off the program: `python -m physdfa.cli.reference` writes the pages."""

from collections import Counter
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import typer

from physdfa.cli.app import app
from physdfa.config.choices import QUOTE, all_part_keys, listed
from physdfa.config.keys import INNER_TABLES, KEYS, RANGE_TABLES, Key, keys_of, show
from physdfa.config.schema import SECTIONS
from physdfa.report.parts import KINDS, keys_table, parts_table
from physdfa.report.table import Table, markdown
from physdfa.store.reference import fill_between

COMMANDS = ("<!-- commands: begin -->", "<!-- commands: end -->")
KEY_TABLES = ("<!-- keys: begin -->", "<!-- keys: end -->")
PART_TABLES = ("<!-- parts: begin -->", "<!-- parts: end -->")
"""Lines of the pages between which the text is written."""

PARAGRAPH = "\n\n"

SHARED_BY = 3
"""An option that so many commands have with the same words is described once, for all of them."""


def describe_commands() -> str:
    """Every command with its arguments and options, then the options that many commands share."""
    commands = dict(commands_of("physdfa", typer.main.get_command(app)))
    counts = Counter(row for command in commands.values() for row in map(option_row, options_of(command)))
    shared = {row for row, count in counts.items() if count >= SHARED_BY}
    parts = [describe(name, command, shared) for name, command in commands.items()]
    rows = [row for row in counts if row in shared]
    return "\n\n".join([*parts, "### Shared options", option_table(rows)])


def commands_of(name: str, command: Any) -> Iterator[tuple[str, Any]]:
    """Every command below a group, by the words that call it."""
    if not hasattr(command, "commands"):
        yield name, command
        return
    for word, inner in command.commands.items():
        yield from commands_of(f"{name} {word}", inner)


def describe(name: str, command: Any, shared: set[tuple[str, str]]) -> str:
    """The heading, the help and the options of one command."""
    arguments = [each for each in command.params if each.param_type_name == "argument"]
    rows = [option_row(option) for option in options_of(command)]
    own = [(f"`{each.metavar}`", each.help) for each in arguments] + [row for row in rows if row not in shared]
    names = "`, `".join(option.opts[0] for option in options_of(command) if option_row(option) in shared)
    heading = f"### `{' '.join([name, *map(usage_of, arguments)])}`"
    lines = "".join(f"{line.strip()}\n" for line in command.epilog.splitlines()[2:])
    shown = [heading, command.help, f"```sh\n{lines}```", option_table(own), f"Also `{names}`." if names else ""]
    return PARAGRAPH.join(filter(None, shown))


def usage_of(argument: Any) -> str:
    """An argument as a line of usage writes it. Brackets mean that it may be left out, dots that it may be repeated."""
    word = f"{argument.metavar}…" if argument.nargs == -1 else argument.metavar
    return word if argument.required else f"[{word}]"


def options_of(command: Any) -> list[Any]:
    """The options of a command, without --help."""
    return [each for each in command.params if each.param_type_name == "option"]


def option_row(option: Any) -> tuple[str, str]:
    """An option with the name of its value, and what it does, with its default where there is one."""
    words = option.opts[0] if option.is_flag else f"{option.opts[0]} {option.metavar}"
    has_default = option.default is not None and not option.is_flag
    return f"`{words}`", f"{option.help} Default: `{option.default}`." if has_default else option.help


def option_table(rows: list[tuple[str, str]]) -> str:
    """Options and what they do as a Markdown table; empty without a row."""
    return markdown(Table(header=("option", "does"), rows=rows)).rstrip() if rows else ""


def describe_keys() -> str:
    """The tables of an experiment file: a row per key with meaning, unit, range and default."""
    tables = [*SECTIONS.items(), *((f"{name}.*", table) for name, table in RANGE_TABLES.items())]
    tables += [(name, table) for name, table in INNER_TABLES.items() if table is not None]
    text = []
    for name, table in tables:
        text.append(
            f"## `[{name}]`\n\n{(table.__doc__ or '').partition(PARAGRAPH)[0]}\n\n"
            "| key | meaning | unit | allowed | default |\n|---|---|---|---|---|"
        )
        text += [key_row(KEYS[path]) for path in keys_of(name, table)]
        for by_name in all_part_keys(name).values():
            alike: dict[str, list[str]] = {}
            for part, key in by_name.items():
                alike.setdefault(key_row(key), []).append(part)
            text += [row.replace("` | ", f"` | of {listed(parts, 'and', QUOTE)}: ", 1) for row, parts in alike.items()]
        text.append("")
    return "\n".join(text)


def key_row(key: Key) -> str:
    default = "required" if key.required else key.default_text or f"`{show(key.default)}`"
    cells = [f"`{key.path.rsplit('.', 1)[1]}`", key.meaning, key.unit, key.allowed, default]
    return "| " + " | ".join(cells) + " |"


def describe_parts() -> str:
    """The parts of each kind with their keys, and of the stages of devices what each key may hold."""
    text = []
    for kind in KINDS:
        rows = [(f"`{name}`", as_code(what), keys) for name, what, keys in parts_table(kind).rows]
        text += [
            f"## `physdfa list {kind}`",
            markdown(Table(header=("name", "what it is", "keys"), rows=rows)).rstrip(),
        ]
    text.append("## The keys of the stages")
    stages = {name: keys_table("devices", name) for name in KINDS["devices"][0]}
    text.append(
        markdown(
            Table(
                header=("key", "meaning", "unit", "allowed", "default"),
                rows=[(f"`{stage}.{key}`", *rest) for stage, table in stages.items() for key, *rest in table.rows],
            )
        ).rstrip()
    )
    return PARAGRAPH.join(text)


def as_code(text: str) -> str:
    """An equation, whose signs are none of Markdown; a sentence as it is."""
    bare = text.replace("`", "")
    return f"`{bare}`" if "=" in text else text


if __name__ == "__main__":
    docs = Path(__file__).parents[2] / "docs"
    fill_between(docs / "cli.md", *COMMANDS, describe_commands())
    fill_between(docs / "configuration.md", *KEY_TABLES, describe_keys())
    fill_between(docs / "parts.md", *PART_TABLES, describe_parts())
