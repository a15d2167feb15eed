"""Candidates of a sweep, search or range: how they are trained, kept and summarised."""
