"""From a config to a run folder: the work behind the commands, usable from Python as well."""
