# `make demo` needs nothing but Python 3.11 or later: everything is installed into $(VENV).
PYTHON ?= $(shell for p in python3 python3.14 python3.13 python3.12 python3.11; do \
	$$p -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null && echo $$p && break; done)
VENV ?= .venv
# `make test TESTS=tests/unit/bulk` runs other tests than those of parts and contracts.
TESTS ?=
QUICK_TESTS := tests/unit tests/contract
PROGRAMS := tests/integration tests/acceptance tests/crash tests/simulation tests/mutants
# Tests run in so many processes.
JOBS ?= 2
PEERS ?= .venv-peers
TWILIO ?= .venv-twilio
NODE := tests/integration/node

bin := $(VENV)/bin
pytest := $(bin)/python -m pytest -q --numprocesses=$(JOBS) --dist=worksteal
pip := $(bin)/python -m pip install --disable-pip-version-check --quiet
base := $(VENV)/.installed
dev := $(VENV)/.installed-dev

.DEFAULT_GOAL := help
.PHONY: help demo demo-double test programs transports loopback node check lint types mypy pyright bench soak crash simulate mutants sim pictures clean
MAKEFLAGS += --no-print-directory

help: ## list the targets
	@awk -F ':.*## ' '/^[a-z-]+:.*## / {printf "make %-11s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

demo: $(base) ## send 2,000 rows to the simulator, faults included, and judge the result
	@$(bin)/python examples/demo.py

demo-double: $(base) $(TWILIO)/.installed ## lose an answer: through twilio-python and through an outbox
	@$(bin)/python examples/demo_double.py --twilio $(TWILIO)/bin/python

test: $(dev) ## run the tests of parts and contracts: some minutes
	@$(pytest) $(or $(TESTS),$(QUICK_TESTS))

programs: $(dev) ## run the tests of whole programs: on loopback, as commands, killed
	@$(pytest) $(PROGRAMS)

# uvloop looks names up by itself, past what a test puts in the way.
transports: $(dev) ## run the transports' tests once more, on uvloop
	@TEST_LOOP=uvloop $(pytest) -k "not looked_up" \
		tests/integration/transport tests/integration/test_never_twice.py

loopback: $(dev) ## run the tests that use sockets under strace: nothing but this machine is reached
	@$(bin)/python -m tests.loopback --numprocesses=$(JOBS) --dist=worksteal $(TESTS)

node: $(dev) $(NODE)/node_modules ## let Twilio's client for Node drive the simulator; needs Node and npm
	@NODE_TESTS=required $(bin)/python -m pytest -q tests/integration/test_simulator_node.py

check: lint types test programs transports ## everything CI runs: lint, types, all tests

lint: $(dev) ## check style
	@$(bin)/ruff check --quiet .
	@$(bin)/ruff format --check --quiet .

types: $(dev) ## check types with mypy and pyright, both strict
	@$(MAKE) --jobs=2 mypy pyright

mypy: $(dev)
	@$(bin)/mypy --no-error-summary

pyright: $(dev)
	@$(bin)/pyright --pythonpath $(bin)/python

bench: $(PEERS)/.installed ## compare with other clients and with the goals; QUICK=1 takes two minutes
	@$(PEERS)/bin/python -m benchmarks.ladder $(if $(QUICK),--quick)

soak: $(dev) ## run the tests that take minutes: the full figures of the promises
	@$(bin)/python -m pytest -q -m soak

crash: $(dev) ## run campaigns that are killed, lose their disk or network: the full figures
	@$(bin)/python -m pytest -q -m crash tests/crash

simulate: $(dev) ## run the real thing in simulated worlds: SEEDS=1000 of them, or HOURS=1
	@$(bin)/python -m tests.simulation --seed $(or $(SEED),1) \
		$(if $(SEEDS),--seeds $(SEEDS)) $(if $(HOURS),--hours $(HOURS)) --size $(or $(SIZE),0)

mutants: $(dev) ## change the deciding code in every small way: do its tests fail? Goes on where it ended; FILES=...
	@$(bin)/python -m tests.mutants $(FILES)

sim: $(base) ## run Twilio on localhost, port 8010, until Ctrl-C
	@$(bin)/python -m async_messaging simulate --port 8010

pictures: $(base) $(TWILIO)/.installed ## make the README's pictures anew, from a real run
	@$(bin)/python examples/pictures/make_pictures.py

clean: ## remove what was made here, the virtual environment too
	@rm -rf $(VENV) $(PEERS) $(TWILIO) $(NODE)/node_modules demo-results .hypothesis .mypy_cache .ruff_cache .pytest_cache build dist
	@find . -name __pycache__ -type d -prune -exec rm -rf {} +

$(bin)/python:
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed: make PYTHON=..." >&2; exit 1; }
	@echo "making $(VENV)"
	@$(PYTHON) -m venv $(VENV)
	@$(pip) --upgrade "pip>=25.1"

$(base): pyproject.toml | $(bin)/python
	@echo "installing into $(VENV)"
	@$(pip) --editable ".[all]"
	@touch $@

# Each by itself: what can't be installed here is left out of the comparison.
$(PEERS)/.installed: pyproject.toml benchmarks/peers/requirements.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed: make PYTHON=..." >&2; exit 1; }
	@echo "installing the clients to compare with into $(PEERS)"
	@test -x $(PEERS)/bin/python || $(PYTHON) -m venv $(PEERS)
	@$(PEERS)/bin/python -m pip install --disable-pip-version-check --quiet --upgrade "pip>=25.1"
	@$(PEERS)/bin/python -m pip install --disable-pip-version-check --quiet --editable ".[all,bench]"
	@grep -v '^#' benchmarks/peers/requirements.txt | while read -r peer; do \
		$(PEERS)/bin/python -m pip install --disable-pip-version-check --quiet "$$peer" || \
		echo "$$peer can't be installed here: it is left out"; done
	@touch $@

$(TWILIO)/.installed: examples/double/requirements.txt
	@test -n "$(PYTHON)" || { echo "Python 3.11 or later is needed: make PYTHON=..." >&2; exit 1; }
	@echo "installing twilio-python into $(TWILIO)"
	@test -x $(TWILIO)/bin/python || $(PYTHON) -m venv $(TWILIO)
	@$(TWILIO)/bin/python -m pip install --disable-pip-version-check --quiet --requirement $<
	@touch $@

$(NODE)/node_modules: $(NODE)/package.json $(NODE)/package-lock.json
	@echo "installing twilio-node into $@"
	@cd $(NODE) && npm ci --ignore-scripts --no-audit --no-fund --loglevel=error --fetch-retries=5
	@touch $@

$(dev): pyproject.toml $(base)
	@echo "installing the tools of the tests"
	@$(pip) --group dev
	@touch $@
