# Everything works on a bare machine with python3 (3.11 or later) with venv, make and git.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
PLUGINS := $(wildcard plugins/*)
SOURCES := amprenta_core plugins migrations benchmarks tests docs

.PHONY: help setup demo demo-sinks test check fix lock clean

help:
	@echo "make demo        ingest example files into an embedded Postgres and show what came of them"
	@echo "make demo-sinks  the same with Notion, Pinecone and an embedder, played by fakes: no account is needed"
	@echo "make test        run the tests"
	@echo "make check       formatting, lint, types, imports, migrations, docs, lengths"
	@echo "make fix         mend what can be mended by itself"
	@echo "make lock        resolve requirements.lock anew"

setup: $(VENV)/ready

$(VENV)/ready: requirements.lock pyproject.toml $(PLUGINS:=/pyproject.toml)
	@echo "setting up $(VENV) (once)"
	@$(PYTHON) -m venv $(VENV)
	@rm -rf $(VENV)/wheels
	@$(BIN)/python -m pip wheel --quiet --disable-pip-version-check --require-hashes -r requirements.lock -w $(VENV)/wheels
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-index --find-links $(VENV)/wheels \
		$(VENV)/wheels/*.whl
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps --no-build-isolation \
		-e . $(addprefix -e ./,$(PLUGINS))
	@$(BIN)/python -m compileall -q -x '/template/' $(VENV)/lib amprenta_core plugins migrations || true
	@touch $@

demo: setup
	@demo/run.sh

demo-sinks: setup
	@demo/sinks.sh

test: setup
	@$(BIN)/python -m pytest -n 4 --dist worksteal -q

check: setup
	@$(BIN)/ruff format --check --quiet .
	@$(BIN)/ruff check --quiet .
	@$(BIN)/mypy --no-error-summary amprenta_core $(wildcard plugins/*/amprenta_*) docs/generate.py docs/known_formats.py benchmarks
	@$(BIN)/mypy --no-error-summary tests
	@for plugin in $(PLUGINS); do $(BIN)/mypy --no-error-summary $$plugin/tests || exit 1; done
	@$(BIN)/lint-imports --no-cache > .import-report 2>&1 || { cat .import-report; rm -f .import-report; exit 1; }
	@rm -f .import-report
	@$(BIN)/python docs/generate.py --check
	@$(BIN)/python docs/known_formats.py --check
	@$(BIN)/python -m pytest -q -m "not slow" tests/house tests/integration/test_migrations.py

fix: setup
	@$(BIN)/ruff format --quiet .
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/python docs/generate.py
	@$(BIN)/python docs/known_formats.py

lock:
	@$(BIN)/python -m pip install --quiet uv
	@$(BIN)/uv pip compile --universal --generate-hashes --python-version 3.11 --no-emit-index-url --no-annotate \
		--no-header --no-emit-package amprenta-core --extra anndata --group pyproject.toml:dev \
		pyproject.toml $(PLUGINS:=/pyproject.toml) --output-file requirements.lock --quiet

clean:
	@rm -rf $(VENV) .demo build dist
