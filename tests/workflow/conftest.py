"""One tiny trained run of two seeds that the tests of this folder read."""

import pytest

from physdfa.store import RunFolder
from physdfa.workflow.train import train
from tests.workflow.tiny import make_config


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """`physdfa train tiny.toml --seeds 2`; tests read it and write nothing into it."""
    return train(
        make_config(kind="train"), out_dir=tmp_path_factory.mktemp("trained"), num_seeds=2, command_line=["physdfa"]
    )
