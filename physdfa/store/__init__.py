"""Run folders, hashed logs and checkpoints: the only room that writes under results/; it knows files, not networks.

Tables are in modules of their own, since they import pandas: `store.evaluations`, `store.catalogue`, `store.verify`.
"""

from physdfa.store.checkpoint import load_tree, save_tree
from physdfa.store.files import write_atomic
from physdfa.store.metrics import MetricsLog, read_metrics
from physdfa.store.run_folder import INPUTS, RunFolder, create_run, experiment_name_problem, open_run

__all__ = [
    "INPUTS",
    "MetricsLog",
    "RunFolder",
    "create_run",
    "experiment_name_problem",
    "load_tree",
    "open_run",
    "read_metrics",
    "save_tree",
    "write_atomic",
]
