# make eval FILE=labelled.csv TEXT=text LABEL=label [CATEGORIES=my.json] [EXAMPLES=5] [PACK=20] [UNKNOWN=oos]
#           [WHERE="domain=curekart"] [COMPARE=.local/eval/earlier.json] [ARGS=…]
# make eval FILE=labelled.csv … ROUNDS=0,1,3,5   what each round of corrections is worth, instead of EXAMPLES=
# make eval-discovery FILE=labelled.csv [TEXT= LABEL= CATEGORIES= …] [BERTOPIC=1] [ARGS="--end-to-end --seeds 5"]

TEXT ?=
LABEL ?=
EXAMPLES ?=
ROUNDS ?=
PACK ?=
UNKNOWN ?=
WHERE ?=
COMPARE ?=
BERTOPIC ?=
eval_file = $(or $(FILE),$(error FILE= names a CSV with labelled rows))
eval_args = --file "$(eval_file)" $(if $(TEXT),--text "$(TEXT)") $(if $(LABEL),--label "$(LABEL)") \
	$(if $(CATEGORIES),--categories "$(CATEGORIES)") $(if $(UNKNOWN),--unknown "$(UNKNOWN)") \
	$(if $(PACK),--pack $(PACK)) $(if $(EXAMPLES),--examples $(EXAMPLES)) $(foreach condition,$(WHERE),--where "$(condition)") $(ARGS)

##@ Measure it

.PHONY: eval
eval: setup ## Measure the labels of a labelled file: make eval FILE= TEXT= LABEL= [CATEGORIES=] [EXAMPLES= or ROUNDS=] [PACK=] [UNKNOWN=]
	@$(python) -m evaluation labels $(if $(COMPARE),--compare "$(COMPARE)") $(if $(ROUNDS),--rounds $(ROUNDS)) $(eval_args)

.PHONY: eval-discovery
eval-discovery: setup ## Hide categories of a labelled file and measure what is found again
	@$(if $(BERTOPIC),$(environments) eval)
	@$(python) -m evaluation discovery $(if $(BERTOPIC),--bertopic .venv-eval/bin/python) $(eval_args)
