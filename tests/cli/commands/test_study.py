"""`physdfa study` and `physdfa init`: from a curve to its working range in one command."""

import numpy as np
import pytest

from tests.cli.command import physdfa, refused
from tests.workflow.tiny import strict_json

SMALL = ("--set", "network.hidden=[8]", "--set", "network.num_steps=3", "--set", "training.epochs=1")


@pytest.fixture(scope="module")
def curve(tmp_path_factory):
    path = tmp_path_factory.mktemp("curve") / "modulator.csv"
    drive = np.linspace(0.0, 4.0, 81)
    path.write_text("drive_V,power_mW\n" + "\n".join(f"{x:.3f},{np.sin(np.pi * x / 4) ** 2:.5f}" for x in drive))
    return path


@pytest.mark.slow
def test_from_a_curve_to_its_range_or_to_what_can_be_said(curve, workplace):
    answer = physdfa("study", curve, "--budget", "3s", *SMALL)
    assert answer.code == 0, answer.err
    assert "the same, one by one:" in answer.out
    assert "--set 'network.hidden=[8]'" in answer.out
    assert "physdfa range results/study_modulator/" in answer.out
    page = answer.out.splitlines()[-1].removeprefix("report: ")
    assert (workplace / page).is_file()
    assert "drive gain" in answer.err


@pytest.mark.slow
def test_a_study_goes_on_in_its_folder(curve, workplace):
    folder = strict_json(physdfa("study", curve, "--budget", "3s", "--json", *SMALL).out)["run"]
    again = strict_json(physdfa("study", folder, "--budget", "1s", "--json").out)
    assert again["run"] == folder
    assert again["range"] is not None or again["problem"]


@pytest.mark.slow
def test_a_noisy_curve_is_studied_through_others_of_the_same_measurement(tmp_path, workplace):
    path, random = tmp_path / "noisy.csv", np.random.default_rng(0)
    drive = np.linspace(0.0, 4.0, 81)
    output = np.sin(np.pi * drive / 4) ** 2 + 0.05 * random.standard_normal(81) + 0.3
    path.write_text("drive_V,power_mW\n" + "\n".join(f"{x:.3f},{y:.5f}" for x, y in zip(drive, output, strict=True)))
    answer = physdfa("study", path, "--budget", "3s", "--curves", "2", "--level", "0.11", *SMALL)
    assert answer.code == 0, answer.err
    assert "Redrawn curves: 2; at half of the drives" in answer.out
    assert "Best point through them: " in answer.out
    assert "--curves 2" in answer.out.split("the same, one by one:")[1]


@pytest.mark.slow
def test_init_writes_the_file_that_sweep_reads(curve, workplace):
    answer = physdfa("init", "--from", curve, "--output", "mine.toml", *SMALL)
    assert answer.code == 0
    assert "physdfa sweep mine.toml" in answer.out
    assert (workplace / "mine.toml").read_text() == physdfa("init", "--from", curve, *SMALL).out
    assert physdfa("sweep", "mine.toml", "--dry-run").code == 0
    assert "there is no folder 'nowhere'" in refused("init", "--from", curve, "--output", "nowhere/mine.toml")
    assert "is there already" in refused("init", "--from", curve, "--output", "mine.toml")


def test_a_second_coordinate_is_read_at_its_setting(tmp_path):
    path = tmp_path / "warm.csv"
    rows = [f"{x / 8},{np.sin(x / 8 + kelvin / 50) ** 2:.5f},{kelvin}" for kelvin in (300, 320) for x in range(40)]
    path.write_text("drive_V,power_mW,temperature_K\n" + "\n".join(rows))
    at = ("init", "--from", path, "--x", "drive_V", "--y", "power_mW", "--setting-column", "temperature_K")
    assert "must lie within the measured ones, 300 to 320 K; got none" in refused(*at)
    answer = physdfa(*at, "--setting", "305", *SMALL)
    assert 'setting_column = "temperature_K"' in answer.out
    assert "setting = 305.0" in answer.out


@pytest.mark.slow
def test_a_sweep_grows_by_points_and_seeds(curve, workplace):
    physdfa("init", "--from", curve, "--output", "mine.toml", *SMALL)
    swept = strict_json(physdfa("sweep", "mine.toml", "--set", "sweep.num_samples=16", "--json").out)
    grown = strict_json(physdfa("sweep", swept["run"], "--add", "4", "--add-seeds", "1", "--json").out)
    assert grown["num_evaluations"] == 20
    assert "--x, --on: " in refused("study", swept["run"], "--x", "1", "--on", "mnist")
    assert "leave it out" in refused("sweep", swept["run"], "--add", "4", "--seed", "3")


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("--budget", "ten"), "--budget ten: is a time above 0 with its unit, such as 90s, 10m or 2h."),
        (("--budget", "0m"), "is a time above 0"),
        (("--level", "0.9", "--within-best", "2"), "say the level in one way only"),
        (("--on", "imagenet"), "there is no data set 'imagenet'"),
        (("--y", "power_W"), "power_W"),
        (("--curves", "5"), "--curves: modulator.csv: there is nothing to redraw a curve from: one sweep"),
    ],
)
def test_what_cannot_be_is_refused_before_the_work(curve, arguments, said):
    assert said in refused("study", curve, *arguments)


@pytest.mark.slow
def test_a_study_that_is_stopped_in_its_sweep_or_its_range_is_resumed_to_its_end(curve, workplace, monkeypatch):
    def interrupted(*words, **known):
        raise KeyboardInterrupt

    for name in ("physdfa.workflow.refine.Growth.__call__", "physdfa.workflow.study.find_range"):
        with monkeypatch.context() as patched:
            patched.setattr(name, interrupted)
            stopped = physdfa(
                "study", curve, "--budget", "3s", *SMALL, "--set", f"experiment.name={name.split('.')[-2]}"
            )
        folder = f"results/{name.split('.')[-2]}"
        assert (stopped.code, "physdfa resume" in stopped.err) == (130, True), stopped.err
        answer = physdfa("resume", folder)
        assert answer.code == 0, answer.err
        assert "the same, one by one:" in answer.out
        assert physdfa("resume", folder).out.startswith("  best point of the sweep")
