"""Numbers as people read them, and signs for every encoding."""

import io
import sys
from pathlib import Path

from physdfa.cli.output import print_json, print_run, tell_in_any_encoding
from physdfa.store import create_run
from tests.cli.command import physdfa
from tests.workflow.tiny import TINY, strict_json


def test_a_front_and_constraints_that_nobody_keeps_are_told(capsys):
    print_run(Path("a"), {"front": [{}, {}], "objectives": ["accuracy", "feedback_bits"], "num_feasible": 0})
    front, constraints, place = capsys.readouterr().out.splitlines()
    assert front.startswith("front: 2 candidates that no other beats in accuracy, feedback bits;")
    assert constraints.startswith("no candidate keeps all constraints")
    assert place == "run folder: a"


def test_a_run_is_told_by_what_it_found_and_where_it_lies(capsys):
    print_run(
        Path("results/a/b"),
        {
            "best": {"device.v_bias": 1.23456789, "network.reset": "zero"},
            "test_accuracy": 0.5,
            "test_accuracy_std": 0.1,
            "test_accuracies": [0.4, 0.6],
            "comparison": [
                {"name": "readout_only", "test_accuracy": 0.3, "test_accuracy_std": 0.0, "test_accuracies": [0.3]}
            ],
        },
    )
    assert capsys.readouterr().out.splitlines() == [
        "  readout_only: 30.00 %",
        "  device.v_bias = 1.2346",
        "  network.reset = zero",
        "test accuracy: 50.00 ± 10.00 % (2 seeds)",
        "run folder: results/a/b",
    ]


def test_what_the_device_is_worth_is_told_above_the_place(capsys):
    rows = [
        {"name": name, "validation_accuracy": 0.9, "accuracies": [0.9, 0.9], "seeds": [1, 2], "values": {}}
        for name in ("best", "constant")
    ]
    print_run(Path("a"), {"references": rows, "gain": {"mean": 0.0, "low": -0.3, "high": 0.3, "num_seeds": 2}})
    gain, place = capsys.readouterr().out.splitlines()
    assert gain.startswith("The device does not matter here: over a constant g (90.00 %)")
    assert place == "run folder: a"


def test_a_run_without_a_result_is_told_by_its_folder_alone(capsys):
    print_run(Path("r"), {"test_accuracy": None, "best": None})
    assert capsys.readouterr().out == "run folder: r\n"


def test_json_is_one_value_with_paths_as_text(capsys):
    print_json({"run": Path("a/b")})
    assert strict_json(capsys.readouterr().out) == {"run": "a/b"}


def test_a_stream_without_the_signs_prints_the_nearest_ascii(monkeypatch):
    sink = io.TextIOWrapper(io.BytesIO(), encoding="ascii")
    monkeypatch.setattr(sys, "stdout", sink)
    tell_in_any_encoding()
    print("50 ± 1 %, Mach–Zehnder, u → g, \u2800\u28ff, ☃")
    sink.flush()
    assert sink.buffer.getvalue() == b"50 +/- 1 %, Mach-Zehnder, u -> g,  *, ?\n"


def test_a_forged_summary_and_a_forged_name_send_nothing_to_the_terminal(workplace):
    forged = "\x1b]0;owned\x07\x1b[2J\x9b31m\r"
    run = create_run(workplace / "results", "forged", TINY, command_line=[forged], kind="train")
    run.write_summary({"status": "failed", "reason": forged, "rule": forged, "best": {forged: forged}})
    run.path.rename(run.path.with_name(f"20250101T000000Z-{forged.replace('/', '')}"))
    (workplace / "forged.toml").write_text(
        f'{TINY}\n["{forged.encode("unicode_escape").decode()}"]\n'.replace("\\x", "\\u00")
    )
    for words in (
        ("runs",),
        ("verify", "results"),
        ("report", *(workplace / "results" / "forged").iterdir()),
        ("evaluate", *(workplace / "results" / "forged").iterdir()),
        ("train", "forged.toml"),
        ("train", "TINY", "--set", f"{forged}=1"),
        ("train", forged),
    ):
        answer = physdfa(*words)
        assert not set("\x1b\x9b\x07\r") & set(answer.out + answer.err), words
