"""What a worker is: it gets chunks of trainings as bytes, and keeps data, evaluators and compiled programs."""

import hashlib
import importlib
import os
import pickle
import sys
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path
from typing import Any, NamedTuple

from physdfa.errors import InputError


class Done(NamedTuple):
    """A chunk that was trained: its records, and how many trainings times epochs that was."""

    records: Sequence[Any]
    advanced: int


class Worker:
    """Trains chunks in a process of its own.

    Nothing that computes is imported before the process knows how many threads it may use.

    **Arguments:**

    - `threads`: of the processor that it may use.
    - `code`: hash of the package that sends the chunks.

    **Raises:** `RuntimeError` for another version of physdfa here.
    """

    def __init__(self, threads: int, code: str):
        os.environ["NPROC"] = str(threads)
        from threadpoolctl import threadpool_limits

        from physdfa.store.environment import running_code

        threadpool_limits(threads)
        if running_code() != code:
            raise RuntimeError("its physdfa is another one than that of the command; install the same on all machines")
        folder = tempfile.mkdtemp(prefix="physdfa-modules-")
        sys.path.insert(0, folder)
        self._modules = Path(folder)
        self._advanced = 0
        self._samples: dict[str, Any] = {}
        self._evaluators: dict[str, Any] = {}
        self._trainers: dict[int, Any] = {}

    def ready(self) -> bool:
        """Answer that the worker has started."""
        return True

    def train(
        self, modules: Mapping[str, bytes], samples: Any, samples_name: str, settings: bytes, order: bytes
    ) -> Done:
        """The records of a chunk.

        **Arguments:**

        - `modules`: source files of the user's own parts, by name.
        - `samples`: `packed_samples`, as the store of this machine holds them; `samples_name`: the same for the same.
        - `settings`: `Evaluator.settings`, pickled. `order`: `Evaluator.order` of the chunk, pickled.
        """
        from physdfa.training import Trainer
        from physdfa.workflow.candidates.evaluator import Evaluator

        here, wanted = self._here(samples, samples_name), self._read(modules, order)
        name = hashlib.sha256(settings).hexdigest() + f"/{wanted.members}"
        if name not in self._evaluators:
            trainer = self._trainers.setdefault(wanted.members, Trainer(wanted.members))
            own = {"samples": here, "largest_batch": 1, "trainer": trainer, "on_epoch": self._count}
            self._evaluators[name] = Evaluator(**own, **self._read(modules, settings))
        self._advanced = 0
        return Done(self._evaluators[name].fulfil(wanted), self._advanced)

    def run(self, modules: Mapping[str, bytes], samples: Any, samples_name: str, task: bytes) -> Any:
        """What comes of a task; arguments as of `train`."""
        return self._read(modules, task).run(self._here(samples, samples_name))

    def _here(self, samples: Any, name: str) -> Any:
        """The samples in this process; those of now only, as evaluators keep theirs."""
        if name not in self._samples:
            self._evaluators.clear()
            self._samples = {name: unpacked_samples(samples)}
        return self._samples[name]

    def _read(self, modules: Mapping[str, bytes], pickled: bytes) -> Any:
        for file, source in modules.items():
            if not (self._modules / Path(file).name).exists():
                (self._modules / Path(file).name).write_bytes(source)
                importlib.invalidate_caches()
        try:
            return pickle.loads(pickled)
        except ModuleNotFoundError as error:
            raise InputError(
                f"--ray: a worker cannot import '{error.name}'. A module that the config names is sent there, what it "
                "imports is not: make it importable where the workers start, by PYTHONPATH or pip."
            ) from None

    def _count(self, trainings: int) -> None:
        self._advanced += trainings


def packed_samples(samples: Any) -> Any:
    """Samples as plain arrays, which processes of one machine can share."""
    import jax
    import numpy as np

    return samples.dataset, jax.tree.map(np.asarray, (samples.train, samples.test))


def unpacked_samples(packed: Any) -> Any:
    """Samples of which `packed_samples` has made this."""
    import jax
    import jax.numpy as jnp

    from physdfa.build import Samples

    dataset, (train, test) = packed
    return Samples(dataset=dataset, train=jax.tree.map(jnp.asarray, train), test=jax.tree.map(jnp.asarray, test))
