# make faults [ARGS="-k database"]: every scenario on the deployed template, and a table of what came of it.

##@ Break it

.PHONY: faults
faults: setup ## Break the deployed stack on purpose and count what was lost: make faults [ARGS="-k poison"]
	@$(python) -m pytest tests/faults $(ARGS)

.PHONY: faults-short
faults-short: setup
	@$(python) -m pytest tests/faults -m short $(ARGS)

# Some of them in each run of the tests.
test: faults-short
