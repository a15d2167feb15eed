"""Yield against spread."""

from physdfa.report.figures.working_range.yields import yield_curves


def entry(place, spread, share, **more):
    others = {"drift": 0.0, "low": share - 0.1, "high": share + 0.1, "predicted": None, "values": {}, "parameters": ()}
    return {"place": place, "spread": spread, "share": share, **others, **more}


def test_a_place_with_several_spreads_is_a_curve():
    yields = [entry("best", 0.2, 0.5), entry("best", 0.05, 0.9, predicted=0.95), entry("edge", 0.05, 0.4)]
    yields += [entry("edge", None, 0.3), entry("edge", 0.2, 0.2, drift=0.1)]
    panel = yield_curves({"yields": yields})
    assert panel is not None
    assert panel.data[["place", "spread", "share"]].values.tolist() == [["best", 0.05, 0.9], ["best", 0.2, 0.5]]


def test_single_spreads_are_left_to_the_table():
    assert yield_curves({"yields": []}) is None
    assert yield_curves({"yields": [entry("best", 0.05, 0.9), entry("edge", 0.1, 0.4)]}) is None
