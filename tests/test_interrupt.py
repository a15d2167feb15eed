"""Signals as a process meets them: between parts, during a part, in a write, twice; and that nothing stays behind."""

import signal
import subprocess
import sys
import threading
import time

import pytest

from physdfa import interrupt
from physdfa.interrupt import Interrupted, in_parts, listening, stop_if_asked

HEAD = """
import os, signal, sys, time
from physdfa.interrupt import before_leaving, in_parts, keeps, listening, stop_if_asked, undivided, Interrupted
def send(number=signal.SIGINT):
    os.kill(os.getpid(), number)
    time.sleep(0.3)  # for the thread that takes it; well above the time within which two count as one
"""


def ending(body: str) -> tuple[int, str, str]:
    """Exit code and output of a process of its own that does this under `listening`."""
    script = HEAD + "with listening():\n" + "".join(f"    {line}\n" for line in body.strip().splitlines())
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    return done.returncode, done.stdout, done.stderr


def wait_until_asked():
    """For the thread that takes the signal."""
    end = time.monotonic() + 10
    while interrupt.asked() is None:
        assert time.monotonic() < end, "the signal was not taken"
        time.sleep(0.001)


def test_without_listening_nothing_is_asked_and_python_keeps_its_own_handler():
    with in_parts():
        stop_if_asked()
    assert signal.getsignal(signal.SIGINT) is signal.default_int_handler
    with pytest.raises(KeyboardInterrupt) as caught:
        signal.raise_signal(signal.SIGINT)
    assert not isinstance(caught.value, Interrupted)


def test_a_first_signal_waits_for_the_end_of_its_part_and_handlers_are_put_back():
    before = [signal.getsignal(number) for number in interrupt.SIGNALS]
    threads, done = threading.active_count(), []

    def work():
        with listening(), in_parts():
            for part in range(3):
                stop_if_asked()
                if part == 1:
                    signal.raise_signal(signal.SIGTERM)
                    wait_until_asked()
                done.append(part)

    with pytest.raises(Interrupted) as caught:
        work()
    assert (done, caught.value.number) == ([0, 1], signal.SIGTERM)
    assert [signal.getsignal(number) for number in interrupt.SIGNALS] == before
    assert threading.active_count() == threads
    with listening():
        assert interrupt.asked() is None


def test_work_that_was_done_before_it_looked_again_ends_as_interrupted_all_the_same():
    def work():
        with listening(), in_parts():
            signal.raise_signal(signal.SIGINT)
            wait_until_asked()

    with pytest.raises(Interrupted):
        work()
    with in_parts():  # nobody listens any more: what was asked then asks nothing of later work
        stop_if_asked()


def test_in_another_thread_nothing_is_installed():
    found = []

    def work():
        with listening():
            found.append(signal.getsignal(signal.SIGINT))

    thread = threading.Thread(target=work)
    thread.start()
    thread.join()
    assert found == [signal.default_int_handler]


@pytest.mark.parametrize(("name", "code"), [("SIGINT", 130), ("SIGTERM", 143)])
def test_outside_of_parts_a_signal_ends_the_process_at_once_with_its_code_and_last_words(name, code):
    found = ending(
        "keeps(lambda: 'a sentence')\n"
        "before_leaving('key', lambda: os.write(1, b'last word'))\n"
        f"send(signal.{name})\n"
        "print('not reached', flush=True)"
    )
    assert found == (code, "last word", "interrupted; a sentence\n")


def test_a_second_signal_ends_a_part_that_does_not_look_even_in_compiled_code():
    code, out, err = ending(
        "import threading\n"
        "threading.Timer(0.5, lambda: (send(), send())).start()\n"
        "with in_parts():\n"
        "    threading.Lock().acquire() or threading.Event().wait(30)\n"
        "    import zlib; [zlib.crc32(bytes(10**8)) for _ in range(10**6)]"
    )
    assert (code, out) == (130, "")
    assert "once more stops at once" in err


def test_two_signals_of_one_press_count_as_one():
    code, out, _ = ending(
        "try:\n"
        "    with in_parts():\n"
        "        os.kill(os.getpid(), signal.SIGTERM); os.kill(os.getpid(), signal.SIGTERM)\n"
        "        time.sleep(0.5)\n"
        "        stop_if_asked()\n"
        "except Interrupted as error: print('stopped', error.number)"
    )
    assert (code, out) == (0, "stopped 15\n")


def test_a_write_is_not_cut():
    code, out, _ = ending(
        "with undivided():\n    send()\n    os.write(1, b'whole')\ntime.sleep(10)\nos.write(1, b'not reached')"
    )
    assert (code, out) == (130, "whole")


def test_a_signal_that_was_to_be_ignored_stays_ignored():
    script = HEAD + "signal.signal(signal.SIGINT, signal.SIG_IGN)\nwith listening():\n    send()\n    print('went on')"
    done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True, timeout=60)
    assert (done.returncode, done.stdout) == (0, "went on\n")
