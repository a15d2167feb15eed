"""What a fresh clone promises: a complete lock, doors that open, and a wheel with everything the package reads."""

import os
import re
import shutil
import subprocess
import tomllib
from fnmatch import fnmatch
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

ROOT = Path(__file__).parents[1]
PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text(encoding="utf-8"))
PACKAGES = ("physdfa", "ga_search")


def locked_lines() -> list[str]:
    lines = (ROOT / "constraints.txt").read_text(encoding="utf-8").splitlines()
    return [line for line in lines if line and not line.startswith("#")]


def locked_versions() -> dict[str, str]:
    pairs = (line.split("==") for line in locked_lines())
    return {canonicalize_name(name): version for name, version in pairs}


def declared_requirements() -> list[Requirement]:
    project = PROJECT["project"]
    declared = [
        *project["dependencies"],
        *project["optional-dependencies"]["dev"],
        *project["optional-dependencies"]["docs"],
        *PROJECT["build-system"]["requires"],
    ]
    return [Requirement(text) for text in declared]


def run_make(target: str, folder: Path, path: str, *variables: str) -> subprocess.CompletedProcess[str]:
    make = shutil.which("make")
    if make is None:
        pytest.skip("make is not installed")
    # make leaves its own options behind for a make that it starts; this one starts afresh.
    inherited = {key: value for key, value in os.environ.items() if not key.startswith("MAKE") and key != "MFLAGS"}
    return subprocess.run(
        [make, target, *variables],
        cwd=folder,
        env=inherited | {"PATH": path},
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )


def make_clone(folder: Path) -> Path:
    for name in ("Makefile", "pyproject.toml", "constraints.txt"):
        shutil.copy(ROOT / name, folder / name)
    return folder


def make_program(path: Path, shell_lines: str) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(f"#!/bin/sh\n{shell_lines}\n", encoding="utf-8")
    path.chmod(0o755)


def test_the_lock_is_exact_versions_and_names_no_index():
    for line in locked_lines():
        assert re.fullmatch(r"[A-Za-z0-9._-]+==[0-9][0-9A-Za-z.]*", line), line
    assert "://" not in (ROOT / "constraints.txt").read_text(encoding="utf-8")


def test_the_lock_names_each_package_once():
    assert len(locked_versions()) == len(locked_lines())


@pytest.mark.parametrize("requirement", declared_requirements(), ids=str)
def test_a_locked_version_lies_in_the_declared_range(requirement):
    assert locked_versions()[canonicalize_name(requirement.name)] in requirement.specifier


def test_the_lock_holds_everything_the_declared_packages_need():
    waiting = declared_requirements()
    seen = set()
    while waiting:
        requirement = waiting.pop()
        name = canonicalize_name(requirement.name)
        for extra in requirement.extras or {""}:
            if (name, extra) in seen:
                continue
            seen.add((name, extra))
            assert name in locked_versions(), f"{name} is needed and has no line in constraints.txt"
            try:
                needed = metadata.requires(name) or []
            except metadata.PackageNotFoundError:
                continue  # only setuptools: it builds the package and need not stay
            needed = [Requirement(text) for text in needed]
            waiting += [each for each in needed if each.marker is None or each.marker.evaluate({"extra": extra})]


def test_a_wheel_takes_every_file_the_package_reads():
    patterns = PROJECT["tool"]["setuptools"]["package-data"]
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*"):
            if file.is_dir() or file.suffix in {".py", ".pyc"} or file.name.startswith("."):
                continue
            inside = file.relative_to(ROOT / package).as_posix()
            # setuptools reads "**/" as any number of folders, none included
            assert any(fnmatch(f"/{inside}", pattern.replace("**/", "*/")) for pattern in patterns.get(package, [])), (
                file
            )


def test_every_folder_of_code_is_a_package():
    for package in PACKAGES:
        for file in (ROOT / package).rglob("*.py"):
            assert (file.parent / "__init__.py").is_file(), (
                f"{file.parent} has no __init__.py: a wheel would leave it out"
            )


def test_no_folder_of_code_is_ignored_by_git():
    if shutil.which("git") is None or not (ROOT / ".git").exists():
        pytest.skip("not a git clone")
    code = [str(file.relative_to(ROOT)) for package in PACKAGES for file in (ROOT / package).rglob("*.py")]
    answer = subprocess.run(
        ["git", "check-ignore", "--no-index", *code], cwd=ROOT, capture_output=True, text=True, check=False
    )
    assert answer.stdout == ""


def test_the_citation_has_the_version_and_licence_of_the_package():
    citation = (ROOT / "CITATION.cff").read_text(encoding="utf-8")
    assert f"\nversion: {PROJECT['project']['version']}\n" in citation
    assert f"\nlicense: {PROJECT['project']['license']}\n" in citation


def test_the_changelog_opens_with_what_is_unreleased():
    headings = re.findall(r"^## (.+)$", (ROOT / "CHANGELOG.md").read_text(encoding="utf-8"), flags=re.MULTILINE)
    assert headings[0] == "[Unreleased]"


@pytest.mark.parametrize("document", ["README.md", "CONTRIBUTING.md"])
def test_every_make_command_in_the_documents_exists(document):
    targets = set(re.findall(r"^([a-z]+):", (ROOT / "Makefile").read_text(encoding="utf-8"), flags=re.MULTILINE))
    text = (ROOT / document).read_text(encoding="utf-8")
    code = re.findall(r"```.*?```|`[^`\n]+`", text, flags=re.DOTALL)
    named = set(re.findall(r"\bmake ([a-z]+)", "\n".join(code)))
    assert named
    assert named <= targets


def test_the_check_of_a_clean_clone_can_be_started():
    assert os.access(ROOT / ".ci" / "run", os.X_OK)


def test_make_names_the_python_that_is_too_old(tmp_path):
    make_program(tmp_path / "bin" / "python3", 'case "$1" in --version) echo Python 3.9.2 ;; *) exit 1 ;; esac')
    answer = run_make("demo", make_clone(tmp_path), str(tmp_path / "bin"))
    assert answer.returncode == 2
    assert "needs Python 3.11 or newer" in answer.stderr
    assert "python3 is Python 3.9.2" in answer.stderr
    assert "make demo PYTHON=" in answer.stderr
    assert not (tmp_path / ".venv").exists()


def test_make_without_any_python_says_so_and_nothing_else(tmp_path):
    (tmp_path / "bin").mkdir()
    answer = run_make("test", make_clone(tmp_path), str(tmp_path / "bin"))
    assert answer.returncode == 2
    assert "needs Python 3.11 or newer, and found none" in answer.stderr
    assert "not found" not in answer.stderr


def test_make_tells_how_to_get_a_missing_venv_module(tmp_path):
    make_program(tmp_path / "bin" / "python3", 'case "$2" in *ensurepip*) exit 1 ;; *) exit 0 ;; esac')
    answer = run_make("demo", make_clone(tmp_path), str(tmp_path / "bin"))
    assert answer.returncode == 2
    assert "apt install python3-venv" in answer.stderr
    assert not (tmp_path / ".venv").exists()


def test_make_keeps_an_environment_that_is_up_to_date(tmp_path):
    clone = make_clone(tmp_path)
    make_program(clone / ".venv" / "bin" / "physdfa", 'echo "told: $*"')
    for stamp in (".made", ".installed"):
        (clone / ".venv" / stamp).touch()
    answer = run_make("demo", clone, os.environ["PATH"], "DEMO_ARGS=--quiet")
    assert answer.returncode == 0
    assert answer.stdout.splitlines() == [".venv/bin/physdfa demo --quiet", "told: demo --quiet"]


def test_make_installs_again_after_the_lock_changed(tmp_path):
    clone = make_clone(tmp_path)
    make_program(clone / ".venv" / "bin" / "python", 'echo "python $*"')
    make_program(clone / ".venv" / "bin" / "physdfa", "")
    for stamp in (".made", ".installed"):
        (clone / ".venv" / stamp).touch()
        os.utime(clone / ".venv" / stamp, (0, 0))
    answer = run_make("demo", clone, os.environ["PATH"])
    assert answer.returncode == 0
    assert "-c constraints.txt --no-build-isolation -e ." in answer.stdout


def test_a_commit_is_checked_by_what_make_lint_checks():
    checks = re.search(r"^CHECKS = (.*)$", (ROOT / "Makefile").read_text(encoding="utf-8"), re.MULTILINE)
    assert checks is not None
    hooks = (ROOT / ".pre-commit-config.yaml").read_text(encoding="utf-8")
    expected = [f".venv/bin/{check}" for check in re.findall(r"'([^']+)'", checks[1])]
    assert re.findall(r"entry: (.*)", hooks) == expected
    assert "://" not in hooks
