"""Plans of the simulated bench."""

from pathlib import Path

from tests.bench.server import SimulatedBench

BLOCKS = """
[instrument]
resource = "{resource}"
timeout = "{timeout}"
retries = {retries}
setup = ["OUTP ON"]
close = ["OUTP OFF"]
[drive]
command = "DATA"
low = -4.0
high = 4.0
block = {block}
rest = 0.0
[reading]
query = "FETC?"
low = -1e-3
high = 2e-3
unit = "V"
[measure]
points = 41
repeats = 2
"""


def write_plan(
    folder: Path, bench: SimulatedBench, *, timeout: str = "5s", retries: int = 2, block: int = 4096, text: str = BLOCKS
) -> Path:
    """A plan of the bench, in a file."""
    path = folder / "bench.toml"
    path.write_text(text.format(resource=bench.resource, timeout=timeout, retries=retries, block=block))
    return path
