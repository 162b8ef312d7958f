# make faults: every scenario on the deployed template, and a table of what came of it.
# make faults ARGS="-k poison": only these. Those marked as short are part of `make test-e2e`, on the same stack.

##@ Break it

.PHONY: faults
faults: setup ## Break the deployed stack on purpose and count what was lost: make faults [ARGS="-k poison"]
	@$(python) -m $(if $(ARGS),pytest tests/faults $(ARGS),tests.faults)
