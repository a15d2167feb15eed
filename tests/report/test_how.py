"""How a run was made, in words."""

from physdfa.report.how import reproduction
from physdfa.report.reading import read_run


def test_the_command_to_reproduce_names_the_seeds(make_train_run, make_search_run):
    run, search = make_train_run(seeds=5), make_search_run()
    assert reproduction(read_run(run.path)) == f"physdfa train {run.path}/config.toml --seeds 5"
    assert reproduction(read_run(search.path)) == f"physdfa search {search.path}/config.toml"
