"""Exit codes, and what the command line costs before it does anything."""

import glob
import io
import json
import os
import re
import signal
import subprocess
import sys
import time
from importlib.metadata import version

import pytest

from physdfa.cli.main import main
from physdfa.store import catalogue
from tests.cli.command import physdfa, refused
from tests.workflow.tiny import TINY

HEAVY = ("numpy", "jax", "pandas", "scipy", "sklearn", "matplotlib", "deap", "equinox")
COMMANDS = (
    [],
    *(["demo"], ["train"], ["sweep"], ["search"], ["evaluate"], ["report"], ["runs"], ["verify"]),
    *(["data"], ["data", "list"], ["data", "fetch"], ["device"], ["device", "show"]),
)


@pytest.mark.parametrize(
    ("words", "complaint"),
    [
        (["nonsense"], "No such command 'nonsense'"),
        (["train"], "CONFIG is missing"),
        (["train", "a.toml", "b.toml"], "unexpected extra argument"),
        (["train", "a.toml", "--sed", "1"], "No such option: --sed"),
        (["train", "a.toml", "--threads", "0"], "'--threads'"),
        (["search", "a.toml", "--devices", "0"], "'--devices'"),
        (["train", "a.toml", "--seeds", "many"], "'--seeds'"),
        (["train", "a.toml", "--seed", "-1"], "'--seed'"),
        (["train", "a.toml"], "There is no file 'a.toml'"),
        (["data", "nonsense"], "No such command 'nonsense'"),
        ([], "Commands:"),
        (["device"], "Commands:"),
    ],
)
def test_a_mistyped_command_line_is_told_in_words_with_code_2(words, complaint):
    assert complaint in refused(*words)


def test_the_version_is_told_and_shells_complete_commands_and_options(monkeypatch):
    assert physdfa("--version") == (0, f"physdfa {version('physdfa')}\n", "")
    monkeypatch.setenv("_PHYSDFA_COMPLETE", "complete_bash")
    for typed, completed in (("physdfa tra", "train"), ("physdfa train --se", "--set\n--seed\n--seeds")):
        monkeypatch.setenv("COMP_WORDS", typed)
        monkeypatch.setenv("COMP_CWORD", str(typed.count(" ")))
        assert sorted(physdfa().out.split()) == sorted(completed.split())


def test_an_interrupt_leaves_with_code_130(monkeypatch):
    def interrupted(folder):
        raise KeyboardInterrupt

    monkeypatch.setattr(catalogue, "list_runs", interrupted)
    answer = physdfa("runs")
    assert answer.code == 130
    assert answer.err.startswith("interrupted")


def test_a_mistake_of_the_program_is_not_dressed_up_as_one_of_the_user(monkeypatch, workplace):
    def broken(folder):
        raise ZeroDivisionError("a mistake of ours")

    monkeypatch.setattr(catalogue, "list_runs", broken)
    (workplace / "there").mkdir()
    answer = physdfa("runs", "--out", "there")
    assert (answer.code, answer.out) == (1, "")
    assert answer.err.startswith("error: this failed with there in a way that physdfa does not know: ZeroDivisionError")
    assert "Traceback" not in answer.err
    monkeypatch.setenv("PHYSDFA_TRACEBACK", "1")
    assert "Traceback" in physdfa("runs", "--out", "there").err


def test_help_of_every_command_imports_nothing_heavy():
    script = (
        "import contextlib, io, json, sys\n"
        "from physdfa.cli.main import main\n"
        f"for words in {COMMANDS!r}:\n"
        "    sys.argv = ['physdfa', *words, '--help']\n"
        "    with contextlib.redirect_stdout(io.StringIO()) as out:\n"
        "        try: main()\n"
        "        except SystemExit as left: assert left.code == 0, words\n"
        "    assert 'Usage: physdfa' in out.getvalue(), words\n"
        f"print(json.dumps([name for name in {HEAVY!r} if name in sys.modules]))\n"
    )
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, check=True, timeout=300)
    assert json.loads(done.stdout) == []


def test_output_passes_through_an_encoding_without_its_signs(monkeypatch):
    sink = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", sink)
    monkeypatch.setattr(sys, "argv", ["physdfa", "device", "show", "mach_zehnder"])  # arrows, a plot
    with pytest.raises(SystemExit) as left:
        main()
    sink.flush()
    text = sink.buffer.getvalue().decode("ascii")
    assert left.value.code == 0
    assert "u -> encode -> driver -> mach_zehnder" in text


def interrupted(process):
    """What the process said until one Ctrl-C ended it."""
    try:
        process.send_signal(signal.SIGINT)
        return process.communicate(timeout=120)
    finally:
        process.kill()
        process.communicate()


@pytest.mark.slow
def test_ctrl_c_in_the_middle_of_a_training_leaves_a_true_folder_and_code_130(workplace):
    (workplace / "long.toml").write_text(TINY.replace("epochs = 2", "epochs = 1000000"))
    script = "from physdfa.cli.main import main; main()"
    process = subprocess.Popen(
        [sys.executable, "-c", script, "train", "long.toml"], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
    )
    deadline = time.monotonic() + 120
    while not glob.glob("results/tiny/*/metrics.jsonl") and time.monotonic() < deadline and process.poll() is None:
        time.sleep(0.05)
    out, err = interrupted(process)
    assert (process.returncode, out) == (130, "")
    assert "Traceback" not in err
    (run,) = glob.glob("results/tiny/*")
    assert re.search(rf"epoch \d+ is kept in {run}; go on with: physdfa resume {run}\n$", err)
    with open(os.path.join(run, "summary.json")) as file:
        summary = json.load(file)
    assert (summary["status"], summary["reason"]) == ("interrupted", "interrupted by the user")
    assert physdfa("verify", run).code == 0
    assert physdfa("report", run).code == 0
    assert re.search(r"test accuracy on digits after epoch \d+ of 1000000: ", physdfa("evaluate", run).out)
