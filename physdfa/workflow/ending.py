"""However a run ends, its summary says so."""

import contextlib
import time
from collections.abc import Callable, Iterator, Mapping

from physdfa.devices.bench import BenchError, begin_bench_use, bench_failure
from physdfa.errors import RunFolderError
from physdfa.interrupt import in_parts
from physdfa.store import RunFolder
from physdfa.workflow.summary import interrupted_summary


@contextlib.contextmanager
def told_however_it_ends(
    run: RunFolder, *, earlier_s: float = 0.0, known: Callable[[float], Mapping[str, object]] = lambda wall_time_s: {}
) -> Iterator[None]:
    """Run the work on a run, and tell an error in the run's summary. Between its parts a signal may stop it.

    Where the summary cannot be written, as on a full disk, the error is still the first one: what a new folder says
    until then, that it was interrupted, is true.

    **Arguments:**

    - `earlier_s`: wall time of the run before it was resumed [s].
    - `known`: what else goes into the summary of a run that ends early, from its wall time [s].
    """
    started = time.perf_counter()
    begin_bench_use()
    with in_parts():
        try:
            yield
        except BaseException as error:
            told = _of_a_bench(run, error) or error
            wall_time_s = earlier_s + time.perf_counter() - started
            with contextlib.suppress(OSError, RunFolderError):
                run.write_summary({**known(wall_time_s), **interrupted_summary(told, wall_time_s)})
            raise told from (told.__cause__ if told is error else None)


def _of_a_bench(run: RunFolder, error: BaseException) -> BenchError | None:
    """The error of an instrument, in its own words where it broke a compiled program off; None for any other."""
    failure = bench_failure() or error
    if not isinstance(failure, BenchError):
        return None
    return BenchError(f"{failure} What was reached is kept; it goes on with: physdfa resume {run.path}")
