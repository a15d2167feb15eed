"""A modulator on a bench, simulated: a small SCPI server over TCP with binary blocks, and its faults."""

import contextlib
import socketserver
import struct
import threading
import time
from collections.abc import Iterator

import numpy as np

V_PI = 4.0
"""Of the simulated Mach-Zehnder modulator [V]."""
SWING = 1e-3


def answer(drives: np.ndarray) -> np.ndarray:
    """The detected voltage of a Mach-Zehnder modulator [V]."""
    return SWING * np.sin(np.pi * np.asarray(drives, float) / (2 * V_PI)) ** 2


class SimulatedBench:
    """The state of a bench: what it was sent, and what goes wrong next.

    - `noise`: standard deviation of a reading [V]; `shift`: of the modulator's bias, as it has drifted by now [V].
    - `fault`: "late", "garbage", "drop", "short", "silent", "dark" or "", for the next `faults` questions, or for all
      after so many blocks.
    """

    def __init__(self, noise: float = 0.0):
        self.noise, self.shift, self.fault, self.faults = noise, 0.0, "", 0
        self.commands: list[str] = []
        self.drives = np.zeros(0)
        self.largest_drive = 0.0
        self.num_blocks = 0
        self.resource = ""
        self.fails_after = float("inf")
        self._rng = np.random.default_rng(0)

    def fails(self) -> str:
        """The fault of this question."""
        if self.num_blocks > self.fails_after:
            return self.fault
        if self.faults <= 0:
            return ""
        self.faults -= 1
        return self.fault

    def drive(self, values: np.ndarray) -> None:
        """Values that arrive at the modulator."""
        self.drives = values
        self.num_blocks += 1
        self.largest_drive = max(self.largest_drive, float(np.max(np.abs(values), initial=0.0)))

    def hears(self, command: str) -> None:
        """Wait for a command that was sent without a question."""
        deadline = time.monotonic() + 10
        while command not in self.commands and time.monotonic() < deadline:
            time.sleep(0.01)

    def readings(self) -> np.ndarray:
        """What its detector says."""
        return answer(self.drives + self.shift) + self.noise * self._rng.standard_normal(len(self.drives))


def block_of(values: np.ndarray) -> bytes:
    """A definite-length block of little-endian float32 (IEEE 488.2)."""
    content = np.asarray(values, "<f4").tobytes()
    length = str(len(content)).encode()
    return b"#" + str(len(length)).encode() + length + content


def serve(bench: SimulatedBench, stream, out) -> None:
    """Answer one connection until it ends."""
    while True:
        word = b""
        while not word.endswith((b"\n", b"DATA ")):
            byte = stream.read(1)
            if not byte:
                return
            word += byte
        if word.endswith(b"DATA "):
            head = stream.read(2)
            length = int(stream.read(int(head[1:])))
            bench.drive(np.frombuffer(stream.read(length), "<f4"))
            stream.read(1)
            continue
        command = word.decode().strip()
        bench.commands.append(command)
        if command.startswith("VOLT "):
            bench.drive(np.array([float(command.split()[1])]))
        if not command.endswith("?"):
            continue
        fault, readings = bench.fails(), bench.readings()
        if fault == "drop":
            return
        if fault == "silent":
            continue
        if fault == "late":
            time.sleep(0.6)
        if fault == "garbage":
            readings = np.full_like(readings, np.nan)
        if fault == "dark":
            readings = np.zeros_like(readings)
        if fault == "short":
            readings = readings[:-1]
        text = f"{readings[0]:.9g}".encode() if command == "MEAS?" else block_of(readings)
        with contextlib.suppress(OSError):
            out.write(text + b"\n")
            out.flush()


@contextlib.contextmanager
def simulated_bench(noise: float = 0.0) -> Iterator[SimulatedBench]:
    """A bench that listens on this machine."""
    bench = SimulatedBench(noise)

    class Handler(socketserver.StreamRequestHandler):
        def handle(self):
            with contextlib.suppress(OSError, ValueError, struct.error):
                serve(bench, self.rfile, self.wfile)

    class Server(socketserver.ThreadingTCPServer):
        allow_reuse_address = True
        daemon_threads = True

    with Server(("127.0.0.1", 0), Handler) as server:
        bench.resource = f"TCPIP0::127.0.0.1::{server.server_address[1]}::SOCKET"
        threading.Thread(target=server.serve_forever, args=(0.02,), daemon=True).start()
        yield bench
        server.shutdown()
