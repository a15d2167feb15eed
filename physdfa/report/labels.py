"""Units, meanings and scales of the varied parameters, as the run's configuration declares them."""

from collections.abc import Iterable

from physdfa.config import ExperimentConfig, find_key, load_config
from physdfa.errors import ConfigError, PhysdfaError
from physdfa.report.reading import RunRecord, section


class ParameterLabels:
    """Units and meanings of a run's parameters by their dotted config paths.

    **Arguments:**

    - `record`: the run; a configuration that cannot be read here costs the units, not the report.

    `problem` says why there are none; empty where there are.
    """

    def __init__(self, record: RunRecord):
        self.ranges: dict[str, object] = {
            **section(record.config, "sweep", "parameters"),
            **section(record.config, "search", "genes"),
        }
        self._config: ExperimentConfig | None = None
        self.problem = ""
        try:
            self._config = load_config(record.run.path / "config.toml", ())
        except PhysdfaError as error:
            why = " ".join(error.mistakes) if isinstance(error, ConfigError) else str(error)
            self.problem = f"Parameters have no units and meanings here, since the configuration cannot be read: {why}"

    def unit(self, path: str) -> str:
        """The unit; empty where none is declared."""
        return self._declared(path, "unit")

    def meaning(self, path: str) -> str:
        """The declared meaning of the parameter; empty where there is none."""
        return self._declared(path, "meaning")

    def axis_labels(self, paths: Iterable[str]) -> dict[str, str]:
        """The text at the axis of each parameter: its path and, in brackets, its unit."""
        return {path: f"{path} [{self.unit(path)}]" if self.unit(path) else path for path in paths}

    def _declared(self, path: str, what: str) -> str:
        key = find_key(self._config, path) if self._config is not None and "." in path else None
        return str(getattr(key, what, "") or "")
