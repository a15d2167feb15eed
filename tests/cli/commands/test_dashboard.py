"""`dashboard`: what a run has evaluated, as Optuna's studies, and a page on this machine."""

import os
import shutil
import socket
import subprocess
import sys
import urllib.request
from pathlib import Path

import pytest

from physdfa.store import open_run
from physdfa.workflow.candidates.archive import Archive, read_records
from physdfa.workflow.candidates.records import EvaluationRecord
from tests.cli.command import physdfa, refused

optuna = pytest.importorskip("optuna")

pytestmark = pytest.mark.filterwarnings("ignore")


def study_in(url, name=None):
    names = optuna.get_all_study_names(url)
    return optuna.load_study(study_name=name or names[0], storage=url)


def test_every_candidate_is_a_trial_with_its_values_and_its_accuracy(results, tmp_path):
    url = f"sqlite:///{tmp_path}/studies.sqlite3"
    answer = physdfa("dashboard", results.search, "--storage", url, "--once")
    assert answer.code == 0, answer.err
    records = read_records(open_run(results.search))
    study = study_in(url)
    assert study.study_name == f"{results.search.parent.name}/{results.search.name}"
    assert f"{len(records)} candidates" in answer.out
    by_name = {trial.user_attrs["candidate"]: trial for trial in study.trials}
    assert set(by_name) == {record.candidate for record in records}
    for record in records:
        trial = by_name[record.candidate]
        assert trial.value == pytest.approx(record.validation_accuracy)
        assert trial.params == dict(record.values)
    assert study.best_value == pytest.approx(max(record.validation_accuracy or 0 for record in records))
    physdfa("dashboard", results.search, "--storage", url, "--once")  # a second look adds nothing
    assert len(study_in(url).trials) == len(records)


def test_a_run_is_followed_while_it_grows_and_a_failure_is_one(results, tmp_path):
    path = Path(shutil.copytree(results.search, tmp_path / "tiny" / results.search.name))
    url, run = f"sqlite:///{tmp_path}/studies.sqlite3", open_run(path)
    physdfa("dashboard", path, "--storage", url, "--once")
    before, values = len(study_in(url).trials), dict(read_records(run)[0].values)
    archive = Archive(run)
    archive.add([EvaluationRecord("new", values, 9, 0, "ok", validation_accuracy=0.25)])
    archive.add([EvaluationRecord("bad", values, 9, 0, "failed", reason="diverged: \x1b[2J")])
    physdfa("dashboard", path, "--storage", url, "--once")
    good, bad = study_in(url).trials[before:]
    assert (good.value, good.user_attrs["generation"]) == (0.25, 9)
    assert bad.state == optuna.trial.TrialState.FAIL
    assert "\x1b" not in bad.user_attrs["reason"]


@pytest.mark.slow
def test_the_page_is_served_on_this_machine_until_it_is_ended(results, tmp_path):
    pytest.importorskip("optuna_dashboard")
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    script = "import sys; from physdfa.cli.main import main; sys.argv[0] = 'physdfa'; sys.exit(main())"
    words = ["dashboard", str(results.search), "--port", str(port)]
    served = subprocess.Popen([sys.executable, "-c", script, *words], stdout=subprocess.PIPE, text=True)
    try:
        assert served.stdout is not None
        lines = [served.stdout.readline(), served.stdout.readline()]
        assert f"http://127.0.0.1:{port}/" in lines[1]
        page = urllib.request.urlopen(f"http://127.0.0.1:{port}/api/studies", timeout=30).read().decode()
        assert results.search.name in page
        assert f"--port {port}" in refused(*words)
    finally:
        served.kill()
        served.communicate()


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (("--once",), "name it, such as --storage sqlite:///"),
        (("--storage", "nosuch://x", "--once"), "--storage nosuch://x"),
    ],
)
def test_mistakes_are_sentences(results, words, said):
    assert said in refused("dashboard", results.search, *words)


def test_other_runs_are_refused(results, tmp_path):
    url = f"sqlite:///{tmp_path}/studies.sqlite3"
    assert "shows searches, sweeps and studies" in refused("dashboard", results.train, "--storage", url, "--once")
    (tmp_path / "empty").mkdir()
    assert "no search and no sweep" in refused("dashboard", "--out", "empty", "--storage", url, "--once")


@pytest.mark.slow
def test_postgresql_takes_the_same_studies(results, tmp_path):
    programs = sorted(Path("/usr/lib/postgresql").glob("*/bin/initdb"))
    if not programs or os.geteuid() != 0 or shutil.which("runuser") is None:
        pytest.skip("PostgreSQL of Debian is not installed, or this is not root: it is started as the user postgres")
    pytest.importorskip("psycopg2")
    home = Path(subprocess.check_output(["runuser", "-u", "postgres", "--", "mktemp", "-d"], text=True).strip())
    folder, binaries = home / "data", programs[-1].parent

    def as_postgres(name, *words):
        command = ["runuser", "-u", "postgres", "--", str(binaries / name), *words]
        subprocess.run(command, check=True, capture_output=True, cwd=home)

    as_postgres("initdb", "-D", str(folder), "-A", "trust")
    as_postgres("pg_ctl", "-D", str(folder), "-w", "-o", f"-h '' -k {home}", "-l", str(home / "log"), "start")
    try:
        url = f"postgresql+psycopg2://postgres@/postgres?host={home}"
        answer = physdfa("dashboard", results.search, "--storage", url, "--once")
        assert answer.code == 0, answer.err
        assert len(study_in(url).trials) == len(read_records(open_run(results.search)))
    finally:
        as_postgres("pg_ctl", "-D", str(folder), "-m", "immediate", "stop")
        shutil.rmtree(home, ignore_errors=True)
