# Needs only Python 3.11 or later and make. Everything is installed into .venv, at the versions of requirements.lock.
PYTHON ?= python3
BIN := .venv/bin
INSTALLED := .venv/installed

.PHONY: study test fuzz check docs dashboard

study: $(INSTALLED)  ## Answer the question of ablate_order, into runs/ablate_order
	$(BIN)/python -m moat_lab.study ablate_order

test: $(INSTALLED)  ## Run every test, on all cores
	$(BIN)/python -m pytest -n logical --dist loadfile --no-loadscope-reorder

N ?= 100000
fuzz: $(INSTALLED)  ## Ask N mutated texts, files and records, on all cores
	$(BIN)/python -m tests.fuzz --inputs $(N)

check: $(INSTALLED)  ## Lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

docs: $(INSTALLED)  ## Build the documentation into build/site, and fail at a broken link
	NO_MKDOCS_2_WARNING=1 $(BIN)/python -m mkdocs build --strict

dashboard: $(INSTALLED)  ## Open all results in a browser
	$(BIN)/moat-lab dashboard

$(INSTALLED): pyproject.toml requirements.lock
	$(PYTHON) -m venv .venv
	$(BIN)/python -m pip install --quiet uv
	$(BIN)/uv pip install --quiet --compile-bytecode --python $(BIN)/python --constraint requirements.lock --editable '.[dev]'
	touch $@
