"""`physdfa dashboard`: searches and sweeps in the browser, while they run."""

import contextlib
import importlib
import socketserver
import tempfile
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import Annotated, Any
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import typer

from physdfa.cli import options
from physdfa.errors import InputError, MissingExtraError

HOST = "127.0.0.1"


def dashboard(
    runs: Annotated[
        list[Path] | None,
        typer.Argument(metavar="[RUN...]", help="Run folders of searches, sweeps, studies; default all below --out."),
    ] = None,
    storage: Annotated[
        str | None,
        typer.Option(
            "--storage", metavar="URL", help="Of Optuna: sqlite:///FILE or postgresql://…; default a new one."
        ),
    ] = None,
    port: Annotated[int, typer.Option("--port", metavar="N", min=1, max=65535, help="On this machine alone.")] = 8080,
    once: Annotated[
        bool, typer.Option("--once", help="Write what there is into --storage and end; no page, no following.")
    ] = False,
    out: options.Out = options.RESULTS,
    trust: options.Trust = False,
) -> None:
    """Show searches, sweeps and studies in the browser as Optuna studies, and follow them while they grow."""
    from physdfa.workflow.dashboard import follow, mirrors_of, searches_in

    if once and storage is None:
        raise InputError("--once writes into a storage: name it, such as --storage sqlite:///studies.sqlite3.")
    paths = runs or searches_in(out)
    with _opened(storage) as opened, contextlib.ExitStack() as stack:
        server = None if once else stack.enter_context(_server(opened, port))
        mirrors = mirrors_of(paths, opened)
        follow(mirrors, until=lambda: True)
        for mirror in mirrors:
            print(f"{mirror.study.study_name}: {len(mirror.study.get_trials(deepcopy=False))} candidates")
        if server is None:
            return
        ended = threading.Event()
        stack.callback(ended.set)
        threading.Thread(target=follow, args=(mirrors,), kwargs={"until": ended.is_set}, daemon=True).start()
        print(f"http://{HOST}:{port}/ (Ctrl-C ends it; the runs go on)", flush=True)
        server.serve_forever()


@contextlib.contextmanager
def _opened(url: str | None) -> Iterator[Any]:
    """Optuna's storage at a URL, or one that is gone afterwards."""
    try:
        storages = importlib.import_module("optuna.storages")
    except ImportError:
        raise MissingExtraError("optuna", "dashboard") from None
    with tempfile.TemporaryDirectory() as folder:
        try:
            yield storages.get_storage(url or f"sqlite:///{folder}/studies.sqlite3")
        except (ValueError, ImportError) as error:
            if isinstance(error, InputError):
                raise
            raise InputError(f"--storage {url}: {' '.join(str(error).split())}") from None
        except Exception as error:
            if not type(error).__module__.startswith(("sqlalchemy", "optuna", "psycopg2", "alembic")):
                raise
            said = str(error).splitlines()[0]
            raise InputError(f"--storage {url}: it does not answer: {said}") from None


class _Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing of each request."""


class _Threading(socketserver.ThreadingMixIn, WSGIServer):
    daemon_threads = True


@contextlib.contextmanager
def _server(storage: Any, port: int) -> Iterator[WSGIServer]:
    try:
        app = importlib.import_module("optuna_dashboard").wsgi(storage)
    except ImportError:
        raise MissingExtraError("optuna-dashboard", "dashboard") from None
    try:
        server = make_server(HOST, port, app, server_class=_Threading, handler_class=_Quiet)
    except OSError as error:
        raise InputError(f"--port {port}: {error.strerror or error}; name another one.") from None
    with server:
        yield server
