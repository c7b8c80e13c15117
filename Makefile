# Each target makes the environment it needs: Python 3.11 or newer, make, git and a package index are enough.
PYTHON ?= python3
HOST ?= 127.0.0.1
PORT ?= 8000
DIST ?= dist
WHEELS ?= var/wheels

VERSION = $(shell sed -n 's/^version = "\(.*\)"$$/\1/p' pyproject.toml)
VENV := .venv
BIN := $(VENV)/bin
UV := $(BIN)/uv
PYTEST := $(BIN)/python -m pytest -n 2 --dist loadgroup
COMPILE := $(UV) pip compile -q --universal --python-version 3.11 --generate-hashes --no-emit-index-url --no-header --no-annotate
COVERAGE := $(CURDIR)/var/coverage
GUARDED := models/*,scheduling/*,services/*

# The tests start the product in dozens of processes: none of them should parse every module anew.
test test-sqlite: export PYTHONDONTWRITEBYTECODE :=

.DELETE_ON_ERROR:
.PHONY: serve demo test test-sqlite check bench bench-scheduling bundle install lock clean

serve: $(VENV)/.runtime  ## the service on http://HOST:PORT, with demo data where the database is empty
	@mkdir -p var
	@exec $(BIN)/kakehashi serve --host $(HOST) --port $(PORT)

demo: $(VENV)/.runtime  ## demo data into an empty database
	@mkdir -p var
	@$(BIN)/kakehashi demo

# Coverage doubles the time of what it measures. It is measured once, on SQLite, and not while the contract is tried role
# by role and page by page: those tests pass where others have passed before.
test: $(VENV)/.dev  ## the whole suite, on SQLite and on PostgreSQL, with coverage
	@rm -rf $(COVERAGE) && mkdir -p $(COVERAGE)
	COVERAGE_FILE=$(COVERAGE)/.coverage $(PYTEST) --db=sqlite --ignore=tests/contract --cov --cov-report=
	$(PYTEST) --db=sqlite tests/contract
	$(PYTEST) --db=postgresql --ignore=tests/unit --ignore=tests/contract
	$(BIN)/coverage report --data-file=$(COVERAGE)/.coverage --include='$(GUARDED)' --fail-under=100
	$(BIN)/coverage report --data-file=$(COVERAGE)/.coverage --omit='$(GUARDED)' --fail-under=95

test-sqlite: $(VENV)/.dev  ## the suite on SQLite alone, for a machine that cannot have PostgreSQL
	$(PYTEST) --db=sqlite

check: $(VENV)/.dev  ## all that can be judged without running the suite
	$(BIN)/ruff format --check
	$(BIN)/ruff check
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python -m pytest -q tests/contract/test_ops.py
	$(BIN)/kakehashi docs --check

bench: $(VENV)/.dev  ## the service's figures on both databases
	@TEST_PG_SOCKET=$$($(BIN)/python -m tests.postgres start) && export TEST_PG_SOCKET && \
	trap '$(BIN)/python -m tests.postgres stop' EXIT && $(BIN)/python -m bench.service

bundle: $(UV)  ## what a machine without internet installs from, for this platform: DIST/kakehashi-<version>-offline.tar.gz
	@VERSION=$(VERSION) UV=$(UV) PYTHON=$(BIN)/python DIST=$(DIST) WHEELS=$(WHEELS) offline/build.sh

install:  ## this version into TO/<version>, and TO/current pointing at it
	@test -n "$(TO)" || { echo 'Which folder? make install TO=/srv/kakehashi/app' >&2; exit 2; }
	@$(MAKE) -s bundle
	@PYTHON=$(PYTHON) $(DIST)/kakehashi-$(VERSION)-offline/install.sh $(TO)
bench-scheduling: $(VENV)/.bench  ## the scheduler's figures against its targets; ARGS="--sizes city" for less
	@nice -n 5 $(BIN)/python -m bench.scheduling $(ARGS)

lock: $(UV)  ## the lock anew from pyproject.toml; UPGRADE=1 takes the newest releases the ranges allow
	$(COMPILE) $(if $(UPGRADE),--upgrade) pyproject.toml --extra postgres --group dev -o requirements/dev.txt
	$(COMPILE) -c requirements/dev.txt pyproject.toml --extra postgres --group dev --group bench -o requirements/bench.txt
	$(COMPILE) -c requirements/dev.txt pyproject.toml --extra postgres -o requirements/postgres.txt
	$(COMPILE) -c requirements/dev.txt pyproject.toml -o requirements/runtime.txt

clean:  ## away with the environment and what tools left; var/ with its data stays
	rm -rf $(VENV) .mypy_cache .pytest_cache .ruff_cache .import_linter_cache .hypothesis build dist var/coverage
	find . -name __pycache__ -prune -exec rm -rf {} +

$(VENV)/pyvenv.cfg:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Kakehashi needs Python 3.11 or newer: PYTHON=python3.x make ...")'
	@$(PYTHON) -m venv $(VENV)

# uv itself by pip, in the version and with the hashes of the lock; everything else by uv.
$(UV): $(VENV)/pyvenv.cfg
	@awk '/^[^ ]/ { ours = /^uv==/ } ours' requirements/dev.txt > $(VENV)/uv.txt
	@$(BIN)/python -m pip install -q --disable-pip-version-check --require-hashes -r $(VENV)/uv.txt
	@touch $@

$(VENV)/.runtime $(VENV)/.dev $(VENV)/.bench: $(VENV)/.%: requirements/%.txt pyproject.toml $(UV)
	@$(UV) pip install -q --python $(BIN)/python --require-hashes --compile-bytecode -r $<
	@$(UV) pip install -q --python $(BIN)/python --offline --no-deps --editable .
	@touch $@
