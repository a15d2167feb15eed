"""Every entry by its name; a new one is a file under `entries/` and a line here."""

from physdfa.errors import InputError, unknown_name
from physdfa.workflow.reproduce.entries.adfa_mnist import ADFA_MNIST
from physdfa.workflow.reproduce.entries.convolution import CONVOLUTION
from physdfa.workflow.reproduce.entries.curves_studied import CURVES_STUDIED
from physdfa.workflow.reproduce.entries.early_scores import EARLY_SCORES
from physdfa.workflow.reproduce.entries.measured_mzm import MEASURED_MZM
from physdfa.workflow.reproduce.entries.network_features import NETWORK_FEATURES
from physdfa.workflow.reproduce.entries.random_nonlinearities import RANDOM_NONLINEARITIES
from physdfa.workflow.reproduce.entries.range_coverage import RANGE_COVERAGE
from physdfa.workflow.reproduce.entries.recurrence import RECURRENCE
from physdfa.workflow.reproduce.entries.regularised import REGULARISED
from physdfa.workflow.reproduce.entries.results import RESULTS
from physdfa.workflow.reproduce.entries.rules_compared import EVENT_RULES_COMPARED, RULES_COMPARED
from physdfa.workflow.reproduce.entries.rules_depth import RULES_DEPTH
from physdfa.workflow.reproduce.entries.search_methods import SEARCH_METHODS
from physdfa.workflow.reproduce.entries.sfdfa_alignment import SFDFA_ALIGNMENT
from physdfa.workflow.reproduce.entries.sfdfa_critical_points import SFDFA_CRITICAL_POINTS
from physdfa.workflow.reproduce.entries.sfdfa_table1 import SFDFA_TABLE1
from physdfa.workflow.reproduce.entries.small_sets import SMALL_SETS
from physdfa.workflow.reproduce.entries.sparse_dfa import SPARSE_DFA_MNIST
from physdfa.workflow.reproduce.entries.working_range import WORKING_RANGE
from physdfa.workflow.reproduce.entry import Entry

ENTRIES: dict[str, Entry] = {
    entry.name: entry
    for entry in (
        ADFA_MNIST,
        SFDFA_TABLE1,
        SFDFA_ALIGNMENT,
        SFDFA_CRITICAL_POINTS,
        RULES_COMPARED,
        EVENT_RULES_COMPARED,
        RULES_DEPTH,
        REGULARISED,
        CONVOLUTION,
        SPARSE_DFA_MNIST,
        SMALL_SETS,
        RECURRENCE,
        RESULTS,
        MEASURED_MZM,
        NETWORK_FEATURES,
        SEARCH_METHODS,
        WORKING_RANGE,
        RANGE_COVERAGE,
        EARLY_SCORES,
        RANDOM_NONLINEARITIES,
        CURVES_STUDIED,
    )
}


def find_entry(name: str) -> Entry:
    """The entry of this name.

    **Raises:** `InputError` with the nearest known name.
    """
    if name not in ENTRIES:
        raise InputError(unknown_name("published result", name, list(ENTRIES)))
    return ENTRIES[name]
