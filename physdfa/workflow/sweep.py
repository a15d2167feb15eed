"""`sweep`: the design of `[sweep]` -> evaluated points -> the best one, trained in full -> a run folder."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

from ga_search.designs import grid, latin_hypercube, morris, one_at_a_time, random_design, saltelli, sobol
from ga_search.evolution import Candidate
from ga_search.genome import GenomeSpace, candidate_id
from physdfa.build import Samples
from physdfa.config import ExperimentConfig, SweepSection, value_at, with_values
from physdfa.config.shard import shard_of
from physdfa.errors import InputError
from physdfa.store import RunFolder
from physdfa.training import Trainer
from physdfa.training.free_memory import free_host_bytes
from physdfa.workflow.candidates.additions import Additions, read_additions, write_additions
from physdfa.workflow.candidates.archive import Archive
from physdfa.workflow.candidates.box import gene_of, listed_values, refusals_told
from physdfa.workflow.candidates.evaluator import MOST_MEMBERS, MOST_WAITING, Evaluator
from physdfa.workflow.candidates.finish import archive_summary, finish, records_warnings, refuse_if_all_failed
from physdfa.workflow.candidates.goals import Tally
from physdfa.workflow.candidates.references import compare_references, num_reference_trainings
from physdfa.workflow.candidates.run import Held, memory_bytes, most_per_chunk, run_candidates
from physdfa.workflow.cautions import Cautions
from physdfa.workflow.memory import RECORD_BYTES, gigabytes
from physdfa.workflow.progress import NO_PROGRESS, Progress
from physdfa.workflow.where.place import current_place

SWEEP_BATCH = 24
"""Points of a sweep per program, and between two writings of the archive."""


def sweep_points(config: ExperimentConfig) -> list[dict[str, Any]]:
    """The points of `[sweep]`, each once: a grid, or so many samples of a random, Sobol or Latin hypercube design.

    A parameter with a single value is the same in all of them. Fewer points than asked for come out where whole numbers
    or choices coincide. Of a sweep in parts, those of the config's part.

    **Raises:** `InputError` without `[sweep]`, or for a parameter that cannot be varied.
    """
    complete, shard = _whole_design(config), shard_of(config.experiment.shard)
    return complete if shard is None else list(shard.of(complete))


def _whole_design(config: ExperimentConfig) -> list[dict[str, Any]]:
    return list({candidate_id(point): point for point in design_points(config)}.values())


@refusals_told()
def design_points(config: ExperimentConfig) -> list[dict[str, Any]]:
    """The points of `[sweep]` in the order of its design, equal ones as often as they stand in it.

    **Raises:** as `sweep_points`.
    """
    section = config.sweep
    if section is None:
        raise InputError(
            "sweep: is missing. A sweep needs a table [sweep.parameters] with the range of each parameter."
        )
    single = {key: listed[0] for key, entry in section.parameters.items() if len(listed := listed_values(entry)) == 1}
    genes = [gene_of(config, key, entry) for key, entry in section.parameters.items() if key not in single]
    points = _design(config, section, GenomeSpace(genes)) if genes else [{}]
    return [{key: (single | point)[key] for key in section.parameters} for point in points]


def _design(config: ExperimentConfig, section: SweepSection, space: GenomeSpace) -> list[dict[str, Any]]:
    seed = config.experiment.seed
    num = {key: entry.num for key, entry in section.parameters.items() if entry.num is not None}
    _check_number_of_points(section, space, num)
    if section.method == "grid":
        return grid(space, num)
    if section.method == "one_at_a_time":
        return one_at_a_time(space, num, {key: value_at(config, key) for key in space.keys})
    if section.num_samples is None:
        raise InputError(f"sweep.num_samples: is missing; the design '{section.method}' needs a number of points.")
    designs = {
        "random": random_design,
        "sobol": sobol,
        "latin_hypercube": latin_hypercube,
        "morris": morris,
        "sobol_indices": saltelli,
    }
    return designs[section.method](space, section.num_samples, seed=seed)


def _check_number_of_points(section: SweepSection, space: GenomeSpace, num: Mapping[str, int]) -> None:
    """Refuse more points than memory has room for the records of, before they are written down."""
    if section.method == "grid":
        points = math.prod(len(getattr(gene, "choices", ())) or num.get(gene.key, 1) for gene in space.genes)
    else:
        points = (section.num_samples or 0) * (
            len(space.genes) + 2 if section.method in ("morris", "sobol_indices") else 1
        )
    needed, free = points * RECORD_BYTES, free_host_bytes()
    if needed > free:
        raise InputError(
            f"sweep: its design has {points:,} points, whose records would hold about {gigabytes(needed)}, and "
            f"{gigabytes(free)} are free; lower sweep.num_samples, or the `num` of its parameters."
        )


def sweep_size(config: ExperimentConfig) -> tuple[int, int, int]:
    """Trainings of a sweep, references included, members of one program, epochs of each."""
    section = config.sweep
    assert section is not None, "read for a sweep"
    points = len(sweep_points(config))
    members = min(MOST_MEMBERS, SWEEP_BATCH * section.seeds, points * section.seeds)
    num_trainings = points * section.seeds + num_reference_trainings(config, "sweep")
    return num_trainings, members, section.epochs or config.training.epochs


def sweep_waiting(config: ExperimentConfig) -> int:
    """Trainings that a sweep has ready at a time."""
    assert config.sweep is not None, "read for a sweep"
    return min(MOST_WAITING, SWEEP_BATCH * config.sweep.seeds)


More = Callable[[RunFolder, Additions], Additions | None]
"""Given the run as it stands and what was added so far: that and what is to be added next, or None for enough."""


def run_sweep(
    config: ExperimentConfig,
    *,
    out_dir: Path,
    data_dir: Path | None = None,
    command_line: Sequence[str] = (),
    progress: Progress = NO_PROGRESS,
    resumed: RunFolder | None = None,
    more: More = lambda run, added: None,
    known: Mapping[str, object] | None = None,
) -> RunFolder:
    """Evaluate the points of `[sweep]` and write the run folder; `resumed` as in `run_search`.

    **Arguments:**

    - `more`: asked after the design, and again after each addition.
    - `known`: what the summary says from the first.
    """
    points, section = sweep_points(config), config.sweep
    assert section is not None, "the points come from it"
    epochs = section.epochs or config.training.epochs
    largest_batch = min(SWEEP_BATCH, len(_whole_design(config)))  # a part has the programs of the whole

    def body(run: RunFolder, samples: Samples, cautions: Cautions, archive: Archive) -> dict[str, object]:
        added = read_additions(run)
        memory = memory_bytes(run, config, "sweep")
        chunk = most_per_chunk(run, largest_batch * section.seeds)

        def evaluator_of(seeds: int, skipped: int) -> Evaluator:
            return Evaluator(
                config,
                samples,
                kind="sweep",
                epochs=epochs,
                seeds=seeds,
                first_seed=config.experiment.seed + skipped,
                largest_batch=largest_batch,
                trainer=Trainer(min(chunk, largest_batch * seeds)),
                memory_bytes=memory,
                on_epoch=progress.advance,
                archive=archive,
            )

        evaluation = PointEvaluation(run, archive, section.seeds, evaluator_of, epochs, progress)
        while True:
            evaluation.evaluate(candidates_of(points, added), section.seeds + added.seeds)
            if (wanted := more(run, added)) is None:
                break
            added = wanted
            write_additions(run, added)
        records = archive.records
        if config.experiment.shard:  # the best of all parts is chosen by `physdfa merge`
            return archive_summary(evaluation.tally, evaluation.trainer)
        refuse_if_all_failed(records)
        best = evaluation.tally.best
        cautions.tell(records_warnings(records, config, samples.dataset, "sweep"))
        compared = compare_references(
            run,
            samples,
            config,
            Candidate(best.candidate, best.values, best.generation),
            records,
            kind="sweep",
            epochs=epochs,
            seeds=section.seeds + added.seeds,
            trainer=evaluation.trainer,
            memory_bytes=memory,
            progress=progress,
            archive=archive,
        )
        contestants = {"best point of the sweep": with_values(config, best.values)}
        end = finish(
            run,
            samples,
            config,
            contestants,
            best.values,
            evaluation.tally,
            evaluation.trainer,
            section.seeds,
            progress,
            cautions,
        )
        return {**end, **compared}

    held = Held(len(points) * section.seeds, sweep_waiting(config), "the number of points")
    return run_candidates("sweep", config, held, out_dir, data_dir, command_line, progress, body, resumed, known)


class PointEvaluation:
    """The evaluation of points that grow in number, and in seeds; what is known is not evaluated again.

    - `tally`: of the records so far.

    **Arguments:**

    - `seeds`: of each point at first; `evaluator_of`: given how many, and how many seeds come before them.
    """

    def __init__(
        self,
        run: RunFolder,
        archive: Archive,
        seeds: int,
        evaluator_of: Callable[[int, int], Evaluator],
        epochs: int,
        progress: Progress,
    ):
        self._run, self._archive, self._epochs, self._progress = run, archive, epochs, progress
        self._evaluator_of = evaluator_of
        self._evaluators = {0: evaluator_of(seeds, 0)}
        self._known: set[tuple[str, int]] = set()
        self._seeds = seeds
        self.tally = Tally(archive.records)

    @property
    def trainer(self) -> Trainer:
        """That of the first seeds."""
        return self._evaluators[0].trainer

    def evaluate(self, candidates: Sequence[Candidate], seeds: int) -> None:
        """Train every point under every seed under which it was not trained yet."""
        if seeds > self._seeds:
            self._evaluators[self._seeds] = self._evaluator_of(seeds - self._seeds, self._seeds)
            self._seeds = seeds
        missing = {(one.id, skipped) for one in candidates for skipped in self._evaluators} - self._known
        trainings = sum(len(self._evaluators[skipped].seeds) for _, skipped in missing)
        self._progress.begin("trainings x epochs", trainings * self._epochs)
        names = {name for name, _ in missing}
        rest = [one for one in candidates if one.id in names]
        whole = {one.id for one in candidates} - names
        best = max((self.tally.standings[name].fitness for name in whole), default=-math.inf)
        batch = SWEEP_BATCH * current_place().num_workers
        for start in range(0, len(rest), batch):
            chunk = rest[start : start + batch]
            for skipped, evaluator in self._evaluators.items():
                asked = [one for one in chunk if (one.id, skipped) in missing]
                if asked:
                    self._archive.answering(evaluator, evaluator.seeds)(asked)
            self._run.write_summary(archive_summary(self.tally, self.trainer))
            best = max(best, *(self.tally.standings[one.id].fitness for one in chunk))
            done = min(start + batch, len(rest))
            self._progress.say(f"{done} of {len(rest)} points: best {100 * best:.2f} % (validation)")
        self._known |= missing


def candidates_of(points: Sequence[Mapping[str, Any]], added: Additions) -> list[Candidate]:
    """The points of a design, which is generation 0, and those of each batch, each point once."""
    found: dict[str, Candidate] = {}
    for generation, batch in enumerate([points, *(batch.points for batch in added.batches)]):
        for values in batch:
            name = candidate_id(values)
            found.setdefault(name, Candidate(name, values, generation))
    return list(found.values())
