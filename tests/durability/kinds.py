"""The kinds of files that a stranger may send: how each is read, whole ones, and the words that its reader knows."""

import contextlib
import gzip
import io
import itertools
import json
import struct
import zipfile
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import pandas as pd

from physdfa.config import read_config
from physdfa.config.raw import parse
from physdfa.data import load_dataset as load_npz
from physdfa.data.idx import IdxFile, read_idx
from physdfa.devices.measured import read_measurement
from physdfa.errors import PhysdfaError
from physdfa.report.reading import read_run
from physdfa.report.sections import run_sections
from physdfa.store import create_run
from physdfa.store.catalogue import list_runs
from physdfa.store.evaluations import read_evaluations, write_evaluations
from physdfa.store.files import write_recorded
from physdfa.store.records import sealed_text, sha256_of, unseal
from physdfa.store.verify import verify_run
from physdfa.workflow.bandwidth import response_record, response_words
from physdfa.workflow.device import device_section
from tests.workflow.tiny import SEARCH, SWEEP, TINY

DRAWN_EVERY = 100
"""Inputs between two of which the figures are drawn, which takes a third of a second."""


@dataclass(frozen=True)
class Kind:
    """How a content is read, some whole contents, and tokens that mean something to the reader."""

    read: Callable[[bytes], None]
    whole: Sequence[bytes]
    tokens: Sequence[bytes]


NUMBERS = [b"0", b"-1", b"1e999", b"nan", b"inf", b"9" * 400, b"9" * 5000, b"0x7fffffffffffffff", b"1e-400", b"2.5"]
TEXTS = [
    b"\x00",
    b"\xff\xfe",
    b"\xef\xbb\xbf",
    "−µ° ".encode(),
    b"'",
    b'"',
    b"\\",
    b"\r",
    b"\n",
    b"../../x",
    b"\x1b[2J",
]
TOML = [
    *(b"[", b"]", b"{", b"}", b"=", b",", b"true", b"[[", b"[" * 2000, b"{a=" * 500, b'"""', b"1979-05-27T07:32:00Z"),
    *(
        b"os:system",
        b"name",
        b"[device]\n",
        b"[search.genes]\n",
        b"stages = ['encode', 'decode']\n",
        b"choices = [1, 'a']",
    ),
    *(
        b"low = ",
        b"high = ",
        b"num = ",
        b"adfa",
        b"bptt",
        b"sparse_dfa",
        b"mach_zehnder_ideal",
        b"latency",
        b"a.b.c = 1\n",
    ),
]


def configs(folder: Path) -> Kind:
    def read(content: bytes) -> None:
        read_config(parse(content.decode("utf-8", "replace"), "fuzzed.toml"))

    return Kind(read, [(TINY + part).encode() for part in ("", SEARCH, SWEEP)], [*NUMBERS, *TEXTS, *TOML])


def measurements(folder: Path) -> Kind:
    path = folder / "sweep.csv"

    def read(content: bytes) -> None:
        path.write_bytes(content)
        read_measurement(path)

    rows = "".join(f"{volts / 10},{volts % 7 + 0.5}\n" for volts in range(20))
    tab = "".join(f"{volts / 10:.2f}\t{volts * 2}\n".replace(".", ",") for volts in range(20))
    three = "".join(f"{volts},0\t{volts / 10}\t{volts * 2}\n" for volts in range(20))
    labview = f"LabVIEW Measurement\t\nSeparator\tTab\n***End_of_Header***\t\nX_Value\tU (V)\tI (A)\n{three}"
    whole = [f"bias_V,power_mW\n{rows}", f"# a comment\nV [V];I [A]\n{tab}".replace("\t", ";"), labview]
    tokens = [
        *NUMBERS,
        *TEXTS,
        b",",
        b";",
        b"\t",
        b" ",
        b"#",
        b"%",
        b"1.234.567,8",
        b"1,2,3",
        b"***End_of_Header***",
        b"x,y\n",
    ]
    return Kind(read, [text.encode() for text in whole], tokens)


def idx_files(folder: Path) -> Kind:
    header = b"\0\0\x08\x03" + struct.pack(">3I", 2, 3, 3)
    plain = header + bytes(range(18))
    file = IdxFile(filename="images", shape=(2, 3, 3))

    def read(content: bytes) -> None:
        path = folder / ("images.gz" if content[:1] == b"\x1f" else "images")
        path.write_bytes(content)
        read_idx(path, file)

    tokens = [b"\0\0\x08\x03", b"\xff\xff\xff\xff", b"\0", b"\x1f\x8b\x08", b"\x0d", bytes(40)]
    return Kind(read, [plain, gzip.compress(plain, mtime=0)], tokens)


def npz_archives(folder: Path) -> Kind:
    path = folder / "data.npz"
    arrays = {
        "x_train": np.arange(24, dtype=np.uint8).reshape(6, 4), "y_train": np.array([0, 1, 2, 0, 1, 2]),
        "x_test": np.ones((2, 4), np.uint8), "y_test": np.array([0, 1]),
    }  # fmt: skip

    def read(content: bytes) -> None:
        path.write_bytes(content)
        load_npz(str(path))

    whole = []
    for save in (np.savez, np.savez_compressed):
        file = io.BytesIO()
        save(file, **arrays)
        whole.append(file.getvalue())
    tokens = [
        b"PK\x03\x04",
        b"PK\x01\x02",
        b"PK\x05\x06",
        b"\x93NUMPY\x01\x00",
        b"(9999999999,)",
        b"'|O'",
        b"'<f8'",
        b"\xff" * 4,
        b"\0\0",
    ]
    return Kind(read, whole, tokens)


def bundles(folder: Path) -> Kind:
    about = b'[bundle]\nname = "a"\nsource = "b"\nlicense = "c"\n'
    curve = b'[device]\nmeasured = "sweep.csv"\noutside = "hold"\n'
    fitted = b'[device]\npreset = "mach_zehnder"\nv_pi = 3.0\n[provenance.values]\nv_pi = 3.0\n'
    sweep = b"bias_V,power_mW\n0,0\n1,1\n2,4\n"
    place = folder / "mine"
    place.mkdir()
    (place / "sweep.csv").write_bytes(sweep)
    (folder / "secret.csv").write_bytes(sweep)

    def read(content: bytes) -> None:
        path = folder / "mine.zip" if content[:2] == b"PK" else place
        (path if path != place else place / "device.toml").write_bytes(content)
        section = device_section({"preset": str(path)}, str(path), None)
        assert section.source is None or section.source.path.is_relative_to(path)

    archives = []
    for packing in (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED):
        file = io.BytesIO()
        with zipfile.ZipFile(file, "w", packing) as archive:
            archive.writestr(zipfile.ZipInfo("inner/device.toml"), about + curve)
            archive.writestr(zipfile.ZipInfo("inner/sweep.csv"), sweep)
        archives.append(file.getvalue())
    tokens = [*NUMBERS, *TEXTS, *TOML, b"PK\x01\x02", b"PK\x05\x06", b"\xff" * 4, b"../secret.csv", b"instrument"]
    return Kind(read, [about + curve, about + fitted, *archives], tokens)


def touchstone_files(folder: Path) -> Kind:
    rows = b"".join(b"%d 0 0 1 0 0 0 0 0\n" % number for number in range(1, 9))
    version_2 = b"[Version] 2.0\n# MHz S MA R 50\n[Number of Ports] 2\n[Two-Port Data Order] 21_12\n"
    version_2 += b"[Number of Frequencies] 8\n[Reference] 50 50\n[Network Data]\n%s[End]\n" % rows
    path = folder / "part.s2p"

    def read(content: bytes) -> None:
        path.write_bytes(content)
        response_words(response_record(path))

    words = (
        b"[Matrix Format] Lower\n",
        b"[Mixed-Mode Order] D1,2 C1,2\n",
        b"[Noise Data]\n",
        b"! Gamma",
        b"! Port Impedance",
    )
    tokens = [
        *NUMBERS,
        *TEXTS,
        *words,
        b"[Number of Ports] 99",
        b"# GHz Y DB R 0\n",
        b"# kHz H RI\n",
        b"[",
        b"!",
        b"21_12",
    ]
    return Kind(read, [b"! a\n# GHz S RI R 50\n" + rows, version_2], tokens)


def resealed(content: bytes) -> bytes:
    """A sealed record whose hash is right again, as a stranger would make it; anything else as it is."""
    try:
        table = json.loads(content)
        return sealed_text(table).encode()
    except (ValueError, RecursionError, AttributeError, TypeError):
        return content


def run_folders(folder: Path) -> Kind:
    run = create_run(folder / "results", "fuzzed", TINY + SEARCH, command_line=["physdfa"], kind="search")
    for epoch in (1, 2):
        run.append_metric({"kind": "epoch", "seed": 0, "epoch": epoch, "train_loss": 0.5, "firing_rates": [0.1, 0.2]})
        run.append_metric({"kind": "generation", "generation": epoch, "best": 0.5})
    run.save_tree("final", {"weights/0": np.ones((1, 3, 2), np.float32)}, {"seeds": [0]})
    run.write_figure_data("backward_function", {"potential": [0.0, 1.0], "g": [0.5, 0.6]})
    table = {"candidate": ["a", "b"], "seed": [0, 0], "generation": [0, 1], "status": ["ok", "failed"]}
    table |= {"validation_accuracy": [0.5, None], "device.v_bias": [1.0, 2.0], "reason": ["", "nan"]}
    write_evaluations(run, pd.DataFrame(table))
    run.write_summary(
        {
            "status": "done", "test_accuracy": 0.5, "test_accuracies": [0.5], "best": {"device.v_bias": 1.0},
            "comparison": [{"name": "a", "test_accuracy": 0.5, "test_accuracy_std": 0.1, "test_accuracies": [0.4]}],
        }
    )  # fmt: skip
    names = [str(path.relative_to(run.path)) for path in sorted(run.path.rglob("*")) if path.is_file()]
    whole = {name: (run.path / name).read_bytes() for name in names}
    manifests = [name for name in names if name.endswith("manifest.json")]
    chosen = [name.encode() + b"\0" + content for name, content in whole.items()]

    turns = itertools.count()

    def sections() -> None:
        record = read_run(run.path)
        if next(turns) % DRAWN_EVERY == 0:
            run_sections(record)

    def read(content: bytes) -> None:
        name, _, content = content.partition(b"\0")
        if name.decode(errors="replace") not in whole:
            return
        path = run.path / name.decode()
        try:
            if path.suffix == ".json":
                content = resealed(content)
            path.write_bytes(content)
            if path.name in ("final.npz", "backward_function.csv", "evaluations.parquet"):
                write_recorded(path, content)
            if path.name == "config.toml":
                environment = unseal(whole["environment.json"]) | {"config_sha256": sha256_of(content)}
                (run.path / "environment.json").write_text(sealed_text(environment))
            verify_run(run.path)
            list_runs(folder / "results")
            for look in (sections, lambda: run.load_tree("final"), lambda: read_evaluations(run)):
                with contextlib.suppress(PhysdfaError):
                    look()
        finally:
            for name in {str(path.relative_to(run.path)), "environment.json", *manifests}:
                (run.path / name).write_bytes(whole[name])

    tokens = [
        *NUMBERS,
        *TEXTS,
        *TOML,
        b"null",
        b"[]",
        b"{}",
        b":",
        b'"status":',
        b'"rows":[[1]]',
        b"PAR1",
        b"\x93NUMPY",
        b"PK\x03\x04",
    ]
    return Kind(read, chosen, tokens)


KINDS = {
    "configs": configs,
    "measurements": measurements,
    "idx": idx_files,
    "npz": npz_archives,
    "run_folders": run_folders,
    "bundles": bundles,
    "touchstone": touchstone_files,
}
"""Each made with a folder of its own."""
