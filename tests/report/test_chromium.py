"""The page in a browser: quiet, alone, as wide as its window, and what its scripts do."""

import pytest

from physdfa.report.page import write_report
from physdfa.store import open_run
from physdfa.store.evaluations import read_evaluations, write_evaluations
from tests.report.chromium import browser

WIDTHS = (390, 1200)
HOSTILE = "<img src=x onerror=\"document.title='taken'\"></script><script>document.title='taken'</script>"


def assert_well_behaved(tab, page, width, **how):
    tab.open(page, width=width, **how)
    assert tab.value("document.documentElement.scrollWidth") <= width
    assert tab.complaints == []
    assert tab.requests == [page.resolve().as_uri()]


def show_charts(tab):
    """Scroll to the charts of all evaluations, which are drawn when they come into view."""
    tab.show("document.querySelector('.explore')")
    for place in (0, 1):
        tab.show(f"document.querySelectorAll('.explore .chart')[{place}]")


def test_a_page_is_quiet_asks_for_nothing_and_fits_its_window(sweep_page):
    with browser() as tab:
        for width in WIDTHS:
            assert_well_behaved(tab, sweep_page, width)
            assert tab.value("document.querySelectorAll('.explore svg').length") == 0
            show_charts(tab)
            # one line of the parallel axes for each evaluation that did not fail
            assert tab.value("document.querySelectorAll('.explore g[aria-label=line] path').length") == 60
            assert tab.value("document.documentElement.scrollWidth") <= width
            assert tab.complaints == []


@pytest.mark.slow
def test_every_kind_of_page_fits_light_and_dark_with_scripts_and_without(train_page, sweep_page, search_page, tmp_path):
    pages = [train_page, sweep_page, search_page]
    comparison = write_report([page.parent for page in pages], output=tmp_path / "comparison.html")
    with browser() as tab:
        for page in [*pages, comparison]:
            for width in WIDTHS:
                for how in ({}, {"dark": True}, {"scripts": False}):
                    assert_well_behaved(tab, page, width, **how)


@pytest.mark.slow
def test_tick_labels_are_at_least_11_px_on_a_phone(search_page):
    smallest = """Math.min(...[...document.querySelectorAll('.card svg [id*=tick] text, .explore svg text')]
        .map((text) => parseFloat(getComputedStyle(text).fontSize) * text.getScreenCTM().a))"""
    with browser() as tab:
        tab.open(search_page, width=390)
        show_charts(tab)
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
def test_a_column_sorts_by_its_numbers_and_a_brush_keeps_what_lies_in_it(search_page):
    best = "[...document.querySelectorAll('table')].find((one) => one.tHead.textContent.includes('generation'))"
    with browser() as tab:
        tab.open(search_page, width=1200)
        show_charts(tab)
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
        show_charts(tab)
        assert tab.value("document.title") != "taken"
        assert tab.complaints == []
        assert HOSTILE in tab.value("document.querySelector('.said').textContent")


@pytest.mark.slow
def test_two_ends_that_are_written_keep_what_lies_between_them_and_arrows_move_them(search_page):
    bias = read_evaluations(open_run(search_page.parent)).query("status == 'ok'")["device.v_bias"]
    said = "document.querySelector('.said').textContent"
    end = "document.querySelectorAll('.explore input')"
    write = "{0}[{1}].value = '{2}'; {0}[{1}].dispatchEvent(new Event('change'))"
    with browser() as tab:
        tab.open(search_page, width=390)
        show_charts(tab)
        tab.value(write.format(end, 0, 4.5))
        tab.value(write.format(end, 1, "4,9"))  # as it is written in many countries
        kept = int(bias.between(4.5, 4.9).sum())
        assert 0 < kept < 83
        assert tab.value(said).startswith(f"{kept} of 83 evaluations: device.v_bias [V] from 4.5 to 4.9.")
        assert tab.value("document.querySelectorAll('.brush .selection[height]:not([style*=none])').length") == 1
        tab.value(f"{end}[1].focus()")
        tab.press("ArrowUp")
        moved = 4.9 + 0.02 * (bias.max() - bias.min())
        assert float(tab.value(f"{end}[1].value")) == pytest.approx(moved, rel=1e-4)
        tab.value("document.querySelector('.explore button').click()")
        assert tab.value(said).startswith("83 of 83 evaluations.")


@pytest.mark.slow
def test_arrow_keys_tell_one_value_after_the_other(train_page):
    tip = "document.querySelector('.tip:not([hidden])')?.textContent"
    with browser() as tab:
        tab.open(train_page, width=1200)
        tab.value("document.querySelector('[data-panel=training_curves] .card').focus({focusVisible: true})")
        assert "epoch: 1\n" in tab.value(tip)
        tab.press("ArrowRight")
        assert "epoch: 2\n" in tab.value(tip)
        tab.press("End")
        assert "epoch: 8\n" in tab.value(tip)
        tab.press("Escape")
        assert tab.value(tip) is None
