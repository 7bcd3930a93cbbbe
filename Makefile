# Targets for people and for machines. `make` alone lists them.
#   make test ARGS="-k funnel"   ARGS is handed to the command
#   make demo PYTHON=python3.12  PYTHON creates the environment; default: the newest suitable one

VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip --disable-pip-version-check -qq
ARGS ?=

BASE := $(VENV)/.base-installed
ALL := $(VENV)/.all-installed

.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
.PHONY: help demo serve test test-model check eval bench fmt install browser clean distclean

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "  make %-10s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(BASE) ## build the sample company and answer a tour of questions
	@$(BIN)/askmql demo $(ARGS)

serve: $(ALL) ## open the page of the sample company on this machine
	@$(BIN)/askmql serve $(ARGS)

test: $(ALL) ## run every test
	@OMP_NUM_THREADS=1 $(BIN)/pytest -n 2 --dist loadfile $(ARGS)

check: $(ALL) ## lint, format, types and the direction of imports
	$(BIN)/ruff check .
	$(BIN)/ruff check --preview --select PLW1514 .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports

test-model: $(ALL) ## run the agent against a real model: ASKMQL_TEST_GGUF=/path/to/file.gguf
	@test -n "$(ASKMQL_TEST_GGUF)" || { echo "Name a model: make test-model ASKMQL_TEST_GGUF=/path/to/file.gguf" >&2; exit 2; }
	@$(PIP) install --constraint constraints.txt --editable '.[all,local]'
	@OMP_NUM_THREADS=1 TEST_GGUF="$(ASKMQL_TEST_GGUF)" $(BIN)/pytest tests/assistant/agent/test_real_model.py -v $(ARGS)

eval: $(BASE) ## measure how well questions are understood
	@$(BIN)/askmql eval $(ARGS)

bench: $(BASE) ## measure how fast questions are answered
	@$(BIN)/askmql bench $(ARGS)

fmt: $(ALL) ## put format and imports right
	$(BIN)/ruff check --fix --exit-zero .
	$(BIN)/ruff format .

install: $(ALL) ## create the environment with every extra

browser: ## install Chromium, which the tests of the page drive (Debian and Ubuntu)
	@command -v chromium >/dev/null || { apt-get update -qq && apt-get install -y -qq --no-install-recommends chromium; }

clean: ## remove caches and build products
	rm -rf build dist .hypothesis .import_linter_cache .mypy_cache .pytest_cache .ruff_cache
	find . -path ./$(VENV) -prune -o -type d -name __pycache__ -prune -exec rm -rf {} +

distclean: clean ## remove the environment as well (your data in .askmql stays)
	rm -rf $(VENV)

# ------------------------------------------------------------------------------- the environment

# Stamps: an installation is repeated only if pyproject.toml or constraints.txt has changed.
$(BASE): pyproject.toml constraints.txt | $(BIN)/pip
	@echo "Installing askmql and what it needs into $(VENV) ..."
	@$(PIP) install --constraint constraints.txt --editable .
	@touch $@

$(ALL): pyproject.toml constraints.txt | $(BIN)/pip
	@echo "Installing askmql with every extra and the development tools into $(VENV) ..."
	@$(PIP) install --constraint constraints.txt --editable '.[all]'
	@touch $(BASE) $@

# Each candidate is run, for a name on the PATH may be a shim of nothing. One without ensurepip
# cannot make an environment with pip in it, and half an environment would be left behind.
$(BIN)/pip:
	@for candidate in $(or $(PYTHON),python3.13 python3.12 python3.11 python3); do \
		$$candidate -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || continue; \
		found=$$candidate; \
		$$candidate -c 'import ensurepip, venv' 2>/dev/null || continue; \
		echo "Creating $(VENV) with $$($$candidate --version) ..."; \
		exec $$candidate -m venv $(VENV); \
	done; \
	if [ -n "$$found" ]; then \
		echo "$$found cannot create a virtual environment: its ensurepip or venv module is missing." >&2; \
		echo "On Debian and Ubuntu: apt-get install python3-venv" >&2; \
	else \
		echo "askmql needs Python 3.11 or newer; none found as: $(or $(PYTHON),python3.13 python3.12 python3.11 python3)." >&2; \
		echo "Name one: make PYTHON=/path/to/python3 $(MAKECMDGOALS)" >&2; \
	fi; \
	exit 1
