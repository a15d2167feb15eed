"""Result tables for README."""

from physdfa.report.tables import results_table


def test_a_row_gives_mean_spread_and_seeds():
    rows = [
        {"name": "adfa", "test_accuracy": 0.98123, "test_accuracy_std": 0.0005, "test_accuracies": [0.981, 0.982]},
        {"name": "readout_only", "test_accuracy": 0.945, "test_accuracy_std": None, "test_accuracies": None},
        {"name": "not run"},
    ]
    assert results_table(rows, name_header="rule") == (
        "| rule | test accuracy | seeds |\n"
        "| --- | ---: | ---: |\n"
        "| adfa | 98.12 ± 0.05 % | 2 |\n"
        "| readout_only | 94.50 % | 1 |\n"
        "| not run | – | – |\n"
    )


def test_a_name_cannot_break_its_row():
    assert results_table([{"name": "a|b\nc"}]).splitlines()[2] == "| a\\|b c | – | – |"
