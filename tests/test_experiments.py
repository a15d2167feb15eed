"""Every committed experiment file is valid, and the table's script runs at smoke scale."""

import importlib.util
import json
import re
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pytest

from physdfa.config import inactive_reason, load_config, with_values
from physdfa.store import create_run, open_run
from physdfa.store.evaluations import read_evaluations, write_evaluations
from physdfa.store.reference import keep_reference
from physdfa.workflow.range.yields import fabrication_yield
from physdfa.workflow.reproduce import ENTRIES

ROOT = Path(__file__).parents[1]
CONFIGS = sorted((ROOT / "experiments").rglob("*.toml"))


@pytest.mark.parametrize("path", CONFIGS, ids=lambda path: path.stem)
def test_an_experiment_file_is_valid_and_named_after_itself(path, request):
    kind = "search" if path.stem.endswith("_search") else None
    data_dir = request.getfixturevalue("real_data_dir") if "measured = " in path.read_text() else None
    assert load_config(path, kind=kind, data_dir=data_dir).experiment.name == path.stem


def script(path):
    """A script under experiments/ as a module."""
    spec = importlib.util.spec_from_file_location(Path(path).stem, ROOT / "experiments" / path)
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # where its dataclasses look themselves up
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def results_table():
    return script("results_table.py")


@pytest.fixture
def network_features():
    return script("network_features/table.py")


def test_the_table_shows_mean_spread_and_seeds_and_says_what_was_not_run(results_table, tmp_path, monkeypatch):
    monkeypatch.setattr(results_table, "REFERENCE", tmp_path)
    (tmp_path / "mnist_dfa").mkdir()
    (tmp_path / "mnist_dfa" / "summary.json").write_text(
        '{"test_accuracy": 0.98, "test_accuracy_std": 0.001, "test_accuracies": [0.979, 0.981]}'
    )
    table = results_table.table()
    assert "| DFA (surrogate derivative) | 98.00 ± 0.10 % (2 seeds) | not run |" in table


def test_the_smoke_scale_trains_a_row_on_the_digits_and_keeps_nothing(results_table, tmp_path, monkeypatch, capsys):
    monkeypatch.setattr(results_table, "REFERENCE", tmp_path / "reference")
    monkeypatch.setattr(
        sys, "argv", ["results_table.py", "--scale", "smoke", "--only", "mnist_readout_only", "--out", str(tmp_path)]
    )
    results_table.main()
    assert "mnist_readout_only on the digits" in capsys.readouterr().out
    assert not (tmp_path / "reference").exists()


def test_the_measured_modulator_trains_at_smoke_scale(real_data_dir, tmp_path, monkeypatch, capsys):
    table = script("measured_mzm/table.py")
    monkeypatch.setattr(table, "REFERENCE", tmp_path / "reference")
    words = ["table.py", "--scale", "smoke", "--only", "bandwidth_0.5", "--data", str(real_data_dir), "--out"]
    monkeypatch.setattr(sys, "argv", [*words, str(tmp_path)])
    table.main()
    assert "bandwidth_0.5:" in capsys.readouterr().out
    assert not (tmp_path / "reference").exists()


def counted_before(fabrication_yield):
    """A yield that must not train."""

    def made(*arguments, counted, **named):
        assert counted is not None, "its devices were trained before"
        return fabrication_yield(*arguments, counted=counted, **named)

    return made


@pytest.mark.slow
def test_the_working_range_is_found_checked_and_written_up_at_smoke_scale(tmp_path, monkeypatch, capsys):
    module = script("working_range/working_range.py")
    for name in ("REFERENCE", "IMAGES"):
        monkeypatch.setattr(module, name, tmp_path / name)
    module.IMAGES.mkdir()
    monkeypatch.setattr(sys, "argv", ["working_range.py", "--scale", "smoke", "--out", str(tmp_path)])
    module.main()
    assert not module.REFERENCE.exists()
    run = Path(capsys.readouterr().out.removeprefix("run folder: ").strip())
    module.keep(run)
    text = module.page()
    for title in ("Level", "Working range of each parameter", "Yield", "Scores before training", "Held-out check"):
        assert title in text
    assert "of 4 fresh devices" in text
    assert list(module.IMAGES.glob("working_range_mnist_map*.svg"))
    # Once more from the kept files, as the page's numbers are made again: on a copy, and with the same outcome.
    before = sorted((path.name, path.read_bytes()) for path in module.REFERENCE.iterdir())
    monkeypatch.setattr("physdfa.workflow.range.find.fabrication_yield", counted_before(fabrication_yield))
    again = module.make(module.SIZES["smoke"], data=None, out=tmp_path / "again", run_path=module.REFERENCE, quiet=True)
    assert again.name == run.name
    assert sorted((path.name, path.read_bytes()) for path in module.REFERENCE.iterdir()) == before
    assert (again / "held_out.json").read_bytes() == (run / "held_out.json").read_bytes()


def make_feature_table(**accuracies):
    """`make_feature_table(dfa=[0.8, 0.9])`: the base network under some rules, an accuracy per seed."""
    rows = [
        {"rule": rule, "change": "base", "seed": seed, "validation_accuracy": value}
        for rule, values in accuracies.items()
        for seed, value in enumerate(values)
    ]
    table = pd.DataFrame(rows)
    return table.assign(
        status=np.where(table["validation_accuracy"].isna(), "failed", "ok"), reason="diverged in epoch 1"
    )


def base_of(script):
    return script.base_values(load_config(script.CONFIG, kind="train"), script.FULL)


def test_each_network_of_the_feature_table_is_trained_once_and_differs_in_a_key_that_acts(network_features):
    script, config = network_features, load_config(network_features.CONFIG, kind="train")
    assert config.experiment.name == "network_features"
    networks = script.networks_of(list(script.features(script.FULL)), script.FULL, base_of(script))
    assert len(networks) == len({(rule, change) for rule, change, _ in networks})
    assert [rule for rule, change, _ in networks if change == "base"] == list(script.RULES)
    for rule, change, values in networks:
        changed = with_values(config, {"rule.name": rule, **values})
        assert (changed.network, changed.data) != (config.network, config.data) or change == "base"
        assert all(inactive_reason(changed, key) is None for key in values)


def test_the_feature_table_shows_mean_and_spread_what_failed_and_what_was_not_run(network_features):
    table = make_feature_table(dfa=[0.94, 0.96], bptt=[0.95, np.nan])
    lines = network_features.markdown(table, network_features.FULL, base_of(network_features)).splitlines()
    assert "|  | **0.9** | failed: diverged in epoch 1 | 95.00 ± 1.41 % | not run |" in lines
    assert "| surrogate width | 0.5 | not run | not run | – |" in lines


def test_the_smoke_scale_of_the_feature_table_trains_and_keeps_nothing(network_features, tmp_path, monkeypatch, capsys):
    for name in ("REFERENCE", "DOCUMENT", "FIGURE"):
        monkeypatch.setattr(network_features, name, tmp_path / name)
    arguments = ["--scale", "smoke", "--only", "threshold", "--out", str(tmp_path / "out")]
    monkeypatch.setattr(sys, "argv", ["table.py", *arguments])
    network_features.main()
    run = open_run(Path(capsys.readouterr().out.split("run folder: ")[1].strip()))
    table = read_evaluations(run)
    assert sorted(set(table["change"])) == ["base", "network.threshold = 0.5", "network.threshold = 2.0"]
    assert len(table) == 9
    assert set(table["status"]) == {"ok"}
    assert run.read_summary()["test_accuracy"] is None
    assert [path.name for path in tmp_path.iterdir()] == ["out"]


def test_the_document_of_the_feature_table_is_filled_from_the_reference(network_features, tmp_path, monkeypatch):
    run = create_run(tmp_path, "network_features", "", command_line=["table.py"], kind="sweep")
    write_evaluations(run, make_feature_table(dfa=[0.94, 0.96], bptt=[0.95], adfa=[0.93]))
    document = tmp_path / "document.md"
    document.write_text(f"before\n{network_features.BEGIN}\nthe last table\n{network_features.END}\nafter\n")
    monkeypatch.setattr(network_features, "REFERENCE", run.path)
    monkeypatch.setattr(network_features, "DOCUMENT", document)
    monkeypatch.setattr(network_features, "FIGURE", tmp_path / "network_features.svg")
    network_features.render()
    text = document.read_text()
    assert "the last table" not in text
    assert "95.00 ± 1.41 %" in text
    assert "(images/network_features.svg)" in text
    assert "latency" in (tmp_path / "network_features.svg").read_text()


def test_the_document_of_the_feature_table_has_the_marks(network_features):
    text = network_features.DOCUMENT.read_text(encoding="utf-8")
    assert text.index(network_features.BEGIN) < text.index(network_features.END)


@pytest.mark.slow
def test_the_methods_of_search_are_compared_at_smoke_scale(tmp_path, monkeypatch, capsys):
    module = script("search_methods/table.py")
    monkeypatch.setattr(module, "REFERENCE", tmp_path / "reference")
    monkeypatch.setattr(sys, "argv", ["table.py", "--scale", "smoke", "--out", str(tmp_path)])
    module.main()
    assert capsys.readouterr().out.count("repetition 0:") == 3
    assert not (tmp_path / "reference").exists()


def test_the_table_of_methods_counts_evaluations_to_near_the_best_of_the_repetition(tmp_path):
    module = script("search_methods/table.py")
    best = {"genetic": [0.90, 0.95], "random": [0.90, 0.944], "cma_es": [0.947, 0.947]}
    for method, values in best.items():
        folder = tmp_path / f"{method}_0"
        folder.mkdir()
        lines = [{"kind": "generation", "num_evaluations": 10, "best_so_far": value} for value in values]
        (folder / "metrics.jsonl").write_text("\n".join(map(json.dumps, lines)))
        (folder / "summary.json").write_text('{"test_accuracy": 0.9}')
    genetic, random, cma_es = module.table(tmp_path).splitlines()[2:]
    assert genetic.endswith("median 20 (20) |")
    assert random.endswith("median never (never) |")
    assert cma_es.endswith("median 10 (10) |")


@pytest.fixture
def reproductions(tmp_path, monkeypatch):
    """The script, writing nowhere but into `tmp_path`; its documents ask for one entry."""
    module = script("reproduce.py")
    documents = []
    for name in ("reproduce.md", "README.md"):
        documents.append(tmp_path / name)
        documents[-1].write_text("before\n<!-- rules-compared: begin -->\nold\n<!-- rules-compared: end -->\nafter\n")
    monkeypatch.setattr(module, "REFERENCE", tmp_path / "reference")
    monkeypatch.setattr(module, "IMAGES", tmp_path)
    monkeypatch.setattr(module, "DOCUMENTS", tuple(documents))
    return module


def test_a_kept_reproduction_fills_the_documents_and_readme_has_neither_tests_nor_figures(reproductions, tmp_path):
    config = '[experiment]\nname = "rules-compared"\n'
    member = create_run(tmp_path / "out", "member", config, command_line=[], kind="train")
    run = create_run(tmp_path / "out", "rules-compared", config, command_line=[], kind="reproduce")
    for made in (member, run):
        made.append_metric({"kind": "row"})
    row = {"status": "done", "reason": "", "run": member.path.relative_to(tmp_path / "out").as_posix()}
    row |= {"seeds": [0, 1], "test_accuracies": [0.97, 0.98], "test_accuracy": 0.975, "test_accuracy_std": 0.005}
    row |= {"learning_rate": 1e-3, "feedback_floats_per_sample": 7985.0, "weights_changed_per_sample": 635200.0}
    rows = [{**row, "name": "mnist-dfa"}, {**row, "name": "mnist-bptt", "test_accuracies": [0.98, 0.985]}]
    run.write_text("figures/rules.svg", "<svg/>")
    figures = [{"name": "rules", "title": "Seeds", "caption": "Every seed."}]
    run.write_summary({"rows": rows, "tables": [], "figures": figures})
    reproductions.keep("rules-compared", run.path, tmp_path / "out")
    member.write_summary({"counted_weights_changed": 31744.0, "counted_after_epochs": 1})
    keep_reference(member.path, reproductions.REFERENCE / "rules-compared" / "mnist-dfa_counted")
    assert (tmp_path / "reference" / "rules-compared" / "mnist-dfa" / "summary.json").is_file()
    assert (tmp_path / "reproduce_rules_compared_rules.svg").read_text() == "<svg/>"
    reproductions.render()
    page, readme = (document.read_text() for document in reproductions.DOCUMENTS)
    for text in (page, readme):
        assert "| 7\u202f985 | 31\u202f744 |\n" in text  # counted since, not what the definition of the rule says
        assert "| 7\u202f985 | – |\n" in text
        assert "counted after 1 epoch" in text
    assert "old" not in page
    assert "images/reproduce_rules_compared_rules.svg" in page
    assert "paired tests" in page
    assert "paired tests" not in readme
    assert "best learning rate" in readme
    assert "rules.svg" not in readme


def test_what_was_not_kept_leaves_the_documents_as_they_are(reproductions):
    reproductions.render()
    assert all("old" in document.read_text() for document in reproductions.DOCUMENTS)


def test_each_reproduction_has_one_place_in_the_pages():
    pages = [path.read_text(encoding="utf-8") for path in script("reproduce.py").DOCUMENTS if path.name != "README.md"]
    for name in ENTRIES:
        begin, end = f"<!-- {name}: begin -->", f"<!-- {name}: end -->"
        assert sum(page.count(begin) for page in pages) == 1, name
        assert any(-1 < page.find(begin) < page.find(end) for page in pages), name


def test_the_pages_of_reproductions_find_their_pictures():
    for path in script("reproduce.py").DOCUMENTS:
        for image in re.findall(r"!\[[^]]*\]\((images/[^)]+)\)", path.read_text(encoding="utf-8")):
            assert (path.parent / image).is_file(), image
