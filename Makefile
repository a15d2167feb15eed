# The doors of the project: `make help` lists them. Runs on Linux and macOS, with GNU make 3.81 or newer.
#
# Nothing is needed beforehand but Python 3.11 or newer, make and a package index. The environment is `.venv` beside this
# file, with the exact versions of constraints.txt; it is made once, and again after pyproject.toml or constraints.txt change.

SHELL = /bin/sh
.DEFAULT_GOAL := help
.PHONY: help demo test test-slow test-durability lint docs bench clean
.NOTPARALLEL:  # two pips must not write to one environment
.DELETE_ON_ERROR:

# Passed on as they are: make demo DEMO_ARGS="--out elsewhere", make test TEST_ARGS="tests/devices -x".
DEMO_ARGS =
TEST_ARGS =
BENCH_ARGS =
# How many workers there is room for, tests/conftest.py knows.
# Each begins with its half of the files, so that tests share what was trained and traced, and takes over at the end.
TEST_WORKERS = -n auto --dist worksteal

# Every check runs, so that one call shows all there is to mend.
CHECKS = 'ruff format --check .' 'ruff check .' 'basedpyright --pythonpath .venv/bin/python' 'lint-imports --no-logo'

help:
	@echo 'make demo         install, run a genetic search on the embedded digits, say where its report is'
	@echo 'make test         install, run the test suite                    (TEST_ARGS="tests/devices -x")'
	@echo 'make test-slow    install, run the tests that take minutes, which make test leaves out'
	@echo 'make test-durability   install, run the tests with 100,000 damaged and hostile files of each kind, and kills (hours)'
	@echo 'make lint         install, check format, style, types and the import order of the rooms'
	@echo 'make docs         install, make the pages a site: docs/_build/index.html'
	@echo 'make bench        install, run the benchmarks'
	@echo 'make clean        remove .venv and what the tools left behind (after moving this folder, too); results/ stays'
	@echo 'To choose the interpreter, before the first of them: make demo PYTHON=/path/to/python3.12'

demo: .venv/.installed
	.venv/bin/physdfa demo $(DEMO_ARGS)

test: .venv/.installed-dev
	.venv/bin/pytest $(TEST_WORKERS) $(TEST_ARGS)

test-slow: .venv/.installed-dev
	.venv/bin/pytest $(TEST_WORKERS) -m slow --ignore=tests/durability $(TEST_ARGS)

test-durability: .venv/.installed-dev
	.venv/bin/pytest $(TEST_WORKERS) -m slow tests/durability $(TEST_ARGS)

lint: .venv/.installed-dev
	@status=0; \
	for check in $(CHECKS); do \
		echo "$$check"; .venv/bin/$$check || status=1; \
	done; \
	exit $$status

docs: .venv/.installed-docs
	.venv/bin/sphinx-build --quiet --fail-on-warning --keep-going docs docs/_build
	@echo 'docs: docs/_build/index.html'

bench: .venv/.installed
	.venv/bin/python benchmarks/run.py $(BENCH_ARGS)

clean:
	rm -rf .venv build dist docs/_build *.egg-info .pytest_cache .ruff_cache .hypothesis .import_linter_cache
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

# --- The environment -------------------------------------------------------------------------------------------------

# Wheels only: where one is missing, pip says so at once, instead of failing a quarter of an hour into a build from source.
PIP_INSTALL = .venv/bin/python -m pip install --disable-pip-version-check --no-user --only-binary=:all: -c constraints.txt
INSTALL_FAILED = { \
	echo "physdfa: pip could not install the locked set for $$(uname -s) on $$(uname -m); its own message is above." >&2; \
	echo "physdfa: without a network or with another package index, set PIP_INDEX_URL. The compiled packages exist for" >&2; \
	echo "physdfa: Linux with glibc 2.28 or newer (x86_64, aarch64) and macOS on Apple silicon, Python 3.11 to 3.14." >&2; \
	exit 1; }

.venv/.installed: .venv/.made pyproject.toml constraints.txt
	@$(PIP_INSTALL) setuptools && $(PIP_INSTALL) --no-build-isolation -e . || $(INSTALL_FAILED)
	@touch $@

.venv/.installed-dev: .venv/.made pyproject.toml constraints.txt
	@$(PIP_INSTALL) setuptools && $(PIP_INSTALL) --no-build-isolation -e '.[dev]' || $(INSTALL_FAILED)
	@touch .venv/.installed $@

.venv/.installed-docs: .venv/.made pyproject.toml constraints.txt
	@$(PIP_INSTALL) setuptools && $(PIP_INSTALL) --no-build-isolation -e '.[docs]' || $(INSTALL_FAILED)
	@touch .venv/.installed $@

# First the interpreters that the locked set was made for; if there is none, a newer one gets its chance. Each candidate
# is run, not only found: pyenv leaves names on the path that only print an error.
CANDIDATES = $(or $(PYTHON),python3 python3.14 python3.13 python3.12 python3.11)
TOO_OLD = { \
	echo "physdfa: needs Python 3.11 or newer, and found none: tried $(CANDIDATES)." >&2; \
	for name in $(CANDIDATES); do \
		found=$$($$name --version 2>&1) && echo "physdfa: $$name is $$found." >&2; \
	done; \
	echo "physdfa: install one (https://www.python.org/downloads, apt, dnf, brew), or name it: make demo PYTHON=/path/to/python3.12" >&2; \
	exit 1; }
NO_VENV = { \
	echo "physdfa: $$python cannot make a virtual environment: its modules venv and ensurepip are not installed." >&2; \
	echo "physdfa: on Debian and Ubuntu: apt install python3-venv; or name another Python: make demo PYTHON=/path/to/python3.12" >&2; \
	exit 1; }

.venv/.made:
	@if .venv/bin/python -c 'import sys, pip; sys.exit(sys.version_info < (3, 11))' 2> /dev/null; then touch $@; exit 0; fi; \
	python=; \
	for wanted in '(3, 11) <= version < (3, 15)' 'version >= (3, 11)'; do \
		for name in $(CANDIDATES); do \
			if test -z "$$python" && \
				$$name -c "import sys; version = sys.version_info[:2]; sys.exit(not ($$wanted))" 2> /dev/null; \
			then python=$$name; fi; \
		done; \
	done; \
	test -n "$$python" || $(TOO_OLD); \
	$$python -c 'import ensurepip, venv' 2> /dev/null || $(NO_VENV); \
	echo "physdfa: making .venv with $$python ($$($$python --version))"; \
	rm -rf .venv; \
	$$python -m venv .venv || exit 1; \
	touch $@
