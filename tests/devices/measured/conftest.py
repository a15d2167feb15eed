import pytest


@pytest.fixture
def write(tmp_path):
    """`write(content, name)`: the path of a file with that content."""

    def write(content, name="sweep.csv"):
        path = tmp_path / name
        path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return path

    return write
