"""The box of a sweep or search: its ranges as genes. Refusals of the search package become our own errors."""

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from ga_search.errors import MissingPackageError, SearchError
from ga_search.genome import ChoiceGene, Gene
from physdfa.config import ExperimentConfig, GeneRange, SweepRange, find_key
from physdfa.errors import InputError, MissingExtraError


@contextmanager
def refusals_told() -> Iterator[None]:
    """Raise what the search package refuses as the errors that the command line tells without a traceback."""
    try:
        yield
    except MissingPackageError as error:
        raise MissingExtraError(error.package, "search") from None
    except SearchError as error:
        raise InputError(str(error)) from None


def gene_of(config: ExperimentConfig, key: str, entry: GeneRange | SweepRange) -> Gene | ChoiceGene:
    """The gene of a range in `[search.genes]` or `[sweep.parameters]`."""
    listed = listed_values(entry)
    if listed:
        return ChoiceGene(key, listed)
    assert entry.low is not None, "the config room refuses a range without its ends"
    assert entry.high is not None, "the config room refuses a range without its ends"
    declared = find_key(config, key)
    is_whole = declared is not None and declared.kind == "whole number"
    return Gene(key, entry.low, entry.high, entry.scale, is_whole or getattr(entry, "integer", False))


def listed_values(entry: GeneRange | SweepRange) -> Sequence[Any]:
    """The values that a range names one by one; empty where it has two ends."""
    return getattr(entry, "values", None) or entry.choices or ()
