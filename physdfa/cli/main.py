"""The entry of the command line: signals first, then everything else.

Exit codes: 0 done, 2 the user's input, 130 interrupted (143 by SIGTERM), 1 anything else.
"""

import contextlib
import os
import sys
from typing import NoReturn

from physdfa.interrupt import listening


def main() -> None:
    """Run the command line and exit with its code."""
    with listening():  # before the imports that take time: a signal may come during them
        from physdfa.cli.boundary import answer

        code = answer()
    sys.exit(code)


def program() -> NoReturn:
    """Run `main` as a process of its own, which ends without taking the interpreter apart.

    The threads of compiled libraries outlive that at times, and abort a process whose work was done; and a signal that
    comes meanwhile would end a finished command with a traceback.
    """
    code: object = 1
    with listening():
        try:
            main()
        except SystemExit as left:
            code = left.code
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError, ValueError):  # a reader that has gone
                stream.flush()
        os._exit(code if isinstance(code, int) else 1)
