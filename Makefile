# The Makefile only names the verbs; what they do stands in scripts/ and in the packages.
.DEFAULT_GOAL := help
.PHONY: help contract-test replay compare test generate sandbox load lint check check-spec bench bench-sandbox power kill-test fuzz lock

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
TARGET ?=
ARGS ?=
CASE ?=
A ?=
B ?=

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

$(READY): requirements.lock scripts/setup
	@scripts/setup $(PYTHON)

contract-test: $(READY) ## judge TARGET (a URL or a target file), or our own sandbox
	@$(BIN)/python -m scripts.judge $(TARGET) $(ARGS)

replay: $(READY) ## send failure CASE of the last results again, to TARGET or our own sandbox
	@$(BIN)/python -m scripts.replay '$(CASE)' $(TARGET) $(ARGS)

compare: $(READY) ## say what differs between the results A and B
	@$(BIN)/python -m scripts.compare '$(A)' '$(B)'

test: $(READY) ## the project's own tests
	@$(BIN)/pytest $(ARGS)

generate: $(READY) ## write generated/coupon_api from spec/openapi.yaml
	@$(BIN)/python -m scripts.generate

sandbox: $(READY) ## serve the sandbox on loopback, with its address and credentials printed
	@$(BIN)/python -m sandbox $(ARGS)

load: $(READY) ## load TARGET within its budget and judge every answer; ARGS="-u 20 -r 20 -t 30s"
	@$(BIN)/locust -f bench/locustfile.py --headless --only-summary --target '$(TARGET)' $(ARGS)

lint: $(READY) ## ruff and mypy
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy

check-spec: $(READY) ## the document, the ledger and the clauses hold together
	@$(BIN)/python -m scripts.check_spec

check: lint check-spec ## all that CI runs
	@$(BIN)/python -m scripts.generate --check
	@$(MAKE) --no-print-directory test
	@$(MAKE) --no-print-directory contract-test

bench: $(READY) ## measure, and print the tables of bench/README.md
	@$(BIN)/python -m bench.suite

bench-sandbox: $(READY) ## measure the sandbox against mocks and against SQLite; needs npm and Java
	@$(BIN)/python -m bench.sandbox $(ARGS)

power: $(READY) ## judge the sandbox with each fault and each correct variant
	@$(BIN)/python -m scripts.power $(ARGS)

kill-test: $(READY) ## kill -9 the sandbox 200 times under load, on both stores, and look for what is lost
	@$(BIN)/python -m scripts.durability $(ARGS)

fuzz: $(READY) ## throw 100,000 fuzzed requests at the sandbox
	@$(BIN)/python -m scripts.fuzz $(ARGS)

lock: $(READY) ## pin what pyproject.toml says in requirements.lock; ARGS=--upgrade for the newest
	@$(BIN)/python -m scripts.lock $(ARGS)
