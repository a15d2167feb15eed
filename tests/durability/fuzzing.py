"""Files as nobody would write them: whole ones that were changed at random, and what a reader may answer."""

import os
import random
import resource
import time
from collections.abc import Callable, Sequence

from physdfa.errors import PhysdfaError

NUM_INPUTS = int(os.environ.get("PHYSDFA_FUZZ_INPUTS", "100000"))
"""Inputs of each kind."""
LONGEST_S, LONGEST_WAIT_S = 5.0, 60.0
"""For one input: seconds of work, and of waiting on a machine that others use."""
MOST_BYTES = 1 << 30
"""Largest growth of the memory of this process while it reads."""
MOST_CHANGES = 8


def mutated(content: bytes, tokens: Sequence[bytes], rng: random.Random) -> bytes:
    """The content after a few random changes: bits, cuts, copies, and tokens that mean something to the reader."""
    found = bytearray(content)
    for _ in range(rng.randint(1, MOST_CHANGES)):
        place = rng.randrange(len(found) + 1)
        end = min(len(found), place + rng.choice((1, 1, 2, 4, 16, 64)))
        match rng.randrange(7):
            case 0 if place < len(found):
                found[place] ^= 1 << rng.randrange(8)
            case 1:
                del found[place:end]
            case 2:
                found[place:place] = found[place:end] * rng.choice((1, 2, 50))
            case 3:
                found[place:place] = rng.choice(tokens)
            case 4:
                found[place:end] = rng.choice(tokens)
            case 5:
                found[place:end] = rng.randbytes(end - place)
            case _ if rng.random() < 0.1:
                del found[place:]
    return bytes(found)


def survive(read: Callable[[bytes], object], whole: Sequence[bytes], tokens: Sequence[bytes], seed: int) -> None:
    """Let `read` answer to random changes of whole contents: with a value, or with a sentence for the user.

    Fails with the seed and the content for any other exception, for an answer that takes long, and for much memory.
    """
    for content in whole:
        read(content)  # it is whole
    before = peak_bytes()
    for number in range(NUM_INPUTS):
        rng = random.Random(f"{seed} {number}")
        content = mutated(rng.choice(whole), tokens, rng)
        began, working = time.monotonic(), time.process_time()
        try:
            read(content)
        except PhysdfaError:
            pass
        except Exception as error:
            raise AssertionError(f"input {seed} {number}: {type(error).__name__} for {content[:4000]!r}") from error
        assert time.process_time() - working < LONGEST_S, (number, content)
        assert time.monotonic() - began < LONGEST_WAIT_S, (number, content)
        assert peak_bytes() - before < MOST_BYTES, (number, content)


def peak_bytes() -> int:
    """The most memory that this process has had."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss * 1024
