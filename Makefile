# make run    the demo newsroom on http://127.0.0.1:8000       make test   the whole suite
# make dev    the same with Django's development server         make lint   the quick checks
# make serve  a real site on the configured database            make lock   write requirements/ again
# make faults  kill, load and stop what it runs on (minutes)     make bench  measure it beside others

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

PORT ?= 8000
HOST ?= 127.0.0.1
WORKERS ?= $(shell nproc 2>/dev/null || echo 2)
VAR_DIR ?= var
PYTHON ?= $(firstword $(foreach name,python3 python3.14 python3.13 python3.12 python3.11,\
	$(shell $(name) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $(name))))
BIN := .venv/bin
MANAGE := $(BIN)/python manage.py
SOURCES := articles comments newsroom tests manage.py
TRANSLATIONS := ar fa fr ur
STATIC_FILES := $(shell find static -type f 2>/dev/null)

export VAR_DIR := $(abspath $(VAR_DIR))
# What is in the environment wins; these are the demo's own answers.
DEMO := SITE_URL=http://$(HOST):$(PORT) SITE_NAME="Alder Bay Courier" DEMO_ACCOUNTS=1 \
	DONATION_HOSTS="*.example" TIME_ZONE="$${TIME_ZONE:-Europe/Lisbon}" LANGUAGES="$${LANGUAGES:-en,ar,fa,ur,fr}"

# A worker that is killed comes again; SIGHUP replaces them all, each after its successor has had time to begin.
SERVER = $(BIN)/granian --interface wsgi --http 1 --host $(HOST) --port $(PORT) --workers $(WORKERS) --blocking-threads 4 --no-ws \
	--respawn-failed-workers --respawn-interval 10 --log-level warning newsroom.wsgi:application

.PHONY: help run dev serve test faults bench bench-peers lint format lock messages free-port setup-demo

help:
	@sed -n '1,/^$$/s/^# //p' Makefile

# Packages: one stamp a list, so that a second run starts at once.

.venv/pyvenv.cfg:
	@test -n "$(PYTHON)" || { echo "Newsroom needs Python 3.11 or newer; none was found. Install it, or name it: make PYTHON=/path/to/python3 …" >&2; exit 1; }
	@$(PYTHON) -m venv .venv >/dev/null 2>&1 || { rm -rf .venv; echo "$(PYTHON) cannot make a virtual environment; on Debian and Ubuntu: apt install python3-venv" >&2; exit 1; }

.venv/%.stamp: requirements/%.txt | .venv/pyvenv.cfg
	@mkdir -p "$(VAR_DIR)"
	@echo "Installing the packages of requirements/$*.txt (a minute, the first time) …"
	@$(BIN)/python -m pip install --quiet --disable-pip-version-check --require-hashes --no-deps -r $< >"$(VAR_DIR)/install.log" 2>&1 \
		|| { echo "The packages could not be installed: is there a network? The installer's words are in $(VAR_DIR)/install.log" >&2; exit 1; }
	@touch $@

$(VAR_DIR)/static.stamp: $(STATIC_FILES) requirements/base.txt | .venv/base.stamp
	@mkdir -p "$(VAR_DIR)"
	@echo "Gathering static files …"
	@DEBUG=0 $(MANAGE) collectstatic --noinput --clear --verbosity 0
	@touch $@

free-port:
	@[[ "$(PORT)" =~ ^[0-9]{1,5}$$ ]] && (( 10#$(PORT) >= 1 && 10#$(PORT) <= 65535 )) || { echo "PORT must be a number from 1 to 65535, not “$(PORT)”." >&2; exit 1; }
	@(exec 3<>/dev/tcp/$(HOST)/$(PORT)) 2>/dev/null && { echo "Port $(PORT) is busy. Choose another: make $(or $(MAKECMDGOALS),run) PORT=$$(( $(PORT) % 65535 + 1 ))" >&2; exit 1; } || true

setup-demo: .venv/base.stamp
	@$(DEMO) $(MANAGE) migrate --verbosity 0
	@$(DEMO) $(MANAGE) createcachetable --verbosity 0
	@$(DEMO) $(MANAGE) demo --once

run: free-port .venv/base.stamp $(VAR_DIR)/static.stamp setup-demo
	@$(DEMO) $(MANAGE) demo --addresses
	@exec env $(DEMO) DEBUG=0 $(SERVER)

dev: free-port .venv/test.stamp setup-demo
	@$(DEMO) DEBUG=1 $(MANAGE) demo --addresses
	@exec env $(DEMO) DEBUG=1 $(MANAGE) runserver $(HOST):$(PORT)

serve: free-port .venv/full.stamp $(VAR_DIR)/static.stamp
	@$(MANAGE) migrate --verbosity 1
	@$(MANAGE) createcachetable --verbosity 0
	@exec $(SERVER)

test: .venv/test.stamp
	@$(BIN)/python -m pytest -n $(WORKERS) $(ARGS)

# Servers and databases of their own on loopback, loaded and killed; FAULT_ROUNDS=50 for the long run, and
# FAULT_ROUNDS=1 FAULT_READERS=1000 for a short one.
faults: .venv/test.stamp
	@$(BIN)/python -m pytest -n 0 tests/faults $(ARGS)

# This site, the same bytes by others, and what a page costs as the newsroom grows: ARGS="--million --seconds 10".
bench: .venv/test.stamp
	@$(BIN)/python -m tests.bench $(ARGS)

# Beside a Wagtail site with the same articles, and what Lighthouse says; both are installed under var/bench.
bench-peers: .venv/test.stamp
	@$(BIN)/python -m tests.bench.peers $(ARGS)

lint: .venv/test.stamp
	@$(BIN)/ruff check $(SOURCES)
	@$(BIN)/ruff format --check $(SOURCES)
	@git ls-files 'templates/*.html' | xargs -r $(BIN)/djade --check --target-version 5.2
	@$(BIN)/mypy --no-error-summary articles comments newsroom
	@$(MANAGE) makemigrations --check --dry-run

format: .venv/test.stamp
	@$(BIN)/ruff check --fix $(SOURCES)
	@$(BIN)/ruff format $(SOURCES)
	@git ls-files 'templates/*.html' | xargs -r $(BIN)/djade --target-version 5.2

# Locked with hashes and without addresses; the test list holds all, the others are cut from it.
PIP_COMPILE = $(BIN)/pip-compile --quiet --generate-hashes --no-emit-index-url --no-emit-find-links \
	--no-emit-trusted-host --strip-extras --no-header --no-annotate --allow-unsafe pyproject.toml
lock: .venv/pyvenv.cfg
	@$(BIN)/python -m pip install --quiet pip-tools
	@$(PIP_COMPILE) --upgrade --all-extras -o requirements/test.txt
	@$(PIP_COMPILE) -c requirements/test.txt -o requirements/base.txt
	@$(PIP_COMPILE) -c requirements/test.txt --extra postgres --extra redis --extra s3 -o requirements/full.txt

# The catalogues of the interface, from templates and code; then translate what is new in newsroom/locale/*/LC_MESSAGES/django.po
# and call it again: what is compiled is kept beside it, so that no machine needs gettext to run the site. What the packages have
# no words for stands in newsroom/package_locale/ and is written by hand; a test says what is missing there.
messages: .venv/test.stamp
	@command -v msgfmt >/dev/null || { echo "make messages needs gettext (Debian and Ubuntu: apt install gettext)" >&2; exit 1; }
	@$(MANAGE) makemessages $(addprefix --locale ,$(TRANSLATIONS)) --no-location --no-obsolete --no-wrap \
		--ignore .venv --ignore var --ignore tests --ignore node_modules
	@for words in newsroom/locale/*/LC_MESSAGES/*.po newsroom/package_locale/*/LC_MESSAGES/*.po; do \
		msgfmt --check -o $${words%.po}.mo $$words; done
