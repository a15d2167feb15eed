"""One file per figure; each takes numbers that were read from a run folder and returns a `Panel`."""
