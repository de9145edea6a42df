# Everything a person or a machine does here. `make` alone lists it.
# Needs: make and Python >= 3.11; the rest is installed into .venv from uv.lock.
#   PYTHON=/path/to/python3.12   the interpreter to build .venv with
#   PYTEST='-x -k cache'         more arguments for pytest

.DEFAULT_GOAL := help
.PHONY: help try setup test e2e editors editor-programs drive-editors vscode check lint formatting types imports shell-files lock format
.PHONY: bench fuzz oracle soak readme clean
SHELL := /bin/sh
PY := .venv/bin/python
TREE := pyproject.toml uv.lock tools/setup.sh
EDITORS := $(foreach editor,vscode neovim helix emacs,$(wildcard tests/e2e/test_$(editor)*.py))
PYTEST ?=
FUZZ ?= line -max_total_time=60

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z0-9-]+:.*## / { printf "make %-8s %s\n", $$1, $$2 }' Makefile

try: .venv/.ready-run ## set up and run the main job on a few real requests
	@sh tools/try.sh

setup: .venv/.ready-dev ## build .venv with all development tools

test: .venv/.ready-dev ## set up and pass the tests, in parallel
	$(PY) -m pytest -n auto -m 'not e2e' $(PYTEST)

e2e: .venv/.ready-dev ## the tests that drive real programs (KAI_REQUIRE_REAL=1: none may be missing)
	$(PY) -m pytest -n 4 --dist loadgroup -m e2e $(EDITORS:%=--ignore=%) $(PYTEST)

editors: editor-programs ## install real editors beside kai's cache, build the extension, and drive them
	PATH="$${XDG_CACHE_HOME:-$$HOME/.cache}/kai/vscode/bin:$$PATH" $(MAKE) --no-print-directory vscode
	$(MAKE) --no-print-directory drive-editors

editor-programs:
	sh tools/install-terminal-editors.sh
	sh tools/install-vscode.sh

drive-editors: .venv/.ready-dev
	KAI_REQUIRE_REAL=1 $(PY) -m pytest -n 2 --dist loadfile -m e2e $(EDITORS) $(PYTEST)

vscode: ## check, test and pack the extension for VS Code (needs Node >= 20)
	cd editors/vscode && npm ci --no-audit --no-fund && npm run check && npm test && npm run package

check: lint formatting types imports shell-files lock ## lint, formatting, types, import contracts, shell files, lock file

lint: .venv/.ready-dev
	$(PY) -m ruff check
formatting: .venv/.ready-dev
	$(PY) -m ruff format --check
types: .venv/.ready-dev
	$(PY) -m mypy
imports: .venv/.ready-dev
	$(PY) .venv/bin/lint-imports --no-cache
shell-files: .venv/.ready-dev
	sh tools/shellcheck.sh
lock: .venv/.ready-dev
	.venv/bin/uv lock --check

format: .venv/.ready-dev ## repair what lint and formatter can repair alone
	$(PY) -m ruff check --fix
	$(PY) -m ruff format

fuzz: .venv/.ready-dev ## fuzz the judge with coverage (FUZZ='script -max_total_time=600': what and how long)
	PYTHONPATH=. $(PY) tools/fuzz.py $(FUZZ)

oracle: .venv/.ready-dev ## run what the judge calls read by real kubectls (ORACLE='--seconds 600 --versions 1.27,1.37')
	$(PY) -m tools.oracle $(ORACLE)

soak: .venv/.ready-dev ## every shell, line and fault; 16 shells, 200 kills (SOAK='--shell zsh --lines 30': part of it)
	$(PY) -m tools.soak $(or $(SOAK),--each)
	$(if $(SOAK),,KAI_SOAK=1 $(PY) -m pytest -n 0 tests/e2e/test_many_shells.py tests/e2e/test_daemon_kills.py)

bench: .venv/.ready-dev ## measure (BENCH='accuracy startup': only these; BENCH=--list: what there is)
	$(PY) -m bench $(BENCH)

readme: .venv/.ready-dev ## rewrite README's --help blocks, samples and pictures, and the shipped rules
	$(PY) tools/rules_data.py
	$(PY) tools/readme_help.py
	$(PY) tools/picture.py docs/kai.svg
	$(PY) tools/recording.py docs/kai.gif docs/panel.png

clean: ## remove everything that was built here
	rm -rf .venv dist build .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache htmlcov .coverage
	find . -name __pycache__ -type d -prune -exec rm -rf {} +

.venv/.ready-run: $(TREE)
	@sh tools/setup.sh run

.venv/.ready-dev: $(TREE)
	@sh tools/setup.sh dev
