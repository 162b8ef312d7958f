# make bench BANKING=path/to/banking77.csv BANKING_CATEGORIES=path/to/banking77_categories.json

BANKING ?=
BANKING_CATEGORIES ?=

.PHONY: bench
bench: setup ## Measure what classify costs, beside a baseline, in one run (about 4 minutes)
	@$(python) -m benchmarks.classify $(if $(BANKING),--banking "$(BANKING)" --banking-categories "$(BANKING_CATEGORIES)") $(ARGS)
