# Tidewaiter. `make` alone lists what there is.
SHELL := /bin/bash
VENV ?= .venv
PY := $(VENV)/bin/python
HOME_DIR ?= .home
ARGS ?=
# Processes that `make test` runs tests and checks types in: one more than two cores have, because tests wait for Airflow,
# servers and browsers. JOBS=0 is this one alone, as a debugger wants it.
JOBS ?= 3
MONTHS ?= 25

# Whatever we start reads our modules compiled.
unexport PYTHONDONTWRITEBYTECODE

.DEFAULT_GOAL := help
.PHONY: help setup demo up test soak check format bench clean

help: ## This list
	@grep -hE '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):[^#]*## /\1\t/' | expand -t 10

setup: ## Virtual environment and locked dependencies (every other target does it first)
	@deploy/setup.sh $(VENV)

demo: setup ## A past month and today, end to end, in a throw-away home: SFTP, statements, payment, the filing, Airflow
	@$(PY) -m tidewaiter demo $(ARGS)

up: setup ## The same system, staying up until Ctrl-C (its home: HOME_DIR)
	@$(PY) -m tidewaiter --home $(HOME_DIR) up $(ARGS)

test: check ## All checks and tests, shared out between three processes (JOBS=0: in one)
	@$(PY) -m pytest -n $(JOBS) $(ARGS)

soak: setup ## Live through MONTHS generated months, tie each out after every step; X12 of any kind (40 min)
	@TIDEWAITER_SOAK_MONTHS=$(MONTHS) TIDEWAITER_SOAK_STEPS=60 $(PY) -m pytest tests/system/test_system_month.py $(ARGS)
	@TIDEWAITER_SOAK_X12=2000 TIDEWAITER_X12_CASES=50000 TIDEWAITER_FUZZ_SECONDS=300 $(PY) -m pytest tests/parsers tests/transforms/x12 tests/transforms/export -k "x12 or export" $(ARGS)

check: setup ## ruff and mypy on our packages
	@$(VENV)/bin/ruff check . && $(VENV)/bin/ruff format --check . && $(VENV)/bin/mypy -n $(JOBS)

format: setup ## Let ruff put the code in order
	@$(VENV)/bin/ruff check --fix . ; $(VENV)/bin/ruff format .

bench: setup ## Measured ratios: decoding, a day from files to committed tables and answers, closing a month (10 min)
	@$(PY) -m bench $(ARGS)

clean: ## Remove what the other targets made (not HOME_DIR)
	@rm -rf $(VENV) portal/assets/node_modules build demo-output *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +
