# make bench BANKING=path/to/banking77.csv BANKING_CATEGORIES=path/to/banking77_categories.json

##@ Bench it

BANKING ?=
BANKING_CATEGORIES ?=

.PHONY: bench
bench: setup ## Measure what classify costs, beside a baseline, in one run (about 10 minutes, 5 of them an outage)
	@$(python) -m benchmarks.classify $(if $(BANKING),--banking "$(BANKING)" $(if $(BANKING_CATEGORIES),--banking-categories "$(BANKING_CATEGORIES)")) $(ARGS)

.PHONY: bench-discovery
bench-discovery: setup ## Hold a pool of 50,000 unknown rows against the categorize function's size (about 6 minutes)
	@$(python) -m benchmarks.discovery_pool $(ARGS)

.PHONY: bench-embedding
bench-embedding: setup ## Measure the embedded model: exactness, texts per second, memory (seconds)
	@$(python) -m benchmarks.embedding $(ARGS)

.PHONY: bench-pacing
bench-pacing: setup ## Simulate how the workers find a quota that nobody told them, follow it, and what that takes (seconds)
	@$(python) -m benchmarks.pacing $(ARGS)

.PHONY: bench-scale
bench-scale: setup ## Take a million rows through ingest, completion, results and report (about 10 minutes)
	@$(python) -m benchmarks.scale $(ARGS)

.PHONY: bench-cascade
bench-cascade: setup ## Stream labelled rows through the cascade: what it saves at which agreement: make bench-cascade BANKING= (minutes)
	@$(python) -m benchmarks.cascade --banking "$(or $(BANKING),$(error BANKING= names banking77.csv))" $(ARGS)
