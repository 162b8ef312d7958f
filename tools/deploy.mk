# make deploy: to AWS, by the SAM CLI that requirements/sam.txt pins; docs/deploy.md goes through it step by step.

##@ Deploy it

ENV ?=
GRADUAL ?=

.PHONY: deploy
deploy: named-environment setup-demo ## Build it and deploy it to AWS: make deploy ENV=dev|prod [GRADUAL=yes|no] (asks the first time)
	@$(python) -m tools.deploy $(ENV) $(GRADUAL)

.PHONY: named-environment
named-environment:
	@[ -n "$(ENV)" ] || { echo "Which environment? make deploy ENV=dev, or ENV=prod" >&2; exit 1; }
