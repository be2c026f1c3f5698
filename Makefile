# The verbs of daily work. What they do is in the packages; everything rarer is `python -m …` (CONTRIBUTING.md).
.DEFAULT_GOAL := help
.PHONY: help $(shell sed -n 's/^\([a-z-]*\):.*\#\# .*/\1/p' Makefile)

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
override DOCUMENT := $(value DOCUMENT)
export TARGET CASE A B BASE DOCUMENT

help:
	@sed -nE -e 's/^### (.*)/\n\1/p' -e 's/^([a-z-]+):.*## (.*)/  \1\t\2/p' $(MAKEFILE_LIST) | expand -t 18

# Judging takes a fraction of what developing takes, so it does not wait for the rest.
$(JUDGE): requirements/judge.txt requirements/installer.txt pyproject.toml
	@$(PYTHON) scripts/setup.py judge

$(DEVELOP): requirements/develop.txt $(JUDGE)
	@$(PYTHON) scripts/setup.py develop

### use

contract-test: $(JUDGE) ## judge TARGET (a URL or a target file), or our own sandbox
	@$(BIN)/coupon-contract judge $${TARGET:+--target "$$TARGET"} $(ARGS)

sandbox: $(JUDGE) ## serve the sandbox on loopback, with its address and credentials printed
	@$(BIN)/python -P -m coupon_contract.sandbox $(ARGS)

replay: $(JUDGE) ## send failure CASE of the last results again, to TARGET or our own sandbox
	@$(BIN)/coupon-contract replay "$$CASE" $${TARGET:+"$$TARGET"} $(ARGS)

compare: $(JUDGE) ## say what differs between the results A and B
	@$(BIN)/coupon-contract compare "$$A" "$$B"

### develop

generate: $(DEVELOP) ## write what follows from spec/: the generated client, code lists, tables
	@$(BIN)/python -P -m scripts.generate $(ARGS)

check: $(DEVELOP) ## all that needs no run: code, types, imports, document, specification, generated files
	@$(BIN)/python -P -m scripts.check $(ARGS)

# More processes than processors, because tests wait for servers; a file stays in one, because its tests share what is
# costly to start.
test: $(DEVELOP) ## the project's own tests
	@$(BIN)/pytest --numprocesses $$(( $$(getconf _NPROCESSORS_ONLN) * 3 / 2 )) --dist loadfile --no-loadscope-reorder $(ARGS)

diff: $(DEVELOP) ## what changed since BASE (a file of spec/releases, or a tag), and whether the version says so
	@$(BIN)/python -P -m scripts.changes "$$BASE" $(ARGS)

### prove

interop: $(DEVELOP) ## generate, compile and try clients in other languages; ARGS="go rust" for some
	@$(BIN)/python -P -m interop --document "$$DOCUMENT" $(ARGS)

bench: $(DEVELOP) ## measure the suite, and print the tables of bench/README.md
	@$(BIN)/python -P -m bench.suite $(ARGS)

publish: $(DEVELOP) ## build dist/: the bundle for other teams, wheels, npm package
	@$(BIN)/python -P -m scripts.publish $(ARGS)

release-check: $(DEVELOP) ## the tests that `make test` leaves out, and all that a release does, but the upload
	@$(BIN)/pytest -m thorough --numprocesses $$(getconf _NPROCESSORS_ONLN) --dist load
	@$(BIN)/python -P -m scripts.release_check $(ARGS)
