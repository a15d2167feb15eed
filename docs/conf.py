"""The pages as a site: `make docs` writes docs/_build/index.html."""

import re

project = "physdfa"
extensions = ["myst_parser", "sphinx.ext.autodoc"]
exclude_patterns = ["_build"]
html_theme = "furo"
html_title = "physdfa"
html_copy_source = False
html_show_copyright = False

myst_heading_anchors = 3  # links to a heading, as GitHub has them

default_role = "code"  # docstrings have `names` as Markdown does
autodoc_member_order = "bysource"
autodoc_typehints_format = "short"

KEY = re.compile(r"[~\w.]*Key\[Array, ''\] \| [~\w.]*UInt32\[Array, '2'\] \| [~\w.]*UInt32\[Array, '4'\]")


def _with_sphinx_signs(app: object, what: str, name: str, obj: object, options: object, lines: list[str]) -> None:
    """Turn the Markdown of a docstring into what Sphinx reads: equations stand as they are set, a bar is a bar."""
    del app, name, obj, options
    told, in_list = [], False
    for text in filter(None, re.split(r"\n\n+", "\n".join(lines))):
        in_list = bool(re.match(r"[-*] ", text)) or (in_list and text.startswith(" "))
        is_equation = text.startswith("    ") or (" = " in text.partition("\n")[0] and "\n " in text)
        has_columns = what == "module" and re.search(r"\S {3,}\S", text)
        if not in_list and (is_equation or has_columns):
            told.append("::\n\n" + "\n".join(f"    {line}" for line in text.splitlines()))
        else:
            parts = text.split("`")
            told.append("`".join(part if i % 2 else part.replace("|", r"\|") for i, part in enumerate(parts)))
    lines[:] = [*"\n\n".join(told).splitlines(), ""]


def _shortened(
    app: object, what: str, name: str, obj: object, options: object, signature: str | None, returns: str | None
):
    """Name arrays and random keys in a signature as the source does."""
    del app, what, name, obj, options
    return tuple(text and KEY.sub("PRNGKeyArray", text.replace("jaxlib._jax.", "")) for text in (signature, returns))


def setup(app: object) -> None:
    """Called by Sphinx."""
    app.connect("autodoc-process-docstring", _with_sphinx_signs)  # pyright: ignore[reportAttributeAccessIssue]
    app.connect("autodoc-process-signature", _shortened)  # pyright: ignore[reportAttributeAccessIssue]
