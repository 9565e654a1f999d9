# `make` alone lists the targets. Everything runs in .venv, which `make setup` fills.

SHELL := /bin/sh
.DEFAULT_GOAL := help
BIN := .venv/bin
STAMP := .venv/.setup-done
LOCKS := uv.lock .ci/requirements.txt .ci/requirements-build.txt
UV ?= uv
export PYTHON

.PHONY: help setup demo test check test-long docs lock ci-tools bench clean

help: ## list these targets
	@awk 'BEGIN { FS = ":.*## " } \
	    /^[a-z%-]+:.*## / { sub("%", "NAME", $$1); printf "  make %-12s %s\n", $$1, $$2 }' Makefile

setup: $(STAMP) ## install everything into .venv, from the lock files (PYTHON=... names a Python)

$(STAMP): pyproject.toml $(LOCKS) .ci/setup .ci/find-python
	@sh .ci/setup

demo: setup ## start the exchange and its nodes and play the story (ARGS=... goes to `fdx demo`)
	@$(BIN)/fdx demo $(ARGS)

test: setup ## lint, format, types, import contracts, tests
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo
	$(BIN)/pytest -q

check: test ## the same as test

test-long: setup ## the heavy tests, which `make test` leaves out
	$(BIN)/pytest -q -m long

docs: setup ## write the tables of docs/protocol from the code
	@$(BIN)/python -m tests.architecture.protocol_tables

bench: ## list the benchmarks
	@for file in benchmarks/*.py; do \
	    name=$$(basename $$file .py); \
	    [ $$name = form ] || printf '  make bench-%-12s %s\n' $$name \
	        "$$(sed -n '1s/^"""//; 1s/"""$$//; 1p' $$file)"; \
	done

bench-%: setup ## run benchmarks/NAME.py and write benchmarks/out/NAME.json
	@[ -f benchmarks/$*.py ] || { echo "no benchmark $*; 'make bench' lists them" >&2; exit 2; }
	@$(BIN)/python -m benchmarks.$*

# Exports carry no index and no find-links lines, whatever this machine is set up with.
EXPORT := $(UV) export --quiet --locked --no-emit-project --no-annotate --no-header \
    --format requirements.txt

lock: ## renew uv.lock for pyproject.toml and the pip requirements from it (needs uv)
	$(UV) lock
	$(EXPORT) --all-extras --output-file .ci/requirements.txt >/dev/null
	$(EXPORT) --only-group build --output-file .ci/requirements-build.txt >/dev/null

ci-tools: ## install what the system must provide: a Python with venv, nothing else (apt)
	@if python=$$(sh .ci/find-python 2>/dev/null); then \
	    echo "ci-tools: $$python will do; nothing to install"; \
	elif command -v apt-get >/dev/null; then \
	    apt-get update -q && apt-get install -q -y --no-install-recommends python3 python3-venv; \
	else \
	    sh .ci/find-python; \
	fi

clean: ## remove .venv, caches and build output
	rm -rf .venv .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis .coverage
	rm -rf build dist *.egg-info benchmarks/out
	find exchange ledger valuation benchmarks tests -name __pycache__ -type d -prune -exec rm -rf {} +
