# The project's two commands are `make demo` and `make test`; both set the machine up themselves.
# `make help` lists the rest.

SHELL := /bin/bash
.SHELLFLAGS := -eu -o pipefail -c
.DEFAULT_GOAL := help
MAKEFLAGS += --no-print-directory

# Any Python >= 3.11 may be named: make test PYTHON=/usr/local/bin/python3.12
export PYTHON ?=
python := .venv/bin/python
# Makes the virtual environments that something needs: `$(environments) demo`.
environments := $(or $(PYTHON),python3) -m local.environments
FILE ?=
CATEGORIES ?=
PROFILE ?=
ARGS ?=
# What a target says comes when it ends, if make can do that.
whole := $(if $(filter output-sync,$(.FEATURES)),--output-sync=target)
# Many processes of a run import the same packages: the first of them compiles those for all.
unexport PYTHONDONTWRITEBYTECODE

##@ Run it

.PHONY: demo
demo: setup-demo ## Run a CSV through the whole stack: make demo [FILE=my.csv] [CATEGORIES=my.json]
	@$(python) -m local.demo $(if $(FILE),--file "$(FILE)") $(if $(CATEGORIES),--categories "$(CATEGORIES)") $(if $(PROFILE),--profile "$(PROFILE)") $(ARGS)

.PHONY: up
up: setup-demo ## Start database, model and AWS emulator on this machine, and deploy
	@$(python) -m local.stack up $(ARGS)

.PHONY: status
status: setup-demo ## Say what is up
	@$(python) -m local.stack status

.PHONY: logs
logs: ## Print what the functions logged: make logs [ARGS="classify --errors"]
	@$(python) -m local.logs $(ARGS)

.PHONY: down
down: ## Stop all of it
	@if [ -x $(python) ]; then $(python) -m local.stack down; fi

.PHONY: clean
clean: down ## Stop all of it and remove its data, logs and builds
	@rm -rf .local .aws-sam .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache mutants

.PHONY: setup-demo
setup-demo:
	@$(environments) demo

.PHONY: setup
setup: ## Make the virtual environments for development (idempotent; the other targets call it)
	@$(environments) dev

##@ Check it

.PHONY: test
test: ## Run every check and every test
	@# The end-to-end tests mostly wait: two other suites beside them keep two cores busy.
	@echo "running the checks, then the tests, some at a time: each prints when it ends …"
	@$(MAKE) --jobs=2 $(whole) check
	@$(MAKE) --jobs=3 $(whole) test-e2e test-integration test-unit test-hostile

.PHONY: check
check: lint types imports template checkov ## Run the checks that need no server

.PHONY: lint
lint: setup
	@$(python) -m ruff check .
	@$(python) -m ruff format --check .

.PHONY: format
format: setup ## Format the code and mend what the linter can
	@$(python) -m ruff check --fix-only .
	@$(python) -m ruff format .

.PHONY: types
types: setup
	@$(python) -m mypy

.PHONY: imports
imports: setup
	@.venv/bin/lint-imports

.PHONY: template
template: setup
	@.venv/bin/cfn-lint template.yaml quicksight.yaml docs/examples/helpdesk.yaml
	@SAM_CLI_TELEMETRY=0 .venv-sam/bin/sam validate --lint --region us-east-1 --template-file template.yaml

.PHONY: test-unit
test-unit: setup ## Run the unit tests
	@$(python) -m pytest tests/unit $(ARGS)

.PHONY: test-integration
test-integration: setup ## Run the tests against a real database
	@$(python) -m pytest tests/integration $(ARGS)

.PHONY: test-e2e
test-e2e: setup ## Run the tests against the deployed template, IAM enforced, and break it in a few ways
	@$(python) -m pytest tests/e2e tests/faults -m "not long" $(ARGS)

##@ Change it

.PHONY: lock
lock: ## Lock the requirements anew (ARGS=--upgrade for newer versions)
	@$(foreach name,$(locked_first) $(filter-out $(locked_first),$(basename $(notdir $(wildcard requirements/*.in)))),\
		PATH="$$PATH:.venv-uv/bin" uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-emit-index-url \
			$(if $(filter model tables bertopic head,$(name)),--no-deps) $(ARGS) requirements/$(name).in \
			-o $(or $(locked_$(name)),requirements/$(name).txt);)

# The others keep to the versions of these.
locked_first := layer categorize classify ingest notify run dev
# Locked beside the code that is packaged with them.
locked_layer := shared/requirements.txt
locked_categorize := services/categorize/requirements.txt
locked_classify := services/classify/requirements.txt
locked_ingest := services/ingest/requirements.txt
locked_notify := services/notify/requirements.txt

.PHONY: help
help: ## List the targets
	@awk 'BEGIN {FS = ":.*## "} /^##@/ {printf "\n%s\n", substr($$0, 5)} /^[a-z0-9-]+:.*## / {printf "  make %-18s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

# More targets, one file per subject: bench, eval, faults, fuzz, head, iam, models.
-include benchmarks/*.mk evaluation/*.mk tests/*.mk tools/*.mk
