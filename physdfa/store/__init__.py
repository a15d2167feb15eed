"""Run folders, hashed logs and checkpoints: the only room that writes under results/; it knows files, not networks.

Tables are in modules of their own, since they import pandas: `store.evaluations`, `store.catalogue`, `store.verify`.
"""

from physdfa.store.files import write_atomic, write_output
from physdfa.store.known_runs import open_run
from physdfa.store.new_run import create_run
from physdfa.store.run_folder import INPUTS, RunFolder

__all__ = ["INPUTS", "RunFolder", "create_run", "open_run", "write_atomic", "write_output"]
