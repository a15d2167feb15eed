"""What is warned of once all candidates are evaluated."""

from physdfa.data import load_dataset
from physdfa.workflow.candidates.finish import records_warnings
from tests.workflow.candidates.made import make_record
from tests.workflow.tiny import SWEEP, make_config


def test_candidates_that_learned_nothing_or_failed_are_warned_of():
    config, dataset = make_config(more=SWEEP, kind="sweep"), load_dataset("digits")

    def told(*accuracies):
        records = [make_record(str(index), accuracy) for index, accuracy in enumerate(accuracies)]
        return records_warnings(records, config, dataset, "sweep")

    assert told(0.5, 0.1, None) == []
    (chance,) = told(0.1, 0.12)
    assert "none of the 2 candidates is better than chance: the best has 12 % on 239 validation samples" in chance
    (failed,) = told(0.5, None, None)
    assert failed.startswith("2 of the 3 candidates failed")
