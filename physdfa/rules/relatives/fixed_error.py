"""Rules whose error can be taken at one time only."""

from physdfa.errors import InputError, unknown_name
from physdfa.rules.base import ERRORS


def check_error(name: str, error: str, allowed: tuple[str, ...]) -> None:
    """Refuse what the rule cannot do.

    **Raises:** `InputError` for an `error` that is not `allowed`, with what is; and for one that does not exist.
    """
    if error not in ERRORS:
        raise InputError(f"`error`: {unknown_name('error', error, ERRORS)}")
    if error not in allowed:
        raise InputError(error_refusal(name, error, allowed))


def error_refusal(name: str, error: str, allowed: tuple[str, ...]) -> str:
    """The sentence for an error that a rule cannot take."""
    when = "after the last step" if "final" in allowed else "at every step"
    return f'rule.error = "{error}": the rule \'{name}\' takes its error {when}; set rule.error = "{allowed[0]}".'
