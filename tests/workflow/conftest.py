"""One tiny trained run of two seeds that the tests of this folder read."""

import pytest

from physdfa.store import RunFolder
from physdfa.workflow.train import train
from tests.workflow.tiny import make_config, remembered_compilation


@pytest.fixture(autouse=True, scope="module")
def compiled_once():
    """Equal programs of different tests are compiled once."""
    with remembered_compilation():
        yield


@pytest.fixture(scope="session")
def trained(tmp_path_factory: pytest.TempPathFactory) -> RunFolder:
    """`physdfa train tiny.toml --seeds 2`; tests read it and write nothing into it."""
    with remembered_compilation():
        return train(
            make_config(kind="train"), out_dir=tmp_path_factory.mktemp("trained"), num_seeds=2, command_line=["physdfa"]
        )
