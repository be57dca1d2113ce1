# `make` alone lists what there is. Everything happens in .venv and var/, nothing outside of this folder.

PYTHON ?= python3
export PYTHON
IN := .venv/bin/
PY := $(IN)python
CATALOGUES := $(patsubst %.po,%.mo,$(wildcard portal/translations/*/LC_MESSAGES/messages.po))
ONE_HEAD := test_there_is_one_head_and_the_numbers_follow_each_other
LOCK := $(IN)uv pip compile --quiet --universal --no-header --no-emit-index-url --generate-hashes $(UPGRADE) pyproject.toml

help: ## list what can be made
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-9s%s\n", $$1, $$2 }' $(firstword $(MAKEFILE_LIST))

run: install ## start the portal with its demo company on 127.0.0.1 (PORT, default 8000); data is kept in var/
	@exec $(PY) -m portal run

test: dev ## run the whole suite: on SQLite with a browser, then on PostgreSQL; on Debian root installs what is missing
	@tests/needs.sh
	$(PY) -m pytest -n 2
	$(PY) -m tests.postgres --if-installed -- $(PY) -m pytest -n 2 -m "not browser"

check: dev ## look the sources over without running them: style, types, templates, texts, migrations, traces
	$(IN)ruff check .
	$(IN)ruff format --check .
	$(IN)mypy
	$(IN)djlint templates --lint --quiet
	$(PY) portal/translations/update.py --check
	$(PY) -m pytest -q -n 0 tests/site/test_tree.py tests/site/test_documented.py "tests/site/test_migrations.py::$(ONE_HEAD)"

bench: dev ## measure the portal against its limits and print the ratios
	$(PY) -m bench

screens: dev ## take a picture of every page for docs/screens/
	@tests/needs.sh
	$(PY) -m tests.screens

texts: dev ## collect the texts of the sources, bring both catalogues up to date, compile them
	$(PY) portal/translations/update.py

lock: dev ## choose the versions anew for both lock files (UPGRADE=--upgrade takes the newest)
	$(PY) -m pip install --quiet "uv>=0.13,<0.14"
	$(LOCK) --extra pdf --extra postgres --group build --output-file requirements.lock
	$(LOCK) --extra pdf --extra postgres --group build --group test --group lint --constraint requirements.lock --output-file requirements-dev.lock

install: environment $(CATALOGUES) ## make .venv from requirements.lock

dev: install
	@deploy/environment.sh requirements-dev.lock

environment:
	@deploy/environment.sh requirements.lock

%.mo: %.po | environment
	@$(IN)pybabel --quiet compile --input-file $< --output-file $@

.PHONY: help run test check bench screens texts lock install dev environment
