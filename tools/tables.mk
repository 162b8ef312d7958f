# make models: prices and abilities of the Bedrock models, from the package that requirements/tables.in pins.
# For newer ones: raise the version there, `make lock`, `make models`, and read the difference.

##@ Renew it

.PHONY: models
models: ## Write the table of Bedrock models anew from the pinned litellm package
	@$(or $(PYTHON),python3) -m local.setup tables
	@.venv-tables/bin/python -m tools.model_table
