"""The page's part on how a run was made: its place, its code, the command, the machine's figures, and its files."""

import json
import shlex

import numpy as np

from physdfa.report.columns import distinct, has_numbers, numbers
from physdfa.report.formatting import ABSENT, as_number, count, duration, memory
from physdfa.report.reading import RunRecord, section
from physdfa.report.reproduction import KIND as REPRODUCE
from physdfa.report.reproduction import reproduction_facts
from physdfa.store.run_folder import CONFIG


def facts(record: RunRecord) -> list[tuple[str, str]]:
    """Place, date, code and command of the run. Facts that were not recorded show as `–`."""
    environment, summary = record.environment, record.summary
    command = environment.get("command_line")
    code = section(environment, "code")
    revision = str(code.get("revision") or "not from a git checkout")
    if code.get("dirty"):
        revision += " with changes that were not committed"
    data = section(record.config, "data")
    seed, parent = summary.get("seed"), section(summary, "parent")
    return [
        *(reproduction_facts(record) if record.kind == REPRODUCE else []),
        ("Experiment", record.name),
        ("Run", record.run.run_id),
        ("Date", str(environment.get("created") or ABSENT).replace("T", " ").replace("Z", " UTC")),
        ("Rule", str(summary.get("rule") or section(record.config, "rule").get("name") or ABSENT)),
        ("Data set", str(summary.get("dataset") or data.get("name") or ABSENT)),
        ("Seed", ABSENT if seed is None else str(seed)),
        *([("Began with", f"{parent['run']} after {parent['epochs']} epochs")] if parent else []),
        ("Code revision", revision),
        ("Command", shlex.join(map(str, command)) if isinstance(command, list) else ABSENT),
        ("To reproduce", reproduction(record)),
    ]


def reproduction(record: RunRecord) -> str:
    """The command that repeats the run, from its own resolved configuration where it takes one."""
    if record.kind == REPRODUCE:
        summary = record.summary
        return shlex.join(["physdfa", "reproduce", str(summary.get("entry")), "--scale", str(summary.get("scale"))])
    if section(record.summary, "parent"):
        return ABSENT  # the command says with which networks it began
    seeds = distinct(record.epochs, "seed")
    option = f" --seeds {seeds}" if record.kind == "train" and seeds > 1 else ""
    return f"{shlex.join(['physdfa', record.kind, str(record.run.path / CONFIG)])}{option}"


def machine_numbers(record: RunRecord) -> list[tuple[str, str]]:
    """Times and memory; a reproduction, whose trainings have folders of their own, has two of them."""
    summary = record.summary
    time, peak = duration(summary.get("wall_time_s")), memory(summary.get("peak_memory_bytes"))
    if record.kind == REPRODUCE:
        return [("Wall time", time), ("Peak memory", peak)]
    throughput = as_number(summary.get("images_per_s"))
    if throughput is None and has_numbers(record.epochs, "images_per_s"):
        throughput = float(np.nanmedian(numbers(record.epochs, "images_per_s")))
    return [
        ("Wall time", time),
        ("Compile time", duration(summary.get("compile_time_s"))),
        ("Compilations", count(summary.get("num_compilations"))),
        ("Images per second", count(throughput)),
        ("Peak memory", peak),
    ]


def written_files(record: RunRecord) -> list[tuple[str, str]]:
    """The configuration and the environment, whole: title and text of each."""
    files = []
    if record.config_text:
        files.append(("Configuration (config.toml)", record.config_text))
    if record.environment:
        text = json.dumps(record.environment, indent=2, sort_keys=True, ensure_ascii=False, default=str)
        files.append(("Environment (environment.json)", text))
    return files
