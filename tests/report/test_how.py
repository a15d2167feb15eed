"""How a run was made, in words."""

import dataclasses

from physdfa.report.how import methods, reproduction
from physdfa.report.reading import read_run


def test_the_command_to_reproduce_names_the_seeds(make_train_run, make_search_run):
    run, search = make_train_run(seeds=5), make_search_run()
    assert reproduction(read_run(run.path)) == f"physdfa train {run.path}/config.toml --seeds 5"
    assert reproduction(read_run(search.path)) == f"physdfa search {search.path}/config.toml"


def test_methods_name_the_network_the_budget_the_seeds_and_every_version(make_train_run):
    record = read_run(make_train_run(seeds=3).path)
    words = methods(record)
    for said in (
        "64 hidden neurons",
        "learned digits",
        "by adfa",
        "8 epochs",
        "mach_zehnder_ideal",
        "tested: 0, 1, 2.",
    ):
        assert said in words
    for name, version in record.environment["versions"].items():
        assert f"{name} {version}" in words


def test_methods_say_what_was_varied_and_give_no_value_of_it(make_search_run):
    words = methods(read_run(make_search_run().path))
    assert "learning rate varied" in words
    assert "tried 84 candidates (number of seeds: 1) over device.v_bias, device.drive_gain" in words


def test_methods_name_a_measurement_without_its_folder(make_train_run):
    record = read_run(make_train_run().path)
    record = dataclasses.replace(record, config={**record.config, "device": {"measured": "someones/folder/curve.csv"}})
    assert "Backward device: curve.csv." in methods(record)


def test_networks_in_continuous_time_have_no_steps(make_train_run):
    record = read_run(make_train_run().path)
    record = dataclasses.replace(record, config={**record.config, "rule": {"name": "sfdfa"}})
    assert "neurons in continuous time learned" in methods(record)
