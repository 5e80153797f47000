# portcall: `make demo` runs the main job, `make test` runs everything that CI runs.
PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin

.PHONY: help demo test coverage test-slow lint format docs bench clean
.DEFAULT_GOAL := help

help:  ## Show these targets.
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

$(BIN)/portcall: pyproject.toml
	$(PYTHON) -m venv $(VENV)
	$(BIN)/pip install --quiet --disable-pip-version-check -e .
	@touch $@

$(VENV)/.developer: pyproject.toml $(BIN)/portcall
	$(BIN)/pip install --quiet --disable-pip-version-check -e '.[test,dev,bench,docs]'
	@touch $@

demo: $(BIN)/portcall  ## Run portcall against an embedded registry; no internet needed once installed.
	$(BIN)/portcall demo

test: $(VENV)/.developer  ## Install what the tests need, and run them all.
	tests/install-packages.sh
	$(BIN)/python -m pytest -n auto -m "not slow"

coverage: $(VENV)/.developer  ## The same, and which lines no test runs; it takes half as long again.
	tests/install-packages.sh
	$(BIN)/python -m pytest -n auto -m "not slow" --cov --cov-report=term

test-slow: $(VENV)/.developer  ## Long soaks and big inputs.
	tests/install-packages.sh
	$(BIN)/python -m pytest -m slow

lint: $(VENV)/.developer  ## Ruff, mypy --strict, and the layering.
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	cd examples/portcall-harbor && $(abspath $(BIN))/mypy
	$(BIN)/lint-imports

format: $(VENV)/.developer  ## Put the code in shape.
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

docs: $(VENV)/.developer  ## Build the documentation into site/.
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

bench: $(VENV)/.developer  ## Print the benchmarks' tables; they report, they gate nothing.
	for each in start warm_call connection_pool transport inside over_http context; do $(BIN)/python benchmarks/$$each.py || exit 1; done

clean:  ## Remove what was built.
	rm -rf $(VENV) dist build .coverage .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .testbed site
