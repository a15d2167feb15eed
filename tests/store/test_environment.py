"""What a run says about where it was made, and what it keeps to itself."""

import platform
import subprocess
import sys
from pathlib import Path

import numpy as np

from physdfa.store.environment import (
    PACKAGE_FOLDER,
    ROOMS_WITHOUT_NUMBERS,
    code_digest,
    code_revision,
    environment,
    versions,
)


def git(folder: Path, *arguments: str) -> str:
    identity = ["-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false"]
    done = subprocess.run(["git", *identity, *arguments], cwd=folder, capture_output=True, text=True, check=True)
    return done.stdout.strip()


def make_checkout(folder: Path) -> Path:
    package = folder / "package"
    package.mkdir(parents=True)
    (package / "__init__.py").write_text("")
    git(folder, "init", "-q")
    git(folder, "add", ".")
    git(folder, "commit", "-qm", "first")
    return package


def test_versions_are_those_of_the_running_packages():
    found = versions()
    assert found["python"] == platform.python_version()
    assert found["numpy"] == np.__version__
    assert all(found[name] for name in ("physdfa", "jax", "jaxlib", "equinox", "optax", "deap"))


def test_a_clean_checkout_gives_its_commit_and_a_changed_one_says_so(tmp_path):
    package = make_checkout(tmp_path)
    commit = git(tmp_path, "rev-parse", "HEAD")
    assert code_revision(package) == {"revision": commit, "dirty": False}
    (package / "__init__.py").write_text("# changed")
    assert code_revision(package) == {"revision": commit, "dirty": True}


def test_a_package_installed_inside_somebody_elses_checkout_has_no_revision(tmp_path):
    make_checkout(tmp_path)
    installed = tmp_path / ".venv" / "physdfa"
    installed.mkdir(parents=True)
    (installed / "__init__.py").write_text("")
    assert code_revision(installed) == {"revision": None, "dirty": None}


def test_outside_git_and_without_git_there_is_no_revision(tmp_path, monkeypatch):
    assert code_revision(tmp_path) == {"revision": None, "dirty": None}
    package = make_checkout(tmp_path)
    monkeypatch.setenv("PATH", "")
    assert code_revision(package) == {"revision": None, "dirty": None}


def test_the_digest_follows_the_code_that_computes_and_no_other_file(tmp_path):
    package = make_checkout(tmp_path)
    for place in ("rules/dfa.py", "cli/main.py"):
        (package / place).parent.mkdir()
        (package / place).write_text("")
    first = code_digest(package)
    (package / "cli" / "main.py").write_text("# changed")
    (package / "notes.md").write_text("changed")
    assert code_digest(package) == first
    (package / "rules" / "dfa.py").write_text("# changed")
    changed = code_digest(package)
    assert changed != first
    (package / "rules" / "dfa.py").rename(package / "rules" / "adfa.py")
    assert code_digest(package) not in (first, changed)


def test_the_rooms_that_the_digest_leaves_out_are_there():
    assert all((PACKAGE_FOLDER / room).is_dir() for room in ROOMS_WITHOUT_NUMBERS)


def test_a_hook_s_git_variables_do_not_point_elsewhere(tmp_path, monkeypatch):
    package = make_checkout(tmp_path / "ours")
    commit = git(tmp_path / "ours", "rev-parse", "HEAD")
    monkeypatch.setenv("GIT_DIR", str(tmp_path / "nowhere"))
    assert code_revision(package)["revision"] == commit


def test_of_an_absolute_path_on_the_command_line_the_last_name_is_kept():
    typed = ["physdfa", "train", "/lab/me/a.toml", "--data=/data/sets", "--set", "data.name=./x.npz", "--out", "b/c"]
    kept = ["physdfa", "train", "…/a.toml", "--data=…/sets", "--set", "data.name=./x.npz", "--out", "b/c"]
    assert environment(typed)["command_line"] == kept


def test_the_command_line_is_kept_as_typed_with_only_the_name_of_the_program(tmp_path):
    found = environment([str(tmp_path / ".venv" / "bin" / "physdfa"), "train", "a.toml", "--seeds", "5"], ["gpu:0"])
    assert found["command_line"] == ["physdfa", "train", "a.toml", "--seeds", "5"]
    assert environment([])["command_line"] == []


def test_the_machine_has_processors_and_memory():
    machine = environment(["physdfa"], ["NVIDIA H200"])["machine"]
    assert isinstance(machine, dict)
    assert machine["cpu_count"] >= machine["cpu_count_usable"] >= 1
    assert machine["memory_bytes"] > 2**20
    assert machine["compute_devices"] == ["NVIDIA H200"]


def test_the_store_s_light_door_imports_neither_jax_nor_pandas():
    code = (
        "import sys, physdfa.store; print([m for m in ('jax', 'pandas', 'pyarrow', 'matplotlib') if m in sys.modules])"
    )
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "[]"
