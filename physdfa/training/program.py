"""Programs compiled ahead of time: how often, how long, and with how much memory is known before they run.

What is compiled belongs to the process: whoever asks later for the same program gets it at once.
"""

import time
from collections import OrderedDict
from collections.abc import Callable, Hashable, Mapping
from typing import Any

import jax
from jax.stages import Compiled

CPU_OPTIONS = {"xla_cpu_prefer_vector_width": 512}
"""Compiler options on a CPU. XLA uses vectors of 256 bits unless told; where there are none of 512, it stays so. The
training step of 784-800-10 takes 0.77 of its time (aDFA with sin², T = 25), that of SFDFA 0.85."""

RUN_ONCE = {"xla_backend_optimization_level": 1}
"""Added to them for a program that runs once: it compiles in 0.4 of the time, and runs as long."""


MOST_KEPT = 48
"""Compiled programs that the process keeps for whoever asks next, the last used ones. A training has about four."""

_kept: OrderedDict[Hashable, Compiled] = OrderedDict()


def forget_programs() -> None:
    """Keep none of the programs compiled so far; whoever holds one goes on with it."""
    _kept.clear()


class Program:
    """A function compiled once per structure and shape of its arguments.

    **Arguments:**

    - `function`: pure, of pytrees.
    - `donate`: positions of the arguments whose memory the outputs may take over.
    - `shardings`: `in_shardings` and `out_shardings` of `jax.jit`; without them it runs on one device.
    - `runs_once`: whether to compile fast counts for more than to run fast.
    - `shared_as`: what programs have in common that may take over from each other what they compiled: all that makes
      the function what it is. None for a program of its own.

    `num_compilations`, `compile_time_s` and `peak_bytes` (arguments, outputs and temporaries of the largest) are kept;
    what was taken over was not compiled.
    """

    def __init__(
        self,
        function: Callable[..., Any],
        donate: tuple[int, ...] = (),
        shardings: Mapping[str, Any] | None = None,
        *,
        runs_once: bool = False,
        shared_as: Hashable = None,
    ):
        options = CPU_OPTIONS | (RUN_ONCE if runs_once else {}) if jax.default_backend() == "cpu" else None
        self._shared_as = None if shared_as is None else (shared_as, donate, runs_once)
        self._function = function
        self._jitted = jax.jit(function, donate_argnums=donate, compiler_options=options, **(shardings or {}))
        self._compiled: dict[Any, Compiled] = {}
        self.num_compilations = 0
        self.compile_time_s = 0.0
        self.peak_bytes = 0

    def prepare(self, *arguments: Any) -> Compiled:
        """The compiled program for arguments, or abstract arguments, of this structure."""
        leaves, structure = jax.tree.flatten(arguments)
        shapes, numbers = tuple((leaf.shape, leaf.dtype) for leaf in leaves), jax.dtypes.canonicalize_dtype(float)
        products = jax.config.jax_default_matmul_precision  # pyright: ignore[reportAttributeAccessIssue]
        signature = (structure, shapes, numbers, products)
        if signature not in self._compiled:
            compiled = self._kept_or_compiled((self._shared_as, signature), arguments)
            self.peak_bytes = max(self.peak_bytes, held_bytes(compiled))
            self._compiled[signature] = compiled  # a program that is in use is not forgotten
        return self._compiled[signature]

    def _kept_or_compiled(self, key: Hashable, arguments: tuple[Any, ...]) -> Compiled:
        compiled = _kept.pop(key, None)
        if compiled is None:
            start = time.perf_counter()
            with jax.disable_jit(False):
                compiled = self._jitted.lower(*arguments).compile()
            self.compile_time_s += time.perf_counter() - start
            self.num_compilations += 1
        if self._shared_as is not None:
            _kept[key] = compiled  # last, as the one used last
            if len(_kept) > MOST_KEPT:
                _kept.popitem(last=False)
        return compiled

    def shapes(self, *arguments: Any) -> Any:
        """The outputs as shapes and types, nothing computed."""
        with jax.disable_jit(False):
            return jax.eval_shape(self._jitted, *arguments)

    def __call__(self, *arguments: Any) -> Any:
        """Run it, compiling first where this structure is new; under `JAX_DISABLE_JIT` step by step, uncompiled."""
        if jax.config.jax_disable_jit:  # pyright: ignore[reportAttributeAccessIssue]  (JAX adds it at run time)
            return self._function(*arguments)
        return self.prepare(*arguments)(*arguments)


def held_bytes(compiled: Compiled) -> int:
    """Bytes the program holds while it runs, on each of its devices."""
    analysis = compiled.memory_analysis()
    if analysis is None:
        return 0
    held = analysis.argument_size_in_bytes + analysis.output_size_in_bytes + analysis.temp_size_in_bytes
    return int(held - analysis.alias_size_in_bytes)
