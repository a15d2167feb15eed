"""Compiled programs are kept in the user's cache folder, unless JAX was told otherwise."""

import json
import subprocess
import sys

import pytest

from physdfa.cli import compilation_cache
from physdfa.cli.compilation_cache import FOLDER, LEAST_SECONDS, SWITCH, keep_compiled_programs

COMPILE = (
    "import json, os\n"
    "from physdfa.cli.compilation_cache import keep_compiled_programs\n"
    "folder = keep_compiled_programs(os.environ)\n"
    "import jax, jax.numpy as jnp\n"
    "from jax import monitoring\n"
    "hits = []\n"
    "monitoring.register_event_listener(lambda name, **_: hits.append(name) if name.endswith('cache_hits') else None)\n"
    "jax.jit(lambda x: jnp.sum(jnp.sin(x)))(jnp.ones(3))\n"
    "print(json.dumps([len(os.listdir(folder)) > 0, len(hits) > 0]))\n"
)


@pytest.fixture
def home(tmp_path, monkeypatch):
    """A home folder of its own, and no word from the user about JAX's cache."""
    for name in (FOLDER, SWITCH, LEAST_SECONDS):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    return tmp_path


def test_a_second_process_finds_what_the_first_compiled(home):
    answers = [
        json.loads(subprocess.run([sys.executable, "-c", COMPILE], capture_output=True, text=True, check=True).stdout)
        for _ in range(2)
    ]
    assert answers == [[True, False], [True, True]]


@pytest.mark.parametrize("said", [{FOLDER: "elsewhere"}, {SWITCH: "false"}, {SWITCH: "0"}])
def test_what_the_user_told_jax_wins(home, said):
    environ = dict(said)
    assert keep_compiled_programs(environ) is None
    assert environ == said


def test_without_a_folder_that_can_be_made_nothing_is_kept(home, monkeypatch):
    (home / "file").write_text("")
    monkeypatch.setattr(compilation_cache, "user_cache_path", lambda name: home / "file" / name)
    environ = {}
    assert keep_compiled_programs(environ) is None
    assert environ == {}


def test_machines_that_differ_in_their_processor_share_a_home_but_no_programs(home, monkeypatch):
    folders = []
    for flags in ("flags : avx2", "flags : avx2 avx512f"):
        (home / "cpuinfo").write_text(f"processor : 0\n{flags}\nbogomips : 4800\n")
        monkeypatch.setattr(compilation_cache, "PROCESSOR_FACTS", home / "cpuinfo")
        folders.append(keep_compiled_programs({}))
    assert folders[0] != folders[1]
