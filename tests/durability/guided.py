"""`python -m tests.durability.guided KIND FOLDER [libFuzzer's options]`: changes that reach new lines are changed on.

With atheris (coverage-guided, libFuzzer). Says `Done` where every input was answered by a value or a sentence.
"""

import contextlib
import sys
from importlib import import_module
from pathlib import Path

atheris = import_module("atheris")  # may not be there when types are checked

with atheris.instrument_imports(include=["physdfa"]):
    from physdfa.errors import PhysdfaError
    from tests.durability.kinds import KINDS

LONGEST_WORD = 64
"""In bytes, as libFuzzer takes them."""


def word_line(number: int, word: bytes) -> str:
    """A word of libFuzzer's dictionary."""
    escaped = "".join(rf"\x{byte:02x}" for byte in word)
    return f'word{number}="{escaped}"\n'


def main() -> None:
    """Fuzz one kind from its whole contents, as libFuzzer is told."""
    kind, folder, *options = sys.argv[1:]
    corpus, files, words = (Path(folder) / name for name in ("corpus", "files", "words"))
    corpus.mkdir()
    files.mkdir()
    made = KINDS[kind](files)
    for number, content in enumerate(made.whole):
        (corpus / str(number)).write_bytes(content)
    short = [word for word in made.tokens if len(word) <= LONGEST_WORD]
    words.write_text("".join(word_line(*each) for each in enumerate(short)))

    def read(content: bytes) -> None:
        with contextlib.suppress(PhysdfaError):
            made.read(content)

    atheris.Setup([sys.argv[0], *options, f"-dict={words}", f"-artifact_prefix={folder}/", str(corpus)], read)
    atheris.Fuzz()


if __name__ == "__main__":
    main()
