"""`export --tensorboard`: the event files hold what the log holds, read here by the form of TFRecord files."""

import json
import shutil
import struct
import sys
from pathlib import Path

import numpy as np
import pytest

from physdfa.store import open_run
from tests.cli.command import physdfa, refused

needs_writer = pytest.mark.usefixtures("writer")


@pytest.fixture
def writer():
    pytest.importorskip("tensorboardX")


def crc32c(content: bytes) -> int:
    """Castagnoli's checksum, bit by bit, of reflected polynomial 0x82f63b78 (RFC 3720)."""
    value = 0xFFFFFFFF
    for byte in content:
        value ^= byte
        for _ in range(8):
            value = value >> 1 ^ (0x82F63B78 if value & 1 else 0)
    return value ^ 0xFFFFFFFF


def masked(content: bytes) -> int:
    value = crc32c(content)
    return ((value >> 15 | value << 17) + 0xA282EAD8) & 0xFFFFFFFF


def records_of(content: bytes) -> list[bytes]:
    """The records of a TFRecord file: length, its checksum, the bytes, their checksum."""
    found = []
    while content:
        (length,) = struct.unpack("<Q", content[:8])
        data = content[12 : 12 + length]
        assert struct.unpack("<I", content[8:12]) == (masked(content[:8]),)
        assert struct.unpack("<I", content[12 + length : 16 + length]) == (masked(data),)
        found.append(data)
        content = content[16 + length :]
    return found


def fields_of(message: bytes) -> dict[int, object]:
    """The fields of a message in protocol buffers by number: whole numbers, 64 and 32 bits, bytes."""
    found, place = {}, 0

    def number() -> int:
        nonlocal place
        value, shift = 0, 0
        while True:
            byte = message[place]
            place += 1
            value |= (byte & 0x7F) << shift
            shift += 7
            if byte < 0x80:
                return value

    while place < len(message):
        key = number()
        kind, size = key & 7, {1: 8, 5: 4}.get(key & 7)
        if kind == 0:
            found[key >> 3] = number()
            continue
        size = number() if kind == 2 else size
        found[key >> 3] = message[place : place + size]
        place += size
    return found


def scalars_in(file: Path) -> list[tuple[str, int, float]]:
    """(tag, step, value) of each event behind the first, which names the form of the file."""
    first, *events = map(fields_of, records_of(file.read_bytes()))
    assert first[3] == b"brain.Event:2"
    found = []
    for event in events:
        value = fields_of(fields_of(event[5])[1])
        found.append((value[1].decode(), event.get(2, 0), struct.unpack("<f", value[2])[0]))
    return found


def test_the_checksum_of_the_reader_is_the_published_one():
    assert crc32c(b"123456789") == 0xE3069283  # the check value of CRC-32C in every catalogue


@needs_writer
def test_the_event_file_of_a_training_holds_its_log(results):
    answer = physdfa("export", results.train, "--tensorboard", "logs", "--json")
    assert answer.code == 0, answer.err
    told = json.loads(answer.out)["tensorboard"]
    (file,) = [Path(one) for one in told["files"]]
    name = Path("logs", results.train.parent.name, results.train.name, "seed_0")
    assert file.parent == name
    found = scalars_in(file)
    assert len(found) == told["scalars"]
    lines = [line for line in open_run(results.train).read_metrics().records if line["kind"] == "epoch"]
    assert [(step, value) for tag, step, value in found if tag == "epoch/train_loss"] == [
        (line["epoch"], float(np.float32(line["train_loss"]))) for line in lines
    ]
    assert len(lines) == 2


@needs_writer
def test_all_events_carry_the_time_at_which_the_run_began(results):
    physdfa("export", results.train, "--tensorboard", "logs")
    (file,) = Path("logs").rglob("events.out.tfevents.*")
    times = {struct.unpack("<d", fields_of(one)[1])[0] for one in records_of(file.read_bytes())}
    began = np.datetime64(str(open_run(results.train).read_environment()["created"]).removesuffix("Z"))
    assert times == {began.astype("datetime64[s]").astype(float)}


@needs_writer
def test_a_second_export_replaces_the_first(results):
    answers = [physdfa("export", results.search, "--tensorboard", "logs", "--json").out for _ in range(2)]
    assert answers[0] == answers[1]
    files = [path for path in Path("logs").rglob("*") if path.is_file()]
    assert sorted(map(str, files)) == sorted(json.loads(answers[0])["tensorboard"]["files"])
    generations = [one for file in files for one in scalars_in(file) if one[0] == "generation/num_evaluations"]
    assert [step for _, step, _ in generations] == [0, 1]


@needs_writer
def test_what_cannot_be_exported_is_refused(results, tmp_path):
    (tmp_path / "taken").write_text("")
    assert "taken: is a file" in refused("export", results.train, "--tensorboard", "taken")
    assert "there is no run" in refused("export", "nowhere", "--tensorboard", "logs")
    assert not Path("logs").exists()


@needs_writer
def test_damaged_lines_are_told_and_a_log_without_curves_is_refused(results):
    run = Path(shutil.copytree(results.train, "copy/run"))
    log = run / "metrics.jsonl"
    first, *others = log.read_bytes().splitlines(keepends=True)
    log.write_bytes(first.replace(b"e", b"f", 1) + b"".join(others))
    answer = physdfa("export", run, "--tensorboard", "logs")
    assert (answer.code, "1 line of metrics.jsonl is damaged" in answer.err) == (0, True)
    log.write_bytes(b"")
    assert "has no scalars by epoch or generation" in refused("export", run, "--tensorboard", "logs")


def test_nothing_to_write_and_choices_of_no_network_are_refused(results):
    assert "name FILE.nir for the network, or --tensorboard" in refused("export", results.train)
    said = refused("export", results.train, "--tensorboard", "logs", "--seed", 0, "--best")
    assert "--seed, --best: chooses the network of FILE.nir" in said


def test_without_the_package_the_extra_is_named(results, monkeypatch):
    monkeypatch.setitem(sys.modules, "tensorboardX", None)
    answer = physdfa("export", results.train, "--tensorboard", "logs")
    assert answer.code == 2
    assert "pip install 'physdfa[tensorboard]'" in answer.err
