"""Equal programs of different tests are compiled once; and trainings that take no time."""

import pytest

from physdfa.workflow.reproduce import training
from tests.workflow.reproduce.small import instant_train


@pytest.fixture
def instant(monkeypatch):
    """Nothing is trained: accuracies are invented."""
    monkeypatch.setattr(training, "train", instant_train)
