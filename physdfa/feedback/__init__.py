"""The matrices B that bring the output error back to the hidden layers."""

from physdfa.feedback.dense import dense_feedback

__all__ = ["dense_feedback"]
