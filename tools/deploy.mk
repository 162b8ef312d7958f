# make deploy: to AWS, by the SAM CLI that requirements/sam.txt pins; docs/deploy.md goes through it step by step.

##@ Deploy it

ENV ?=

.PHONY: deploy
deploy: setup-demo ## Build it and deploy it to AWS: make deploy ENV=dev|prod (asks the first time)
	@$(python) -m tools.deploy $(or $(ENV),$(error which environment? make deploy ENV=dev, or ENV=prod))
