"""What has changed since a run stopped: it goes on with the same software, or says that it did not."""

from collections.abc import Sequence
from typing import Any

import jax

from physdfa.errors import RunFolderError
from physdfa.store import RunFolder
from physdfa.store.environment import changes_since


def refuse_changes(run: RunFolder, changes: Sequence[str] = (), *, allow_changed: bool) -> None:
    """Refuse to go on with other code, versions or fewer devices, or note them in the summary.

    **Arguments:**

    - `changes`: that the caller has found, a few words each.

    **Raises:** `RunFolderError` with every difference.
    """
    summary: dict[str, Any] = run.read_summary()
    found = [*changes, *changes_since(run.read_environment())]
    if (before := summary.get("num_devices") or 1) > (now := jax.local_device_count()):
        found.append(f"devices: {before} then, {now} now (--devices {before})")
    if found and not allow_changed:
        raise RunFolderError(
            f"{run.path} was made with something else than what would go on with it, so it could end otherwise: "
            f"{'; '.join(found)}. Put that back, or add --allow-changed."
        )
    if found:
        run.write_summary({"changes": [*(summary.get("changes") or []), *found]})
