"""Every error leaves as one sentence: the system's with its file and a way out, memory's, and those nobody foresaw."""

import errno
import os

import pytest

from physdfa.cli.boundary import is_out_of_memory, memory_sentence, system_sentence, unexpected_sentence
from physdfa.store import catalogue
from tests.cli.command import physdfa, refused
from tests.workflow.tiny import TINY


@pytest.mark.parametrize(
    ("number", "way_out"), [(errno.ENOSPC, "make room"), (errno.EROFS, "--out"), (errno.EIO, "shows")]
)
def test_an_error_of_the_system_names_the_file_and_a_way_out(number, way_out):
    sentence = system_sentence(OSError(number, os.strerror(number), "some/file"))
    assert sentence.startswith(f"some/file: {os.strerror(number)[0].lower()}")
    assert way_out in sentence
    assert "\n" not in sentence


def test_an_unforeseen_error_is_one_line_that_names_the_files_of_the_command(tmp_path):
    (tmp_path / "a.toml").write_text("")
    sentence = unexpected_sentence(ValueError("two\nlines"), ["physdfa", "train", f"{tmp_path}/a.toml", "--quiet"])
    assert f"{tmp_path}/a.toml" in sentence
    assert "ValueError: two lines" in sentence
    assert "\n" not in sentence


def test_the_compilers_allocator_is_understood():
    failure = type("JaxRuntimeError", (RuntimeError,), {})
    assert is_out_of_memory(failure("RESOURCE_EXHAUSTED: Out of memory"))
    assert not is_out_of_memory(failure("INTERNAL: else"))
    assert "batch" in memory_sentence(MemoryError())


@pytest.mark.parametrize(
    ("raised", "code"),
    [(MemoryError(), 2), (OSError(errno.ENOSPC, "No space left on device", "f"), 2), (KeyError(1), 1)],
)
def test_no_error_leaves_as_a_traceback(monkeypatch, raised, code):
    def broken(folder):
        raise raised

    monkeypatch.setattr(catalogue, "list_runs", broken)
    answer = physdfa("runs")
    assert answer.code == code
    assert answer.err.startswith("error: ")
    assert "Traceback" not in answer.err


LONG = "x" * 5000
DEEP = "a = " + "[" * 3000 + "]" * 3000 + "\n"


@pytest.mark.parametrize(
    ("change", "complaint"),
    [
        (DEEP, "nested too deeply"),
        ("a = " + "9" * 5000 + "\n", "thousands of digits"),
        ("[" + ".".join("a" * 2000) + "]\n", "nested too deeply"),
    ],
)
def test_an_experiment_file_beyond_all_measure_is_refused(workplace, change, complaint):
    (workplace / "bad.toml").write_text(change + TINY)
    assert complaint in refused("train", "bad.toml", "--dry-run")
    assert complaint in refused("device", "show", "bad.toml")


@pytest.mark.parametrize(
    ("override", "complaint"),
    [
        (f"network.hidden=[{2**62}]", "network.hidden"),
        ("network.hidden=[1000000000, 1000000000]", "1e+18 weights"),
        ("network.num_steps=1000000000", None),
        (f"training.epochs={2**62}", "from 1 to 1000000000"),
        ("training.epochs=" + "9" * 5000, "thousands of digits"),
        (f"data.name={LONG}.npz", "too long"),
        ("data.name=~nobody_of_this_name/x.npz", "no home folder"),
    ],
)
def test_a_value_that_would_abort_the_process_or_find_no_file_is_refused(tiny, override, complaint):
    words = ["train", tiny, "--dry-run", "--set", override]
    if complaint is None:
        words += ["--set", "network.hidden=[1000000000]"]
        complaint = "activities"
    assert complaint in refused(*words)


@pytest.mark.parametrize(
    "words",
    [
        ["train", LONG], ["resume", LONG], ["report", LONG], ["evaluate", LONG], ["verify", LONG], ["range", LONG],
        ["runs", "--out", LONG], ["device", "show", LONG], ["device", "fit", LONG, "--model", "mach_zehnder"],
    ],
)  # fmt: skip
def test_a_path_of_thousands_of_characters_is_told_in_a_short_sentence(words):
    assert len(refused(*words)) < 1000


def test_an_error_in_a_part_of_ones_own_is_told_as_its_own(workplace):
    (workplace / "mine.toml").write_text(TINY)
    said = refused("train", "mine.toml", "--set", "rule.name=tests.bad_parts:Raises")
    assert "the learning rule 'tests.bad_parts:Raises' failed in" in said
    assert "line 25, in of: ZeroDivisionError: of all things." in said
    assert "resume" not in said
    assert "mistake of ours" not in said
