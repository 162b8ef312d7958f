# make mutate: which changes of the code that decides does no test notice? What is mutated: pyproject.toml.
# make mutate MODULE=services/classify/pacing.py: of this module alone, or of several, with spaces between them.
# All take about 20 minutes on two cores; in parts, each module's figures are the same.

MUTATE_SECONDS ?= 1200
MODULE ?=

.PHONY: mutate
mutate: setup ## Change the code that decides, line by line, and name each change that no test notices
	@$(environments) mutate
	@$(python) -m tests.mutation --seconds $(MUTATE_SECONDS) $(MODULE) $(ARGS)
