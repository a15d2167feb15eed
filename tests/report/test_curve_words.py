"""The words of a range through redrawn curves: what they add to seeds, and what is not known yet."""

from physdfa.report.curve_words import curve_facts

BAND = {"measured": [0.0, 1.0, 2.0], "low": [-0.1, 0.9, 1.9], "high": [0.1, 1.1, 2.1]}
SCATTER = {"mean": 0.95, "std": 0.01, "low": 0.93, "high": 0.97}


def facts(p=0.3, best=True, **bands):
    numbers = {
        "failed": 1,
        "added": {"std": 0.004, "p": p},
        "redrawn": SCATTER,
        "measured": SCATTER,
        "difference": {"mean": -0.002, "low": -0.005, "high": 0.001},
    }
    record = {"num": 20, "band": BAND, "best": numbers if best else None, "range": bands or None}
    return dict(curve_facts({"curves": record}))


def test_without_redrawn_curves_there_is_nothing_to_say():
    assert curve_facts({"curves": None}) == curve_facts({}) == []


def test_a_scatter_that_seeds_explain_is_left_to_them():
    assert facts()["Redrawn curves"] == "20; at half of the drives, 95 % of them lie within ± 5 % of the swing"
    assert facts()["Best point through them"].startswith("95.00 ± 1.00 % (95 %: 93 … 97 %), 1 failed; through the")
    assert "± 0.4 points of scatter, which seeds alone could have done" in facts(p=0.3)["Added by the measurement"]
    assert "more than seeds do (paired variances, p = 0.01)" in facts(p=0.01)["Added by the measurement"]
    assert facts()["Added by the measurement"].endswith("differs by -0.20 points (-0.50 … +0.10)")


def test_a_range_that_curves_do_not_move_stays_and_one_that_is_not_known_says_so():
    assert facts()["Range through them"].startswith("not known: that takes points near the level")
    assert "not been trained" in facts(best=False)["Best point through them"]
    assert facts(everywhere=0.0, along=0.0, axes=[])["Range through them"].startswith("stays: ")
    moved = facts(everywhere=0.1, along=0.0, axes=[{"without": 3}])["Range through them"]
    assert moved == "moves as the table says; through 3 of them the best point itself does not work"
