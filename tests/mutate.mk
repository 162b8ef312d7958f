# make mutate: which changes of the code that decides does no test notice? What is mutated: pyproject.toml.
# make mutate MODULE=services/classify/pacing.py: of this module alone.

MUTATE_SECONDS ?= 1200
MODULE ?=

.PHONY: mutate
mutate: setup ## Change the code that decides, line by line, and name each change that no test notices
	@$(environments) mutate
	@$(python) -m tests.mutation --seconds $(MUTATE_SECONDS) $(MODULE) $(ARGS)
