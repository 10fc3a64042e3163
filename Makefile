# Needs: Python 3.11+, a C++ compiler, make, perl. Everything else goes into .venv.
PYTHON ?= python3
VENV   := .venv
BIN    := $(VENV)/bin
INSTALL = $(BIN)/python -m pip install

.PHONY: demo test lint bench bench-boards soak clean

demo: $(VENV)/.demo
	$(BIN)/rnnhw demo --output build/digits

test: $(VENV)/.test
	$(BIN)/python -m pytest -n 2 --dist worksteal tests

lint: $(VENV)/.test
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/python -m pytest -q tests/architecture

bench: $(VENV)/.test
	$(BIN)/python benchmarks/generate.py
	$(BIN)/python benchmarks/golden.py
	$(BIN)/python benchmarks/simulators.py
	$(BIN)/python benchmarks/cycles.py
	$(BIN)/python benchmarks/utilisation.py
	$(BIN)/python benchmarks/estimate_speed.py
	$(BIN)/python benchmarks/compare_speed.py
	$(BIN)/python benchmarks/sizing_speed.py
	$(BIN)/python benchmarks/studio_speed.py

# about 20 minutes; goes on where a run was broken off
bench-boards: $(VENV)/.test
	$(BIN)/python benchmarks/boards.py

soak: $(VENV)/.test
	$(BIN)/python -m tests.cosim.soak

clean:
	rm -rf $(VENV) build

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "rnnhw needs Python 3.11 or newer; set PYTHON=...")'
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --quiet --upgrade pip

$(VENV)/.demo: pyproject.toml | $(VENV)/bin/python
	$(INSTALL) --editable '.[cosim]' >$(VENV)/install.log 2>&1 || (cat $(VENV)/install.log; false)
	touch $@

$(VENV)/.test: pyproject.toml | $(VENV)/bin/python
	$(INSTALL) --editable '.[test]' >$(VENV)/install.log 2>&1 || (cat $(VENV)/install.log; false)
	touch $@
