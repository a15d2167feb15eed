"""The working range of a finished sweep or search."""
