# make models: prices and abilities of the Bedrock models, from the litellm that requirements/tables.in pins.
# make date-words: names of months and weekdays, from the CLDR that the pinned Babel brings.
# For newer ones: raise the version there, `make lock`, make the table, and read the difference.

.PHONY: models
models: ## Write the table of Bedrock models anew from the pinned litellm package
	@$(environments) tables
	@.venv-tables/bin/python -m tools.model_table

.PHONY: date-words
date-words: ## Write the names of months and weekdays anew from the pinned Babel package
	@$(environments) tables
	@.venv-tables/bin/python -m tools.date_words
