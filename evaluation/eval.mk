# make eval FILE=labelled.csv TEXT=text LABEL=label [CATEGORIES=my.json] [EXAMPLES=5] [PACK=40] [UNKNOWN=oos]
#           [PROFILE=email or my.yaml] [WHERE="domain=curekart"] [COMPARE=.local/eval/earlier.json] [SEEDS=3] [ARGS=…]
# One thing varied, each value beside the first on the same rows:
# make eval FILE=labelled.csv … ROUNDS=0,1,3,5   what each round of corrections is worth, beside the one before
# make eval FILE=labelled.csv … PACKS=10,40,100 | MODELS=id,other-id | PROMPTS=mine.md,yours.md
# make eval-topics FILE=sentences.xml [CATEGORIES=my.json]   several topics a row against one label
# make eval-pages FILE=pages.csv   what is read of product pages without a model
# make eval-sentiment [FILE=rows.csv TEXT=text TITLE= STARS=stars SENTIMENT=gold]   with stars in the entry and without
# make eval-discovery FILE=labelled.csv [TEXT= LABEL= CATEGORIES= …] [BERTOPIC=1] [ARGS="--end-to-end"]
# make eval-months FILE=labelled.csv [TEXT= LABEL= CATEGORIES= …] [ARGS="--end-to-end --before"]   half of the rows,
#           then the other half: --before labels both halves before any theme is found

TEXT ?=
LABEL ?=
EXAMPLES ?=
ROUNDS ?=
PACKS ?=
MODELS ?=
PROMPTS ?=
PACK ?=
SEEDS ?=
UNKNOWN ?=
WHERE ?=
COMPARE ?=
BERTOPIC ?=
SENTIMENT ?=
eval_file = $(or $(FILE),$(error FILE= names a CSV with labelled rows))
eval_args = --file "$(eval_file)" $(if $(TEXT),--text "$(TEXT)") $(if $(LABEL),--label "$(LABEL)") \
	$(if $(CATEGORIES),--categories "$(CATEGORIES)") $(if $(UNKNOWN),--unknown "$(UNKNOWN)") \
	$(if $(PROFILE),--profile "$(PROFILE)") $(if $(PACK),--pack $(PACK)) $(if $(SEEDS),--seeds $(SEEDS)) $(if $(EXAMPLES),--examples $(EXAMPLES)) $(foreach condition,$(WHERE),--where "$(condition)") $(ARGS)
eval_varied = $(if $(ROUNDS),--rounds $(ROUNDS)) $(if $(PACKS),--packs $(PACKS)) \
	$(if $(MODELS),--models "$(MODELS)") $(if $(PROMPTS),--prompts "$(PROMPTS)")

##@ Measure it

.PHONY: eval
eval: setup ## Measure the labels of a labelled file: make eval FILE= TEXT= LABEL= [CATEGORIES=] [PROFILE=] [EXAMPLES=] [UNKNOWN=] [PACKS= MODELS= PROMPTS= or ROUNDS=]
	@$(python) -m evaluation labels $(if $(COMPARE),--compare "$(COMPARE)") $(eval_varied) $(eval_args)

.PHONY: eval-discovery
eval-discovery: setup ## Hide categories of a labelled file and measure what is found again
	@$(if $(BERTOPIC),$(environments) eval)
	@$(python) -m evaluation discovery $(if $(BERTOPIC),--bertopic .venv-eval/bin/python) $(eval_args)

.PHONY: eval-months
eval-months: setup ## Measure whether themes of one half of a labelled file are the same categories in the other
	@$(python) -m evaluation months $(eval_args)

.PHONY: eval-pages
eval-pages: setup ## Measure what is read of product pages without a model: make eval-pages FILE=pages.csv [ARGS=--misses]
	@$(python) -m evaluation.page_facts $(ARGS) "$(eval_file)"

.PHONY: eval-topics
eval-topics: setup ## Measure several topics a row against one label: make eval-topics FILE=mams.xml [CATEGORIES=]
	@$(python) -m evaluation.topics $(if $(CATEGORIES),--categories "$(CATEGORIES)") "$(eval_file)"

# Without FILE the sample's columns; with one, only those that are named.
.PHONY: eval-sentiment
eval-sentiment: setup ## Measure sentiments, by marked ones or clear stars: make eval-sentiment [FILE= TEXT= TITLE= STARS= SENTIMENT=]
	@$(python) -m evaluation sentiment $(if $(FILE),--file "$(FILE)" --title "$(TITLE)" --stars "$(STARS)") \
		$(if $(TEXT),--text "$(TEXT)") $(if $(SENTIMENT),--sentiment "$(SENTIMENT)") \
		$(if $(PROFILE),--profile "$(PROFILE)") $(ARGS)
