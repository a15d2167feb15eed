"""A page in headless Chromium, driven over a pipe: what it logs, what it asks for, and how wide it becomes."""

import json
import os
import shutil
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import pytest

FLAGS = ("--headless", "--no-sandbox", "--disable-gpu", "--remote-debugging-pipe", "--no-first-run")
NAMES = ("chromium", "chromium-browser", "google-chrome")


class Browser:
    """One tab. `events` holds what it told while answers were waited for."""

    def __init__(self, write: int, read: int):
        self.write, self.read, self.buffer = write, read, b""
        self.number, self.session, self.events = 0, None, list[dict[str, Any]]()
        target = self.ask("Target.createTarget", url="about:blank")["targetId"]
        self.session = self.ask("Target.attachToTarget", targetId=target, flatten=True)["sessionId"]
        for domain in ("Page", "Runtime", "Log", "Network"):
            self.ask(f"{domain}.enable")

    def ask(self, method: str, **params: Any) -> dict[str, Any]:
        self.number += 1
        message = {"id": self.number, "method": method, "params": params}
        message |= {"sessionId": self.session} if self.session else {}
        os.write(self.write, json.dumps(message).encode() + b"\0")
        return self.until(lambda one: one.get("id") == self.number)["result"]

    def until(self, wanted: Any) -> dict[str, Any]:
        while True:
            while b"\0" not in self.buffer:
                more = os.read(self.read, 1 << 16)
                assert more, "the browser ended"
                self.buffer += more
            text, _, self.buffer = self.buffer.partition(b"\0")
            message = json.loads(text)
            assert "error" not in message, message
            if "method" in message:
                self.events.append(message)
            if wanted(message):
                return message

    def open(self, page: Path, *, width: int, dark: bool = False, scripts: bool = True) -> None:
        """Show a page at this width [px], and wait until it is loaded."""
        scheme = [{"name": "prefers-color-scheme", "value": "dark" if dark else "light"}]
        self.ask("Emulation.setEmulatedMedia", features=scheme)
        self.ask("Emulation.setScriptExecutionDisabled", value=not scripts)
        self.ask("Emulation.setDeviceMetricsOverride", width=width, height=900, deviceScaleFactor=1, mobile=width < 500)
        self.events.clear()
        self.ask("Page.navigate", url=page.resolve().as_uri())
        if not any(event["method"] == "Page.loadEventFired" for event in self.events):
            self.until(lambda one: one.get("method") == "Page.loadEventFired")

    def value(self, expression: str) -> Any:
        """What a JavaScript expression gives in the page."""
        found = self.ask("Runtime.evaluate", expression=expression, returnByValue=True)
        assert "exceptionDetails" not in found, found
        return found["result"].get("value")

    def show(self, element: str) -> None:
        """Bring what a JavaScript expression names into view, and wait until what draws itself there is drawn."""
        drawn = "new Promise((done) => requestAnimationFrame(() => requestAnimationFrame(() => setTimeout(done))))"
        self.ask(
            "Runtime.evaluate", expression=f"{element}.scrollIntoView({{block: 'center'}}); {drawn}", awaitPromise=True
        )

    def press(self, key: str) -> None:
        """Press a key and let it go, at what has the focus."""
        for kind in ("keyDown", "keyUp"):
            self.ask("Input.dispatchKeyEvent", type=kind, key=key, code=key)

    def move(self, x: float, y: float, kind: str = "mouseMoved", **more: Any) -> None:
        """Move the pointer to a place of the window [px], or press or release its button there."""
        self.ask("Input.dispatchMouseEvent", type=kind, x=x, y=y, **more)

    @property
    def complaints(self) -> list[str]:
        """What was logged, uncaught errors and broken rules of the security policy included."""
        told = ("Log.entryAdded", "Runtime.exceptionThrown", "Runtime.consoleAPICalled")
        return [json.dumps(event["params"]) for event in self.events if event["method"] in told]

    @property
    def requests(self) -> list[str]:
        """The addresses that were asked for, without those that hold their own data."""
        sent = [event["params"] for event in self.events if event["method"] == "Network.requestWillBeSent"]
        return [one["request"]["url"] for one in sent if not one["request"]["url"].startswith("data:")]


@contextmanager
def browser() -> Iterator[Browser]:
    """A browser of its own; without Chromium the test is skipped."""
    program = next((found for name in NAMES if (found := shutil.which(name))), None)
    if program is None:
        pytest.skip("Chromium is not installed")
    to_browser, from_browser = os.pipe(), os.pipe()
    command = 'exec 3<&"$0" 4>&"$1"; shift; exec "$@"'
    with TemporaryDirectory() as profile:
        ends = [str(to_browser[0]), str(from_browser[1])]
        process = subprocess.Popen(
            ["bash", "-c", command, *ends, program, *FLAGS, f"--user-data-dir={profile}", "about:blank"],
            pass_fds=(to_browser[0], from_browser[1]),
            stderr=subprocess.DEVNULL,
            stdout=subprocess.DEVNULL,
        )
        os.close(to_browser[0])
        os.close(from_browser[1])
        try:
            made = Browser(to_browser[1], from_browser[0])
            yield made
            made.session = None
            made.ask("Browser.close")
        finally:
            os.close(to_browser[1])
            os.close(from_browser[0])
            try:
                process.wait(10)
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
