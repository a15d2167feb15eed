#!/bin/sh
# All that is to be known of an accelerator, in 6 minutes: see benchmarks/gpu.py. Needs JAX >= 0.10 with its plugin for
# the accelerator, and the core dependencies of physdfa; no network.
#
#   benchmarks/gpu.sh [--wheels DIR] [--out gpu.json] [--minutes 6] [--smoke] [--only PART ...]
#
# --wheels DIR   a folder of wheels, from which those of the core dependencies that are missing are installed, for this run
# PYTHON         the interpreter to use; default python3
set -eu
here=$(cd "$(dirname "$0")" && pwd)
python=${PYTHON:-python3}
if [ "${1:-}" = --wheels ]; then
    extra=$(mktemp -d)
    trap 'rm -rf "$extra"' EXIT
    "$python" -m pip install --quiet --no-index --find-links "$2" --no-deps --target "$extra" \
        equinox jaxtyping optax deap pydantic tomli-w typer pooch
    PYTHONPATH="${PYTHONPATH:-}:$extra"
    shift 2
fi
PYTHONPATH="$(dirname "$here"):${PYTHONPATH:-}"
export PYTHONPATH
"$python" "$here/gpu.py" "$@"
