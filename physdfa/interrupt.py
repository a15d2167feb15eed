"""Stopping a command: a signal is noted the moment it comes, and work that comes in parts looks between them.

Python raises `KeyboardInterrupt` in whatever its main thread runs. In a callback of the garbage collector it is
printed and dropped, in compiled code it waits, in the middle of an import it comes out as another error. So under
`listening`, which the command line opens, Python raises nothing: a thread of its own is told of every signal, and
- during work that comes `in_parts`, the first signal is a flag that the work reads with `stop_if_asked`;
- the second one, or the first one at any other time, ends the process at once, though never in the middle of a write.

Without `listening`, as in a notebook, nothing here does anything, and Ctrl-C is Python's own.
"""

import contextlib
import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from types import FrameType

from physdfa.harmless import for_terminal

SIGNALS = (signal.SIGINT, signal.SIGTERM)
SAME_PRESS_S = 0.2
"""Signals closer than this count as one: `timeout` and job managers send theirs to a process and to its group."""
PATIENCE_S = 5.0
"""Longest wait for a write to end before the process ends in the middle of it: a disk may never answer."""
_NO_MORE = 0  # no signal has this number


class Interrupted(KeyboardInterrupt):
    """Work that a signal has asked to stop, and that has stopped; `number` is that of the signal."""

    def __init__(self, number: int):
        self.number = number
        super().__init__(f"stopped by {signal.Signals(number).name}")


class _State:
    """What this process has been asked, and what it is at."""

    def __init__(self, *, listening: bool = False):
        self.listening = listening
        self.asked: int | None = None
        self.parts = 0
        self.last_words: dict[object, Callable[[], object]] = {}
        self.kept: list[Callable[[], str]] = []


_state = _State()
_whole = threading.RLock()


def exit_code(number: int | None) -> int:
    """What a process ends with that a signal has stopped: 130 for SIGINT, 143 for SIGTERM."""
    return 128 + (number or signal.SIGINT)


def asked() -> int | None:
    """The number of the first signal that came under `listening`; None while there is none."""
    return _state.asked


def stop_if_asked() -> None:
    """The look between two parts of work.

    **Raises:** `Interrupted` if a signal has asked to stop.
    """
    if _state.listening and _state.asked is not None:
        raise Interrupted(_state.asked)


@contextlib.contextmanager
def in_parts() -> Iterator[None]:
    """Work that calls `stop_if_asked` between its parts, each of which the first signal lets finish.

    **Raises:** `Interrupted` at its end, if a signal came and the work was done before it looked again.
    """
    _state.parts += 1
    try:
        yield
    finally:
        _state.parts -= 1  # before the look: a signal that comes after it finds no part to wait for
    stop_if_asked()


@contextlib.contextmanager
def undivided() -> Iterator[None]:
    """A write that is not to be cut: a process that is to end at once waits for its end."""
    with _whole:
        yield


def before_leaving(key: object, action: Callable[[], object] | None) -> None:
    """Do this before the process ends at once: short, and without an import. None takes back what `key` has said."""
    _state.last_words.pop(key, None)
    if action is not None and _state.listening:
        _state.last_words[key] = action


def keeps(sentence: Callable[[], str]) -> None:
    """Work has begun that keeps what it reaches; `sentence` says what and how to go on. The first one is told."""
    if _state.listening:
        _state.kept.append(sentence)


def what_is_kept() -> str:
    """The sentence for the user whose command was stopped; empty where nothing had begun that would be kept."""
    return _state.kept[0]() if _state.kept else ""


def interrupted_sentence(kept: str) -> str:
    """What a command says that a signal has ended."""
    return f"interrupted; {kept or 'no run had begun'}"


@contextlib.contextmanager
def listening() -> Iterator[None]:
    """Take SIGINT and SIGTERM as said above, and put back at the end what took them before.

    Nothing changes in another thread than the main one, inside another `listening`, or for a signal that whoever
    started this process had it ignore.
    """
    if _state.listening or threading.current_thread() is not threading.main_thread():
        yield
        return
    _state.__init__(listening=True)
    read_end, write_end = os.pipe()
    os.set_blocking(write_end, False)
    watcher = threading.Thread(target=_watch, args=(read_end,), name="signals", daemon=True)
    watcher.start()
    handlers = {number: signal.getsignal(number) for number in SIGNALS}
    wakeup = signal.set_wakeup_fd(write_end, warn_on_full_buffer=False)
    for number, handler in handlers.items():
        if handler is not signal.SIG_IGN:
            signal.signal(number, _leave_to_the_watcher)
    try:
        yield
    finally:
        for number, handler in handlers.items():
            if handler is not None:  # None: of another language than Python, which Python cannot put back
                signal.signal(number, handler)
        signal.set_wakeup_fd(wakeup)
        os.write(write_end, bytes([_NO_MORE]))
        watcher.join()
        os.close(read_end)
        os.close(write_end)
        _state.listening = False


def _leave_to_the_watcher(number: int, frame: FrameType | None) -> None:
    """Python's handler; the number of the signal is in the pipe already."""
    del number, frame


def _watch(read_end: int) -> None:
    """Take each signal as it comes, whatever the main thread is at."""
    last = -SAME_PRESS_S
    while (number := os.read(read_end, 1)[0]) != _NO_MORE:
        if number not in SIGNALS:
            continue
        now, since = time.monotonic(), last
        last = now
        if _state.asked is None:
            _state.asked = number  # before the look at `parts`, which `in_parts` lowers before it looks at this
            if _state.parts:
                tell("stopping after the part in flight (an epoch, or a chunk of trainings); once more stops at once")
                continue
        elif now - since < SAME_PRESS_S:
            continue
        _end(_state.asked)


def _end(number: int) -> None:
    """End the process, after its last words and outside of a write, or after `PATIENCE_S`."""
    speaker = threading.Thread(target=_say_last_words, daemon=True)
    speaker.start()
    speaker.join(PATIENCE_S)
    os._exit(exit_code(number))


def end_process(last_word: Callable[[], str], *, code: int) -> None:
    """End the process from any thread, outside of a write; `last_word` is called before, and says what is told."""

    def speak() -> None:
        with contextlib.suppress(Exception):
            _whole.acquire()  # and never let go: nothing else is written after this
            tell(last_word())

    speaker = threading.Thread(target=speak, daemon=True)
    speaker.start()
    speaker.join(PATIENCE_S)
    os._exit(code)


def _say_last_words() -> None:
    with contextlib.suppress(Exception):
        sentence = what_is_kept()
        _whole.acquire()  # and never let go: nothing is written after this
        for action in reversed(_state.last_words.values()):
            with contextlib.suppress(Exception):
                action()
        tell(interrupted_sentence(sentence))


def tell(sentence: str) -> None:
    """A line on standard error from any thread: a Python stream may be in use by the main one."""
    with contextlib.suppress(OSError):
        os.write(2, f"{for_terminal(sentence)}\n".encode())
