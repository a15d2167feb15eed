"""The page in a browser: quiet, alone, as wide as its window, and what its scripts do."""

import pytest

from physdfa.report.page import write_report
from physdfa.store.evaluations import read_evaluations, write_evaluations
from tests.report.chromium import browser

WIDTHS = (390, 1200)
HOSTILE = "<img src=x onerror=\"document.title='taken'\"></script><script>document.title='taken'</script>"


def assert_well_behaved(tab, page, width, **how):
    tab.open(page, width=width, **how)
    assert tab.value("document.documentElement.scrollWidth") <= width
    assert tab.complaints == []
    assert tab.requests == [page.resolve().as_uri()]


def test_a_page_is_quiet_asks_for_nothing_and_fits_its_window(make_sweep_run):
    page = write_report([make_sweep_run().path])
    with browser() as tab:
        for width in WIDTHS:
            assert_well_behaved(tab, page, width)
            # the charts are there, one line of the parallel axes for each evaluation that did not fail
            assert tab.value("document.querySelectorAll('.explore g[aria-label=line] path').length") == 60


@pytest.mark.slow
def test_every_kind_of_page_fits_light_and_dark_with_scripts_and_without(
    make_train_run, make_sweep_run, make_search_run
):
    runs = [make_train_run().path, make_sweep_run().path, make_search_run().path]
    with browser() as tab:
        for page in [*(write_report([run]) for run in runs), write_report(runs)]:
            for width in WIDTHS:
                for how in ({}, {"dark": True}, {"scripts": False}):
                    assert_well_behaved(tab, page, width, **how)


@pytest.mark.slow
def test_tick_labels_are_at_least_11_px_on_a_phone(make_search_run):
    smallest = """Math.min(...[...document.querySelectorAll('.card svg [id*=tick] text, .explore svg text')]
        .map((text) => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a))"""
    with browser() as tab:
        tab.open(write_report([make_search_run().path]), width=390)
        assert tab.value(smallest) >= 11


@pytest.mark.slow
def test_the_pointer_shows_the_numbers_of_the_point_below_it(make_train_run):
    with browser() as tab:
        tab.open(write_report([make_train_run(seeds=1, epochs=3).path]), width=1200)
        # the marker of the second epoch, wherever matplotlib has put it
        place = """(() => {const lines = [...document.querySelectorAll('[data-panel=training_curves] g[clip-path]')];
            const second = lines.find((one) => one.querySelectorAll('use').length === 3).querySelectorAll('use')[1];
            second.scrollIntoView({block: 'center'});
            const {x, y, width, height} = second.getBoundingClientRect(); return [x + width / 2, y + height / 2]})()"""
        tab.move(*tab.value(place))
        shown = tab.value("document.querySelector('.tip:not([hidden])')?.textContent")
        accuracy = 100 * (0.98 - 0.3 * 0.6**2 + 0.004 * 0.9092974268)  # of `append_epochs`, sin(2)
        assert shown.splitlines() == ["train", "epoch: 2", f"accuracy [%]: {accuracy:.5g}"]


@pytest.mark.slow
def test_a_column_sorts_by_its_numbers_and_a_brush_keeps_what_lies_in_it(make_search_run):
    best = "[...document.querySelectorAll('table')].find((one) => one.tHead.textContent.includes('generation'))"
    with browser() as tab:
        tab.open(write_report([make_search_run().path]), width=1200)
        shown = f"[...{best}.tBodies[0].rows].map((row) => row.cells[3].textContent)"
        before = tab.value(shown)
        tab.value(f"{best}.querySelectorAll('th')[3].click()")
        assert tab.value(shown) == before[::-1]
        place = """(() => {const box = document.querySelectorAll('.brush')[4].querySelector('.overlay');
            box.scrollIntoView({block: 'center'}); const {x, y, width, height} = box.getBoundingClientRect();
            return [x + width / 2, y, y + height / 2]})()"""
        x, top, middle = tab.value(place)
        for kind, y in (("mousePressed", top + 1), ("mouseMoved", middle), ("mouseReleased", middle)):
            tab.move(x, y, kind, button="left", buttons=1, clickCount=1)
        kept = int(tab.value("document.querySelector('.said').textContent").split()[0])
        assert 0 < kept < 83


@pytest.mark.slow
def test_hostile_words_in_the_charts_stay_words(make_search_run):
    run = make_search_run()
    table = read_evaluations(run)
    write_evaluations(run, table.assign(candidate=HOSTILE, **{"network.reset": '<b id="b">'}))
    with browser() as tab:
        page = write_report([run.path])
        tab.open(page, width=1200)
        assert tab.value("document.title") != "taken"
        assert tab.complaints == []
        assert HOSTILE in tab.value("document.querySelector('.said').textContent")
