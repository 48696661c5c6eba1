# One command for each thing a person does here; every one of them sets the environment up first.
# Needs git, make and Python 3.11 or newer; nothing else.

PYTHON ?= $(shell for each in python3.13 python3.12 python3.11 python3; do \
	"$$each" -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && { echo $$each; break; }; done)
BIN := .venv/bin
READY := .venv/.ready
TESTS ?= tests
WORKERS ?= auto
# Files in the order of their names: by number of tests, those that fuzz would come last, on one core.
TOGETHER = --numprocesses $(WORKERS) --dist loadfile --no-loadscope-reorder
FRONT_DOOR := $(addprefix tests/,fuzz platform control gateway identity webhooks connectors)
PIP := $(BIN)/python -m pip --disable-pip-version-check --quiet

.DEFAULT_GOAL := help
.PHONY: help install serve test stock check format lint types imports contract seeds bench kill fuzz scenarios load lock clean

help:  ## What can be made
	@grep -hE '^[a-z]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z]+):.*## /\1\t/' | expand -t 14

$(READY): requirements-dev.txt pyproject.toml
	@test -n "$(PYTHON)" || { echo "No Python 3.11 or newer was found; install one, or say make PYTHON=/path/to/python." >&2; exit 1; }
	@echo "Setting up .venv with $(PYTHON) (once; about a minute) ..."
	@test -x $(BIN)/python || $(PYTHON) -m venv .venv
	@$(PIP) install --require-hashes --requirement requirements-dev.txt
	@$(PIP) install --no-deps --no-build-isolation --editable .
	@$(BIN)/python -m compileall -q sandbox mocks
	@touch $@

install: $(READY)  ## Set up .venv and put the sandbox command there

serve: $(READY)  ## Serve at http://127.0.0.1:8080 with the standard world
	@$(BIN)/sandbox serve $(ARGS)

test: $(READY)  ## Run every test
	@$(BIN)/python -m pytest $(TOGETHER) $(TESTS) $(ARGS)

stock: $(READY)  ## Run the tests of the front door on Connexion's own chain, the oracle of the compiled plans
	@SANDBOX_STACK=stock $(BIN)/python -m pytest $(TOGETHER) $(FRONT_DOOR) $(ARGS)

check: $(READY)  ## Format, lint, types, import contracts, contract, tests: what has to be green
	@$(BIN)/ruff format --check .
	@$(BIN)/ruff check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports
	@$(BIN)/python -m sandbox.contract.assemble --check
	@$(MAKE) --no-print-directory test

format: $(READY)  ## Put the code into its form
	@$(BIN)/ruff check --fix --quiet . || true
	@$(BIN)/ruff format .

lint: $(READY)  ## Only the linter
	@$(BIN)/ruff check .

types: $(READY)  ## Only the types
	@$(BIN)/mypy

imports: $(READY)  ## Only the import contracts
	@$(BIN)/lint-imports

contract: $(READY)  ## Assemble openapi.yaml and the prebuilt forms from the parts
	@$(BIN)/python -m sandbox.contract.assemble

seeds: $(READY)  ## Rebuild the frozen seed worlds
	@$(BIN)/python -m sandbox.seeds

bench: $(READY)  ## Print the measured ratios (ARGS=--quick for a short round)
	@$(BIN)/python -m benchmarks $(ARGS)

kill: $(READY)  ## Kill a server under load two hundred times; every event still arrives
	@KILL_POINTS=200 $(BIN)/python -m pytest tests/system/test_kill.py --capture=no $(ARGS)

fuzz: $(READY)  ## Try both contracts with Schemathesis for a long time
	@$(BIN)/python -m pytest tests/fuzz --fuzz-profile long $(ARGS)

scenarios: $(READY)  ## Run every scenario against a server of its own
	@$(BIN)/sandbox scenarios run --all $(ARGS)

load: $(READY)  ## Run the load suite with its budget
	@$(BIN)/python -m loadtests $(ARGS)

lock: $(READY)  ## Resolve the requirements again, with hashes
	@for each in requirements requirements-dev; do \
		uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-annotate --no-header \
			--no-emit-index-url --no-emit-find-links $$each.in --output-file $$each.txt || exit 1; done

clean:  ## Remove what was made
	rm -rf .venv .bench .mypy_cache .ruff_cache .pytest_cache .hypothesis dist
