# The Makefile only names the verbs; what they do stands in scripts/ and in the packages.
.DEFAULT_GOAL := help
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*\#\# .*/\1/p' Makefile)

PYTHON ?= python3
BIN := .venv/bin
READY := .venv/.ready
ARGS ?=
DOCUMENT ?= spec/openapi.yaml

# Values reach a recipe as environment variables, unexpanded, so that none of their characters means anything to make or
# to the shell. ARGS alone is a list of shell words.
override TARGET := $(value TARGET)
override CASE := $(value CASE)
override A := $(value A)
override B := $(value B)
override BASE := $(value BASE)
override OLD := $(value OLD)
override NEW := $(value NEW)
override DOCUMENT := $(value DOCUMENT)
export TARGET CASE A B BASE OLD NEW DOCUMENT

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## /\1\t/' | expand -t 16

$(READY): requirements.lock scripts/setup
	@scripts/setup $(PYTHON)

contract-test: $(READY) ## judge TARGET (a URL or a target file), or our own sandbox
	@$(BIN)/coupon-contract judge $${TARGET:+--target "$$TARGET"} $(ARGS)

replay: $(READY) ## send failure CASE of the last results again, to TARGET or our own sandbox
	@$(BIN)/coupon-contract replay "$$CASE" $${TARGET:+"$$TARGET"} $(ARGS)

compare: $(READY) ## say what differs between the results A and B
	@$(BIN)/coupon-contract compare "$$A" "$$B"

test: $(READY) ## the project's own tests
	@$(BIN)/pytest $(ARGS)

generate: $(READY) ## write generated/coupon_api from spec/openapi.yaml
	@$(BIN)/python -P -m scripts.generate

sandbox: $(READY) ## serve the sandbox on loopback, with its address and credentials printed
	@$(BIN)/python -P -m coupon_contract.sandbox $(ARGS)

load: $(READY) ## load TARGET within its budget and judge every answer; ARGS="-u 20 -r 20 -t 30s"
	@$(BIN)/locust -f bench/locustfile.py --headless --only-summary --target "$$TARGET" $(ARGS)

interop: $(READY) ## generate, compile and try clients in other languages; ARGS="go rust" for some
	@$(BIN)/python -P -m interop --document "$$DOCUMENT" $(ARGS)

lint: $(READY) ## ruff, mypy and the allowed imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo

check-spec: $(READY) ## the document, the ledger and the clauses hold together
	@$(BIN)/python -P -m scripts.check_spec

lint-spec: $(READY) ## the document, by Redocly's strict rules and our own
	@$(BIN)/python -P -m scripts.lint_spec $(ARGS)

diff: $(READY) ## what changed since BASE (a file of spec/releases, or a tag), and whether the version says so
	@$(BIN)/python -P -m scripts.changes "$$BASE"

static: lint check-spec lint-spec ## all that nothing has to be run for: code, document, generated client
	@$(BIN)/python -P -m scripts.generate --check

check: static test contract-test ## all that CI runs, but for interop

bench: $(READY) ## measure, and print the tables of bench/README.md
	@$(BIN)/python -P -m bench.suite

bench-client: $(READY) ## measure the client against its alternatives; ARGS=--write for bench/client.md
	@$(BIN)/python -P -m bench.client $(ARGS)

bench-sandbox: $(READY) ## measure the sandbox against mocks and against SQLite; needs npm and Java
	@$(BIN)/python -P -m bench.sandbox $(ARGS)

power: $(READY) ## judge the sandbox with each fault and each correct variant
	@$(BIN)/python -P -m qa.seeded_faults $(ARGS)

power-stock: $(READY) ## the same with stock Schemathesis, and both in bench/power.md; goes on where it stopped
	@$(BIN)/python -P -m qa.seeded_faults_schemathesis $(ARGS)
	@$(BIN)/python -P -m bench.power

client: $(READY) ## build the wheel of coupon-client in dist/
	@$(BIN)/python -P -m scripts.build_client

fault-proxy: $(READY) ## cut, reset and delay the client's calls at every byte, and count the coupons
	@$(BIN)/python -P -m qa.fault_proxy $(ARGS)

kill-test: $(READY) ## kill -9 the sandbox 200 times under load, on both stores, and look for what is lost
	@$(BIN)/python -P -m qa.kill_test $(ARGS)

fuzz: $(READY) ## throw 100,000 fuzzed requests at the sandbox
	@$(BIN)/python -P -m qa.fuzz $(ARGS)

lock: $(READY) ## pin what pyproject.toml says in requirements.lock; ARGS=--upgrade for the newest
	@$(BIN)/python -P -m scripts.lock $(ARGS)

publish: $(READY) ## build dist/: the bundle for other teams, wheels, npm package
	@$(BIN)/python -P -m scripts.publish $(ARGS)

docs-drift: $(READY) ## what rests here on the differences between two saved documentation pages, OLD and NEW
	@$(BIN)/python -P -m scripts.drift "$$OLD" "$$NEW"

release-check: $(READY) ## all that a release does, but the upload
	@$(BIN)/python -P -m scripts.release_check $(ARGS)
