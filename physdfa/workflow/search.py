"""`search`: the genes of `[search]` -> evaluated candidates -> the best one, trained in full -> a run folder."""

import dataclasses
from collections.abc import Callable, Sequence
from pathlib import Path

from ga_search.evolution import Method, genetic
from ga_search.genome import GenomeSpace
from ga_search.methods import cma_es, cma_population, nsga2, random_search, sobol_search
from ga_search.operators import Breeding
from ga_search.search import GenerationSummary, Search
from ga_search.steady import SteadySearch
from physdfa.build import Samples
from physdfa.config import ExperimentConfig, SearchSection, rule_of, with_values
from physdfa.errors import InputError
from physdfa.store import RunFolder
from physdfa.training import Trainer
from physdfa.workflow.candidates.archive import Archive
from physdfa.workflow.candidates.box import gene_of, refusals_told
from physdfa.workflow.candidates.evaluator import MOST_MEMBERS, MOST_WAITING, Evaluator
from physdfa.workflow.candidates.finish import (
    archive_summary,
    finish,
    records_warnings,
    refuse_if_all_failed,
    search_summary,
)
from physdfa.workflow.candidates.goals import Goals, Tally, by_candidate, goals_of, median_record
from physdfa.workflow.candidates.records import Evaluate, EvaluationRecord
from physdfa.workflow.candidates.references import compare_references, num_reference_trainings
from physdfa.workflow.candidates.run import Held, memory_bytes, most_per_chunk, run_candidates
from physdfa.workflow.cautions import Cautions
from physdfa.workflow.progress import NO_PROGRESS, Progress
from physdfa.workflow.steady import SteadyEvaluation


@refusals_told()
def search_space(config: ExperimentConfig) -> GenomeSpace:
    """The box that the genes of `[search.genes]` span.

    **Raises:** `InputError` without `[search]`, or for a gene that cannot be varied.
    """
    if config.search is None:
        raise InputError("search: is missing. A search needs a table [search.genes] with the range of each gene.")
    return GenomeSpace([gene_of(config, key, entry) for key, entry in config.search.genes.items()])


def num_evaluations(section: SearchSection) -> int:
    """The candidates that a search may evaluate, whatever its method: those of the genetic one.

    population + (generations - 1) (population - elites), without elites where there are several objectives
    """
    elites = section.elites if len(section.objectives) == 1 else 0
    return section.population + (section.generations - 1) * (section.population - elites)


def batch_size(section: SearchSection) -> int:
    """Most candidates that are evaluated at once: CMA-ES asks for as many as its theory says, the others for all."""
    if section.method == "cma_es":
        return min(cma_population(len(section.genes)), num_evaluations(section))
    return section.population


@refusals_told()
def search_method(section: SearchSection, space: GenomeSpace, seed: int) -> Method:
    """The method that proposes the candidates.

    **Raises:** `InputError` if it cannot do what is asked; `MissingExtraError` if its package is not installed.
    """
    breeding = breeding_of(section)
    size = {"population": section.population, "generations": section.generations}
    if section.method == "genetic":
        if len(section.objectives) > 1:
            return nsga2(space, **size, seed=seed, breeding=breeding)
        return genetic(space, **size, seed=seed, elites=section.elites, breeding=breeding)
    budget = num_evaluations(section)
    if section.method == "cma_es":
        return cma_es(space, budget, seed=seed)
    design = random_search if section.method == "random" else sobol_search
    return design(space, budget, batch=section.population, seed=seed)


def breeding_of(section: SearchSection) -> Breeding:
    """How children are made."""
    return Breeding(
        crossover_probability=section.crossover_probability,
        mutation_probability=section.mutation_probability,
        eta_crossover=section.crossover_eta,
        eta_mutation=section.mutation_eta,
        tournament_size=section.tournament_size,
    )


@refusals_told()
def steady_search(section: SearchSection, space: GenomeSpace, seed: int) -> SteadySearch:
    """The search without generations, of as many evaluations."""
    size = {"budget": num_evaluations(section), "population": section.population}
    return SteadySearch(space, **size, seed=seed, breeding=breeding_of(section))


def search_size(config: ExperimentConfig) -> tuple[int, int, int]:
    """Most trainings of a search, references included, members of one program, epochs of each.

    Robustness trains each candidate twice; early stopping, which trains some for fewer epochs, is left out.
    """
    section = config.search
    assert section is not None, "read for a search"
    search_space(config)
    members = min(MOST_MEMBERS, batch_size(section) * section.seeds)
    num_trainings = num_evaluations(section) * section.seeds * (2 if section.robustness else 1)
    num_trainings += num_reference_trainings(config, "search")
    return num_trainings, members, section.epochs or config.training.epochs


def search_waiting(config: ExperimentConfig) -> int:
    """Trainings that a search has ready at a time: with early stopping all of a generation."""
    section = config.search
    assert section is not None, "read for a search"
    generation = batch_size(section) * section.seeds
    return generation if section.halving is not None else min(MOST_WAITING, generation)


def run_search(
    config: ExperimentConfig,
    *,
    out_dir: Path,
    data_dir: Path | None = None,
    command_line: Sequence[str] = (),
    progress: Progress = NO_PROGRESS,
    resumed: RunFolder | None = None,
) -> RunFolder:
    """Search the device (or any other parameter) by the method of `[search]` and write the run folder.

    **Arguments:**

    - `resumed`: the folder of a search of this config that was interrupted, to be finished there.
    """
    space, section = search_space(config), config.search
    assert section is not None, "the space comes from it"
    if section.steady:
        search = steady_search(section, space, config.experiment.seed)
    else:
        search = Search(space, search_method(section, space, config.experiment.seed))
    goals = goals_of(section)
    num_trainings, _, epochs = search_size(config)

    def body(run: RunFolder, samples: Samples, cautions: Cautions, archive: Archive) -> dict[str, object]:
        num_candidate_trainings = num_trainings - num_reference_trainings(config, "search")
        progress.begin("trainings x epochs", num_candidate_trainings * epochs)
        budget, at_a_time = memory_bytes(run, config, "search"), batch_size(section) * section.seeds
        evaluator = Evaluator(
            config,
            samples,
            kind="search",
            epochs=epochs,
            seeds=section.seeds,
            largest_batch=batch_size(section),
            trainer=Trainer(min(most_per_chunk(run, at_a_time), at_a_time)),
            halving=section.halving,
            robustness=section.robustness,
            memory_bytes=budget,
            on_epoch=progress.advance,
            archive=archive,
        )
        tally = Tally(archive.records, goals)
        logged = {line["generation"] for line in run.read_metrics().records if line["kind"] == "generation"}

        def on_generation(summary: GenerationSummary) -> None:
            if summary.generation not in logged:  # of a resumed search, the first line stays
                run.append_metric({"kind": "generation", **dataclasses.asdict(summary)})
            run.write_summary(archive_summary(tally, evaluator.trainer))
            progress.say(generation_words(summary))

        if isinstance(search, SteadySearch):
            steady = SteadyEvaluation(run, search, evaluator, archive, goals, section.population, on_generation)
            records = steady.run()
        else:
            records = evaluate_generations(search, archive.answering(evaluator, evaluator.seeds), goals, on_generation)
        refuse_if_all_failed(records)
        extra = search_summary(records, section, epochs)
        cautions.tell(records_warnings(records, config, samples.dataset, "search"))
        compared = compare_references(
            run,
            samples,
            config,
            search.best,
            records,
            kind="search",
            epochs=epochs,
            seeds=section.seeds,
            trainer=evaluator.trainer,
            memory_bytes=budget,
            progress=progress,
            archive=archive,
        )
        contestants = {"best device of the search": with_values(config, search.best.values)}
        first = median_record([record for record in records if record.generation == 0])
        if section.compare and first is not None:
            contestants["median of the first generation"] = with_values(config, first.values)
        if section.compare and rule_of(config).learns_hidden:
            shared = {
                key: value for key, value in search.best.values.items() if not key.startswith(("device.", "rule."))
            }
            contestants["readout_only"] = with_values(config, {**shared, "rule.name": "readout_only"})
        end = finish(
            run,
            samples,
            config,
            contestants,
            search.best.values,
            tally,
            evaluator.trainer,
            section.final_seeds,
            progress,
            cautions,
        )
        return {**end, **extra, **compared}

    held = Held(num_trainings, search_waiting(config), "search.population")
    return run_candidates("search", config, held, out_dir, data_dir, command_line, progress, body, resumed)


def evaluate_generations(
    search: Search, evaluate: Evaluate, goals: Goals, on_generation: Callable[[GenerationSummary], object]
) -> list[EvaluationRecord]:
    """The records of all candidates that a search asks for, generation by generation."""
    records: list[EvaluationRecord] = []
    while not search.is_done:
        candidates = search.ask()
        found = evaluate(candidates) if candidates else []
        groups = by_candidate(found)
        records += found
        summary = search.tell(candidates, [goals.standing(groups[one.id]) for one in candidates])
        num_failed = sum(any(one.status == "failed" for one in group) for group in groups.values())
        on_generation(dataclasses.replace(summary, num_failed=num_failed))
    return records


def generation_words(summary: GenerationSummary) -> str:
    """A line about a generation for the terminal."""
    return (
        f"generation {summary.generation}: best {100 * summary.best_so_far:.2f} %, "
        f"median {100 * summary.median:.2f} %, {summary.num_failed} failed (validation)"
    )
