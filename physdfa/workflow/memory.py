"""What a run will hold, told before it starts, and compared with what is free.

A rough count from the sizes in the config comes first: it costs nothing, whatever is asked for. Where it comes near to
what is free, the compiler tells exactly what the largest program holds.
"""

from collections.abc import Sequence

import jax

from physdfa.build import Samples, build_trial, split_rows, training_key
from physdfa.config import ExperimentConfig, Kind
from physdfa.errors import InputError
from physdfa.training import OPTIMIZERS, Trainer, Trial
from physdfa.training.free_memory import free_bytes, free_host_bytes, resident_bytes, shares_memory
from physdfa.training.spread import members_beside, num_activities, num_parameters
from physdfa.workflow.summary import peak_memory_bytes

COMPILED_MEMBERS = 64
"""Members, per device, for which a program is compiled to learn what it holds; of more, it is scaled."""

MOST_COMPILED_BYTES = 1 << 46
"""70 TB: what is larger than that is counted, not compiled."""

COMPILING_BYTES = 200_000_000
"""What the compiler and its programs hold: measured 0.12 GB with all programs in the cache to 0.31 GB with none."""

JOB_BYTES = 105_000
"""What one candidate holds while it waits to be trained, measured: its config, and its trial of many small arrays."""

RECORD_BYTES = 2_500
"""What the record of one evaluated candidate holds, measured: 0.9 kB, and as much in each of two copies as a table."""

FILE_COPIES = 1.5
"""What writing a checkpoint holds beside its arrays, over those, measured 1.2 to 1.5: the file, and a part of it."""

NEAR = 0.25
"""Share of the free memory from which on the compiler is asked: the rough count is good to a factor of two or three."""


def rough_program_bytes(config: ExperimentConfig, samples: Samples, trial: Trial, members: int) -> int:
    """Bytes of the program of an epoch of `members`, counted from its sizes. Good to a factor of two or three.

    Members side by side are trained in place; of others, G at a time, the new states lie beside the old ones:

        side by side   4 M [ (1 + s) P + n + 2 P + a ] + data
        in groups      4 [ M (2 (1 + s) P + n) + G (4 P + a) ] + data

    M members with P parameters, s P numbers of the optimiser, and n rows of samples; the rest are gradients, new values
    and a activities.
    """
    parameters, rows = num_parameters(trial), len(samples.dataset.train_labels)
    activities, state = num_activities(trial), _state_size(config) * parameters
    beside = members_beside(trial, members)
    if beside is None:
        numbers = members * (state + rows + 2 * parameters + activities)
    else:
        numbers = members * (2 * state + rows) + beside * (4 * parameters + activities)
    return 4 * numbers + data_bytes(samples)


def _state_size(config: ExperimentConfig) -> int:
    """Arrays of the size of the parameters that a training keeps: the parameters, and what its optimiser adds."""
    training = config.training
    return 1 + OPTIMIZERS.find(training.optimizer).slots + (training.average is not None)


def program_bytes(
    config: ExperimentConfig, samples: Samples, trial: Trial, *, kind: Kind, members: int, trainer: Trainer
) -> int:
    """What the program of an epoch of `members` holds, data included: exact for up to 64, and scaled for more.

    More than 64 hold what these do, times what the rough count says of all over what it says of these; the data are
    there once. Where they train in groups and 64 do not, this is good to a factor of two.

    **Arguments:**

    - `trainer`: for `members`; what is compiled counts as its.
    """
    rough = rough_program_bytes(config, samples, trial, members)
    if rough_program_bytes(config, samples, trial, 1) > MOST_COMPILED_BYTES:
        return rough
    compiled = min(members, COMPILED_MEMBERS * trainer.num_devices)
    single = split_rows(config, kind, samples.dataset, 1)
    held = trainer.memory([trial], [training_key(0)], samples.train, single, places=compiled)
    if compiled == members:
        return held
    data, of_compiled = data_bytes(samples), rough_program_bytes(config, samples, trial, compiled)
    return data + max(held - data, 0) * (rough - data) // (of_compiled - data)


def check_countable(config: ExperimentConfig, samples: Samples, trial: Trial) -> None:
    """Refuse a network that is too large even to be compiled.

    **Raises:** `InputError` with what it would hold.
    """
    rough = rough_program_bytes(config, samples, trial, 1)
    if rough > MOST_COMPILED_BYTES:
        raise InputError(too_little(rough, free_bytes(), ()))


def data_bytes(samples: Samples) -> int:
    """Bytes of the samples and labels that a program is given to train on."""
    return sum(leaf.nbytes for leaf in jax.tree.leaves(samples.train))


def held_by_process() -> int:
    """What this process holds now; where the system does not tell, the most it ever held."""
    return resident_bytes() or peak_memory_bytes()


def process_bytes(program: int, samples: Samples, beside: int, resident: int) -> int:
    """What this process will hold at most: what is `resident` now, compiling, the program, and what lies `beside`.

    The data are in memory by now, and not counted twice; the memory of accelerators is not the process's.
    """
    own = max(program - data_bytes(samples), 0) if shares_memory() else 0
    return resident + COMPILING_BYTES + own + beside


def waiting_bytes(config: ExperimentConfig, kind: Kind, trial: Trial, *, num_trainings: int, waiting: int) -> int:
    """What a sweep or search holds beside its program: records of all trainings, and the candidates that wait.

    In the end nothing waits, and the last trainings are kept.

    **Arguments:**

    - `waiting`: candidates, times seeds, that are ready at a time; with early stopping each keeps what it has learned.
    """
    keeps_states = kind == "search" and config.search is not None and config.search.halving is not None
    parameters = num_parameters(trial)
    states = 4 * _state_size(config) * parameters if keeps_states else 0
    last = config.search.final_seeds if kind == "search" and config.search is not None else 1
    return num_trainings * RECORD_BYTES + max(waiting * (JOB_BYTES + states), kept_bytes(config, trial, last))


def kept_bytes(config: ExperimentConfig, trial: Trial, members: int) -> int:
    """What the host holds while a checkpoint of `members` is written.

    That is the file, of an accelerator also the states that are brought here, and the best networks in validation.
    """
    state, best = _state_size(config), 1 if config.training.keep_best else 0
    brought = 0 if shares_memory() else state
    return round(4 * members * num_parameters(trial) * (FILE_COPIES * (state + best) + brought + best))


def check_memory(
    config: ExperimentConfig,
    samples: Samples,
    *,
    kind: Kind,
    members: int,
    beside: int = 0,
    ways_out: Sequence[str],
) -> None:
    """Refuse a run that would hold more than is free, before anything of it exists.

    **Arguments:**

    - `members`: that share a program. `beside`: of a sweep or search, as `waiting_bytes`.
    - `ways_out`: what may be lowered, beside what every training has.

    **Raises:** `InputError` with what is needed, what there is, and what to lower.
    """
    trial = build_trial(config, samples.dataset, config.experiment.seed)
    program = rough_program_bytes(config, samples, trial, members)
    beside += kept_bytes(config, trial, members) if kind == "train" else 0
    free, resident = free_bytes(), held_by_process()
    if program + beside <= NEAR * free:
        return
    if program <= free / NEAR:
        program = program_bytes(config, samples, trial, kind=kind, members=members, trainer=Trainer(members))
    if not shares_memory() and program > free:
        raise InputError(too_little(program, free, ways_out))
    needed, there = process_bytes(program, samples, beside, resident), resident + free_host_bytes()
    if needed > there:
        raise InputError(too_little(needed, there, ways_out))


def too_little(needed: int, there: int, ways_out: Sequence[str]) -> str:
    """The sentence on a run that does not fit."""
    lower = ", ".join([*ways_out, "network.hidden", "training.batch_size"])
    return (
        f"this run would hold about {gigabytes(needed)}, and {gigabytes(there)} are there for it; "
        f"lower {lower} or data.train_size, or use a machine with more memory."
    )


def gigabytes(count: int) -> str:
    """Bytes in GB, of three digits."""
    return f"{count / 1e9:,.3g} GB" if count < 1e12 else f"{count / 1e9:,.0f} GB"
