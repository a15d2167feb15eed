"""The figures of the entries: numbers in, a panel with its CSV out."""
