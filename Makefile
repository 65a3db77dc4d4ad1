# The commands of the project; `make` alone lists them. Everything runs inside .venv and superset/.venv, which `setup` makes.
SHELL := /bin/sh
BIN := .venv/bin
PYTEST_ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help setup run stop test lint types check-programs bench

help: ## this list
	@awk -F ':.*## ' '/^[a-z-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

setup: .venv/.ready ## install the locked environments (Python 3.11 or 3.12; PYTHON=... names one)

.venv/.ready: uv.lock pyproject.toml superset/uv.lock superset/pyproject.toml scripts/setup.sh
	@sh scripts/setup.sh

run: setup ## start everything, send the sample submissions through it, print the figures, leave it serving
	@$(BIN)/pipc up
	@$(BIN)/pipc demo

stop: ## stop what `make run` started; the data stay
	@if [ -x $(BIN)/pipc ]; then $(BIN)/pipc down; else echo "nothing was running"; fi

test: setup check-programs lint types ## the whole suite: lint, types, tests (CI runs exactly this)
	@$(BIN)/python -m pytest -n 2 --dist loadfile --ignore=tests/integration $(PYTEST_ARGS)
	@$(BIN)/python -m pytest tests/integration $(PYTEST_ARGS)

lint: setup ## ruff and sqlfluff
	@$(BIN)/ruff check
	@$(BIN)/ruff format --check
	@$(BIN)/sqlfluff lint --processes 0 --disable-progress-bar dbt_project/models dbt_project/tests

types: setup ## mypy --strict on pipc_etl
	@$(BIN)/mypy

check-programs: setup
	@$(BIN)/python -m tests.system_programs

bench: setup ## the benchmarks, as ratios in one run
	@$(BIN)/python benchmarks
