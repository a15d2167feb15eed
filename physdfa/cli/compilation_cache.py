"""Compiled programs kept from one command to the next, so that the second training starts at once."""

import hashlib
import os
import platform
from collections.abc import MutableMapping
from pathlib import Path

from platformdirs import user_cache_path

FOLDER = "JAX_COMPILATION_CACHE_DIR"
SWITCH = "JAX_ENABLE_COMPILATION_CACHE"
LEAST_SECONDS = "JAX_PERSISTENT_CACHE_MIN_COMPILE_TIME_SECS"
PROCESSOR_FACTS = Path("/proc/cpuinfo")


def keep_compiled_programs(environ: MutableMapping[str, str]) -> Path | None:
    """Let JAX, imported after this, keep its compiled programs in the user's cache folder; return that folder.

    JAX's own variables win: `JAX_COMPILATION_CACHE_DIR` for another folder, `JAX_ENABLE_COMPILATION_CACHE=false` for
    none. Without a folder that can be written, nothing is kept. A damaged entry is found out by JAX, which says so and
    compiles anew. The folder can be deleted at any time.
    """
    if FOLDER in environ or environ.get(SWITCH, "true").lower() in ("false", "0"):
        return None
    folder = user_cache_path("physdfa") / "compiled" / processor()
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError:
        return None
    if not os.access(folder, os.W_OK):
        return None
    environ[FOLDER] = str(folder)
    environ.setdefault(LEAST_SECONDS, "0")  # a start compiles dozens of small programs; together they take seconds
    return folder


def processor() -> str:
    """A name for the instructions of this processor, since machines that share a home folder may differ in it."""
    facts = [platform.system(), platform.machine()]
    if PROCESSOR_FACTS.exists():
        lines = PROCESSOR_FACTS.read_text(errors="replace").splitlines()
        facts += sorted({line for line in lines if line.startswith(("model name", "flags", "Features"))})
    return hashlib.sha256("\n".join(facts).encode()).hexdigest()[:12]
