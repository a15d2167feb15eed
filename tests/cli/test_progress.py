"""Progress in a pipe is a line every 30 s, on a terminal a bar with rate and time left, and nothing when quiet."""

import io
import sys

import pytest
from rich.progress import Task, TaskID

from physdfa.cli import progress as module
from physdfa.cli.progress import PlainProgress, RateColumn, TerminalProgress, WarningsOnly, make_progress


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


@pytest.fixture
def clock(monkeypatch):
    """The seconds that the progress display sees; set `clock[0]`."""
    now = [100.0]
    monkeypatch.setattr(module.time, "monotonic", lambda: now[0])
    return now


def test_a_pipe_gets_one_line_every_30_s_with_the_time_left(clock, capsys):
    progress = PlainProgress()
    progress.begin("epochs", 10)
    clock[0] += 29
    progress.advance(text="train accuracy 90 %")
    assert capsys.readouterr().err == ""
    clock[0] += 11
    progress.advance()
    # 2 of 10 in 40 s: the other 8 take 160 s.
    assert capsys.readouterr().err == "2 of 10 epochs, 2 min 40 s left  train accuracy 90 %\n"
    clock[0] += 29
    progress.advance()
    assert capsys.readouterr().err == ""


def test_a_new_piece_of_work_forgets_the_last_one(clock, capsys):
    progress = PlainProgress()
    progress.begin("first", 1)
    progress.advance(text="old news")
    progress.begin("second", 4)
    clock[0] += 40
    progress.advance(2)
    assert capsys.readouterr().err == "2 of 4 second, 40 s left\n"


def test_a_pipe_gets_every_sentence_at_once(capsys):
    PlainProgress().say("generation 0")
    captured = capsys.readouterr()
    assert (captured.out, captured.err) == ("", "generation 0\n")


def test_quiet_says_nothing_at_all(capsys):
    progress = make_progress(quiet=True)
    assert isinstance(progress, WarningsOnly)
    progress.begin("epochs", 2)
    progress.advance(2, "text")
    progress.say("text")
    progress.close()
    assert capsys.readouterr() == ("", "")


def test_quiet_lets_a_warning_through(capsys):
    make_progress(quiet=True).say("warning: it never fires")
    assert capsys.readouterr() == ("", "warning: it never fires\n")


def test_a_terminal_gets_a_bar_a_pipe_does_not(monkeypatch):
    monkeypatch.setattr(sys, "stderr", io.StringIO())
    assert isinstance(make_progress(quiet=False), PlainProgress)
    monkeypatch.setattr(sys, "stderr", Terminal())
    shown = make_progress(quiet=False)
    assert isinstance(shown, TerminalProgress)
    shown.close()


def test_the_bar_shows_how_many_how_fast_and_what_is_newest(monkeypatch):
    monkeypatch.setenv("COLUMNS", "160")
    monkeypatch.setenv("TERM", "xterm")
    screen = Terminal()
    monkeypatch.setattr(sys, "stderr", screen)
    progress = TerminalProgress()
    progress.advance()  # before there is a bar
    progress.begin("first work", 2)
    progress.begin("epochs", 4)
    for part in range(4):
        progress.advance(text=f"train accuracy [{part}] %")
    progress.say("a [sentence] above")
    progress.close()
    text = screen.getvalue()
    last = text[text.rindex("epochs") :]
    assert "4/4" in last
    assert "/s" in last
    assert "train accuracy [3] %" in last
    assert "a [sentence] above" in text


@pytest.mark.parametrize(("speed", "text"), [(None, ""), (12.34, "12.3/s"), (0.2, "5 s each")])
def test_a_rate_is_per_second_or_seconds_each(speed, text):
    task = Task(TaskID(0), "work", 1.0, 0.0, lambda: 0.0, finished_speed=speed)
    assert str(RateColumn().render(task)) == text
