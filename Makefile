# One command list. `make help` shows it.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin

.DEFAULT_GOAL := help
.PHONY: help setup run serve check format test bench docs clean

help:  ## list the commands
	@sed -n 's/^\([a-z]*\):.*## \(.*\)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 16

$(BIN)/vitrina: pyproject.toml constraints.txt
	$(PYTHON) -c 'import sys; sys.exit("Vitrina needs Python 3.11 or newer; this is " + sys.version.split()[0] + ". Set PYTHON=python3.12, say." if sys.version_info < (3, 11) else 0)'
	test -x $(BIN)/python || $(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[server]'
	@touch $@

$(VENV)/.dev: $(BIN)/vitrina pyproject.toml constraints.txt
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

setup: $(VENV)/.dev  ## make .venv with everything for development

run: $(BIN)/vitrina  ## start a shop with demo goods in the foreground
	$(BIN)/vitrina serve --demo

serve: $(BIN)/vitrina  ## start an empty shop in the foreground
	$(BIN)/vitrina serve

check: $(VENV)/.dev  ## style, types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: $(VENV)/.dev  ## put the code into its form
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

test: check  ## everything that the project can check about itself
	$(BIN)/pytest -n 2 --dist loadfile --no-loadscope-reorder $(OPTIONS)

bench: $(VENV)/.dev  ## the table of ratios (docs/benchmarks.md)
	$(BIN)/python -m bench

docs: $(VENV)/.dev  ## write the generated pages of docs/ anew
	$(BIN)/python -m docs

clean:  ## remove what was built, not the shop's data
	rm -rf $(VENV) build *.egg-info .mypy_cache .pytest_cache .ruff_cache
