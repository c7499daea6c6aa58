# Every command a developer or CI runs; `make help` lists them.
.DEFAULT_GOAL := help
PYTHON ?= python3
BIN := .venv/bin
CORE := .venv/.core
DEV := .venv/.dev
DOCS := .venv/.docs
BENCH := benchmarks/.venv/.ready
# Compiled modules are kept wherever this runs: tests start Python many times over.
export PYTHONDONTWRITEBYTECODE =
# What is imported is compiled then, by every process at once; pip would compile three times as much, in one.
INSTALL := -m pip install --quiet --disable-pip-version-check --no-compile

help: ## list the commands
	@grep -E '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed 's/:.*##/ –/'

$(CORE): requirements/core.txt pyproject.toml
	$(PYTHON) -m venv .venv
	$(BIN)/python $(INSTALL) -r requirements/core.txt
	$(BIN)/python $(INSTALL) --no-deps --editable .
	@touch $@

$(DEV): $(CORE) requirements/dev.txt
	$(BIN)/python $(INSTALL) -r requirements/dev.txt
	@touch $@

$(DOCS): $(CORE) requirements/docs.txt
	$(BIN)/python $(INSTALL) -r requirements/docs.txt
	@touch $@

demo: $(CORE) ## from data to a signed certificate and a page, re-verified; writes demo/
	$(BIN)/effekt demo --out demo --lang en

test: $(DEV) ## all tests
	$(BIN)/python -m pytest -q -n auto --dist worksteal

lint: $(DEV) ## format, lint and type checks
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(DEV) ## rewrite files in the project's format
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

docs: $(DOCS) ## build the documentation into docs/_build/html; warnings are errors
	$(BIN)/python -m sphinx -q -E -W --keep-going -d docs/_build/doctrees -b html docs docs/_build/html

lock: ## write requirements/ anew from the current releases
	$(PYTHON) requirements/lock.py

study: $(DEV) ## run stale Monte-Carlo studies and write docs/studies/*.json
	OPENBLAS_NUM_THREADS=1 $(BIN)/python docs/studies/make.py
	$(BIN)/python docs/studies/table.py

$(BENCH): benchmarks/requirements.txt pyproject.toml
	$(PYTHON) -m venv benchmarks/.venv
	benchmarks/.venv/bin/python -m pip install --quiet --disable-pip-version-check -r benchmarks/requirements.txt -e .
	@touch $@

bench: $(BENCH) ## side by side with peers; writes benchmarks/results/ and docs/reference/speed.md
	benchmarks/.venv/bin/python benchmarks/run.py
	benchmarks/.venv/bin/python benchmarks/table.py

mutation: $(DEV) ## change payment, gates, digests and signing one place at a time; writes docs/reference/mutation/
	$(BIN)/python tools/mutation.py

contracts: $(DEV) ## a hundred thousand random contracts against the second evaluator, the most of two thousand: half an hour
	EFFEKT_CONTRACTS=100000 $(BIN)/python -m pytest -q -s tests/contracts/test_payment_oracle.py \
	  tests/contracts/test_liability_by_party.py tests/contracts/test_open_lines.py tests/contracts/test_open_events.py \
	  tests/workflow/test_reached.py

golden: ## remake the reference outputs with R (Debian packages)
	sh tests/goldens/make.sh

wheel: $(CORE) ## build the wheel twice, from here and from a copy of what is committed, and compare the bytes; writes dist/
	rm -rf dist
	mkdir -p dist/copy
	git archive HEAD | tar -x -C dist/copy
	for place in . dist/copy; do \
	  SOURCE_DATE_EPOCH=$$(git log -1 --format=%ct) $(BIN)/python -m pip wheel --quiet --disable-pip-version-check \
	    --no-deps --wheel-dir $$place/dist/wheel $$place || exit 1; \
	done
	cmp dist/wheel/*.whl dist/copy/dist/wheel/*.whl
	sha256sum dist/wheel/*.whl

.PHONY: help demo test lint format docs lock study bench mutation contracts golden wheel
