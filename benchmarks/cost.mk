# make cost [ROWS=1000000] [TEXT=300] [MODEL=us.anthropic.claude-haiku-5-5] [NETWORK=egress|private]

ROWS ?=
TEXT ?=
MODEL ?=
NETWORK ?=

.PHONY: cost
cost: setup ## Count a month's bill from the template: make cost [ROWS=…] [TEXT=…] [MODEL=…] [NETWORK=…]
	@$(python) -m benchmarks.cost $(if $(ROWS),--rows $(ROWS)) $(if $(TEXT),--text $(TEXT)) $(if $(MODEL),--model "$(MODEL)") $(if $(NETWORK),--network $(NETWORK)) $(ARGS)

.PHONY: cost-page
cost-page: setup ## Write docs/cost.md anew
	@$(python) -m benchmarks.cost --page
