# The Makefile only names the verbs; what they do stands in scripts/ and in the packages.
.DEFAULT_GOAL := help
.PHONY: $(shell sed -n 's/^\([a-z-]*\):.*\#\# .*/\1/p' Makefile)

PYTHON ?= python3
BIN := .venv/bin
JUDGE := .venv/.ready-judge
DEVELOP := .venv/.ready-develop
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

# Judging takes a fraction of what developing takes, so it does not wait for the rest.
$(JUDGE): requirements/judge.txt requirements/installer.txt pyproject.toml
	@$(PYTHON) scripts/setup.py judge

$(DEVELOP): requirements/develop.txt $(JUDGE)
	@$(PYTHON) scripts/setup.py develop

contract-test: $(JUDGE) ## judge TARGET (a URL or a target file), or our own sandbox
	@$(BIN)/coupon-contract judge $${TARGET:+--target "$$TARGET"} $(ARGS)

replay: $(JUDGE) ## send failure CASE of the last results again, to TARGET or our own sandbox
	@$(BIN)/coupon-contract replay "$$CASE" $${TARGET:+"$$TARGET"} $(ARGS)

compare: $(JUDGE) ## say what differs between the results A and B
	@$(BIN)/coupon-contract compare "$$A" "$$B"

test: $(DEVELOP) ## the project's own tests
	@$(BIN)/pytest $(ARGS)

generate: $(DEVELOP) ## write generated/coupon_api from spec/openapi.yaml
	@$(BIN)/python -P -m scripts.generate

sandbox: $(JUDGE) ## serve the sandbox on loopback, with its address and credentials printed
	@$(BIN)/python -P -m coupon_contract.sandbox $(ARGS)

load: $(DEVELOP) ## load TARGET within its budget and judge every answer; ARGS="-u 20 -r 20 -t 30s"
	@$(BIN)/locust -f bench/locustfile.py --headless --only-summary --target "$$TARGET" $(ARGS)

interop: $(DEVELOP) ## generate, compile and try clients in other languages; ARGS="go rust" for some
	@$(BIN)/python -P -m interop --document "$$DOCUMENT" $(ARGS)

lint: $(DEVELOP) ## ruff, mypy and the allowed imports
	@$(BIN)/ruff check .
	@$(BIN)/ruff format --check .
	@$(BIN)/mypy
	@$(BIN)/lint-imports --no-cache --no-logo

check-spec: $(DEVELOP) ## the document, the ledger and the clauses hold together
	@$(BIN)/python -P -m scripts.check_spec

lint-spec: $(DEVELOP) ## the document, by Redocly's strict rules and our own
	@$(BIN)/python -P -m scripts.lint_spec $(ARGS)

diff: $(DEVELOP) ## what changed since BASE (a file of spec/releases, or a tag), and whether the version says so
	@$(BIN)/python -P -m scripts.changes "$$BASE"

static: lint check-spec lint-spec ## all that nothing has to be run for: code, document, generated client
	@$(BIN)/python -P -m scripts.generate --check

check: static test contract-test ## all that CI runs, but for interop

bench: $(DEVELOP) ## measure, and print the tables of bench/README.md
	@$(BIN)/python -P -m bench.suite

bench-client: $(DEVELOP) ## measure the client against its alternatives; ARGS=--write for bench/client.md
	@$(BIN)/python -P -m bench.client $(ARGS)

bench-sandbox: $(DEVELOP) ## measure the sandbox against mocks and against SQLite; needs npm and Java
	@$(BIN)/python -P -m bench.sandbox $(ARGS)

power: $(DEVELOP) ## judge the sandbox with each fault and each correct variant
	@$(BIN)/python -P -m qa.seeded_faults $(ARGS)

power-stock: $(DEVELOP) ## the same with stock Schemathesis, and both in bench/power.md; goes on where it stopped
	@$(BIN)/python -P -m qa.seeded_faults_schemathesis $(ARGS)
	@$(BIN)/python -P -m bench.power

client: $(DEVELOP) ## build the wheel of coupon-client in dist/
	@$(BIN)/python -P -m scripts.build_client

fault-proxy: $(DEVELOP) ## cut, reset and delay the client's calls at every byte, and count the coupons
	@$(BIN)/python -P -m qa.fault_proxy $(ARGS)

kill-test: $(DEVELOP) ## kill -9 the sandbox 200 times under load, on both stores, and look for what is lost
	@$(BIN)/python -P -m qa.kill_test $(ARGS)

fuzz: $(DEVELOP) ## throw 100,000 fuzzed requests at the sandbox
	@$(BIN)/python -P -m qa.fuzz $(ARGS)

lock: $(DEVELOP) ## pin what pyproject.toml says in requirements/; ARGS=--upgrade for the newest
	@$(BIN)/python -P -m scripts.lock $(ARGS)

publish: $(DEVELOP) ## build dist/: the bundle for other teams, wheels, npm package
	@$(BIN)/python -P -m scripts.publish $(ARGS)

docs-drift: $(DEVELOP) ## what rests here on the differences between two saved documentation pages, OLD and NEW
	@$(BIN)/python -P -m scripts.drift "$$OLD" "$$NEW"

release-check: $(DEVELOP) ## all that a release does, but the upload
	@$(BIN)/python -P -m scripts.release_check $(ARGS)
