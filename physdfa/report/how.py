"""How a run was made: methods, code, command, the machine's figures, and files."""

import json
import shlex
from contextlib import suppress
from pathlib import Path

import numpy as np

from physdfa.errors import PhysdfaError
from physdfa.report.columns import distinct, has_numbers, numbers
from physdfa.report.formatting import ABSENT, as_number, count, duration, memory, number, parameter_value
from physdfa.report.reading import RunRecord, section
from physdfa.report.reproduction import KIND as REPRODUCE
from physdfa.report.reproduction import reproduction_facts
from physdfa.rules import RULES
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


def methods(record: RunRecord) -> str:
    """How the numbers came about, as one paragraph for a paper: network, training, search, seeds and versions."""
    own = () if record.kind == REPRODUCE else (training_words(record), search_words(record), seed_words(record))
    return " ".join(text for text in (*own, software_words(record)) if text)


def training_words(record: RunRecord) -> str:
    """Network, data, rule, budget and device in one or two sentences; what a sweep or search varied is called so."""
    varied = {**section(record.config, "sweep", "parameters"), **section(record.config, "search", "genes")}

    def said(path: str) -> str:
        table, key = path.split(".")
        value = section(record.config, table).get(key, ABSENT)
        if path in varied:
            return "varied"
        return "-".join(map(str, value)) if isinstance(value, list) else parameter_value(value)

    device = section(record.config, "device")
    stages = device.get("stages")
    chain = " → ".join(map(str, stages)) if isinstance(stages, list) else None
    measured = Path(str(device.get("measured") or "")).name
    named = f" Backward device: {measured or device.get('preset') or chain}." if device else ""
    steps = f"{said('network.num_steps')} time steps and the readout {said('network.readout')}"
    network = f"({said('network.neuron')}) with {steps}"
    with suppress(PhysdfaError):  # a rule of a module that is not here
        network = "in continuous time" if RULES.find(said("rule.name")).event_neurons else network
    layers, hidden = section(record.config, "network").get("hidden"), f"{said('network.hidden')} hidden neurons"
    if isinstance(layers, list) and any(isinstance(one, str) for one in layers) and "network.hidden" not in varied:
        hidden = f"the hidden layers {', '.join(map(str, layers))}"
    return (
        f"A spiking network of {hidden} {network} learned {said('data.name')} "
        f"({said('data.encoding')} encoding) by {said('rule.name')}: {said('training.epochs')} epochs of batches of "
        f"{said('training.batch_size')}, {said('training.optimizer')}, learning rate {said('training.learning_rate')} "
        f"({said('training.schedule')}).{named}"
    )


def search_words(record: RunRecord) -> str:
    """The number of candidates, what varied, and how one was chosen; empty for a training."""
    if record.kind not in ("sweep", "search"):
        return ""
    table = section(record.config, record.kind)
    varied = ", ".join(map(str, section(table, "parameters" if record.kind == "sweep" else "genes")))
    tried, seeds = (count(distinct(record.evaluations, name)) for name in ("candidate", "seed"))
    return (
        f"The {record.kind} ({table.get('method', ABSENT)}) tried {tried} candidates (number of seeds: {seeds}) over "
        f"{varied}; the best accuracy on held-out training samples was taken."
    )


def seed_words(record: RunRecord) -> str:
    """The seeds of the networks that were tested."""
    logged = np.concatenate([numbers(record.epochs, "seed"), numbers(record.tests, "seed")])
    seeds = np.unique(logged[np.isfinite(logged)])
    named = ", ".join(map(number, seeds)) or str(record.summary.get("seed", ABSENT))
    return f"Seeds of the networks that were tested: {named}. The test samples chose nothing."


def software_words(record: RunRecord) -> str:
    """Versions, code revision and kind of machine."""
    versions = {str(name): str(version) for name, version in section(record.environment, "versions").items()}
    revision = str(section(record.environment, "code").get("revision") or ABSENT)[:12]
    own = f"physdfa {versions.pop('physdfa', ABSENT)} (revision {revision})"
    devices = section(record.environment, "machine").get("compute_devices")
    on = f"; on {', '.join(map(str, devices))}" if isinstance(devices, list) else ""
    return f"Software: {', '.join([own, *(f'{name} {version}' for name, version in versions.items())])}{on}."
