"""The two sizes of everything: `full` as published, `smoke` in seconds on the embedded digits. The code is the same."""

from typing import Literal

Scale = Literal["smoke", "full"]
SCALES: tuple[Scale, ...] = ("smoke", "full")

SMOKE_SEEDS = 2
"""Two, so that there is a spread."""

SMOKE = ("data.name=digits", "data.train_size=480", "training.epochs=2", "training.batch_size=20")
SMOKE_DISCRETE = (*SMOKE, "network.num_steps=4")
SMOKE_EVENTS = (
    *SMOKE,
    *("data.encoding=latency", "events.window=0.1", "events.duration=0.2", "events.levels=10"),
    *("events.threshold=0.05", "events.output_threshold=0.1"),  # so that so few neurons fire
)
SMOKE_WIDTH = 24
