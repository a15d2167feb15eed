"""One range that is found once for all who only look at it."""

from typing import Any

import pytest

from physdfa.store import RunFolder
from physdfa.workflow.range.find import find_range
from tests.workflow.range.finished_runs import NINETY, make_run


@pytest.fixture(scope="session")
def ranged(tmp_path_factory: pytest.TempPathFactory) -> tuple[RunFolder, dict[str, Any]]:
    """The run of a disc and its range at 90 %; who changes them takes a copy."""
    return find_range(make_run(tmp_path_factory.mktemp("ranged")).path, NINETY)
