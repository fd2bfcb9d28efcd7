# CareLoop. `make up` runs it, `make test` tests it, `make help` lists the rest. CI calls the same targets.

PORT ?= 8000
JOBS ?= 2
# One word or path for all: `make test-sqlite ARGS=tests/cases`
ARGS ?=
BIN := .venv/bin
STAMPS := .venv/.stamps
export CARELOOP_HOME ?= ./careloop-data
PYTEST = $(BIN)/python -m pytest -n $(JOBS) $(ARGS)
# Tools that read the settings but no data work in a home that is thrown away.
SCRATCH = home=$$(mktemp -d) && trap 'rm -rf "$$home"' EXIT && env -u CARELOOP_DATABASE_URL CARELOOP_HOME="$$home"

.DEFAULT_GOAL := help
.PHONY: up demo dev test check lint types imports rules migrations messages reference test-sqlite test-postgresql \
	test-browser test-tools format lock vendor screenshots requirements docs clean help install install-dev

help:  ## this list
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sort -u | awk -F ':.*## *' '{ printf "  %-18s %s\n", $$1, $$2 }'

## running

up: install  ## install, create the database, fill the demonstration company, serve on http://127.0.0.1:8000
	@$(BIN)/careloop up --demo --port $(PORT)

demo: install  ## fill an empty database with the demonstration company
	@$(BIN)/careloop demo

dev: install-dev  ## serve with developer pages, the style guide and reloading
	@CARELOOP_DEBUG=1 $(BIN)/careloop up --demo --port $(PORT)

install: $(STAMPS)/runtime
	@$(BIN)/python tools/messages.py compile

install-dev: $(STAMPS)/dev
	@$(BIN)/python tools/messages.py compile

$(STAMPS)/runtime: requirements.lock pyproject.toml tools/install.sh tools/common.sh
	@tools/install.sh requirements.lock
	@mkdir -p $(STAMPS) && touch $@

$(STAMPS)/dev: requirements-dev.lock pyproject.toml tools/install.sh tools/common.sh
	@tools/install.sh requirements-dev.lock
	@mkdir -p $(STAMPS) && touch $@ $(STAMPS)/runtime

## testing

test: test-tools  ## everything: check, the suite on SQLite and on PostgreSQL, the browser
	@$(MAKE) --no-print-directory check
	@$(MAKE) --no-print-directory test-sqlite
	@$(MAKE) --no-print-directory test-postgresql
	@$(MAKE) --no-print-directory test-browser
	@echo "make test: all passed"

check: lint types imports rules migrations messages reference  ## all checks that need no database

test-tools: install-dev
	@tools/prepare_tests.sh

lint: install-dev  ## ruff
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: install-dev  ## mypy --strict
	$(SCRATCH) $(BIN)/mypy careloop

imports: install-dev  ## floors of the house
	$(BIN)/lint-imports --cache-dir .import_linter_cache

rules: install-dev  ## house rules
	$(BIN)/python tools/check_rules.py

migrations: install-dev  ## every model change has its migration
	$(SCRATCH) $(BIN)/python manage.py makemigrations --check --dry-run

reference: install-dev  ## the generated pages are true
	$(BIN)/python tools/reference.py --check

messages: install-dev  ## catalogues are complete
	$(BIN)/python tools/messages.py check

test-sqlite: install-dev  ## the suite on SQLite
	$(PYTEST) -m "not browser" --db sqlite

test-postgresql: install-dev  ## everything that touches the database, on a throw-away PostgreSQL
	$(PYTEST) -m "not browser" --db postgresql

test-browser: install-dev  ## Chromium drives the pages
	$(PYTEST) -m browser

## keeping house

format: install-dev  ## let ruff set the layout
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

lock:  ## write the lock files from pyproject.toml (UPGRADE=1: newest versions)
	@tools/lock.sh

vendor:  ## copy the browser libraries from npm (needs node)
	npm ci --ignore-scripts --no-audit --no-fund
	$(BIN)/python tools/vendor.py

screenshots: install-dev  ## pictures of every page into docs/screenshots
	@tools/prepare_tests.sh
	$(BIN)/python tools/screenshots.py

requirements: install-dev  ## which requirement is shown by which test, into docs/requirements.md
	$(BIN)/python tools/requirements.py

docs: requirements  ## the generated pages of docs/
	$(BIN)/python tools/reference.py

clean:  ## remove what tools leave behind; data and .venv stay
	rm -rf .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache .coverage build dist test-results
	find careloop tests tools bench e2e -name __pycache__ -type d -prune -exec rm -rf {} +

-include $(wildcard bench/*.mk)
