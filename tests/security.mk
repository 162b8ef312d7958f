# Security by tools: checkov on the template (part of `make check`), each right put to the test, known vulnerabilities.

##@ Secure it

.PHONY: checkov
checkov: setup ## Check the template with checkov; each exception stands beside its resource
	@$(environments) checkov
	@mkdir -p .local/logs
	@$(python) -m tests.template > .local/template.json
	@.venv-checkov/bin/checkov --config-file .checkov.yaml | tee .local/logs/checkov.log
	@# It ends well when it could not read the template, too.
	@grep -qx 'Passed checks: [1-9][0-9]*, Failed checks: 0, Skipped checks: [0-9]*' .local/logs/checkov.log \
		|| { echo "checkov read nothing" >&2; exit 1; }

.PHONY: iam
iam: setup ## Take each right from the functions in turn, and show what then fails: make iam [ARGS="--only 'SweepRole Send'"]
	@$(python) -m tests.iam $(ARGS)

.PHONY: audit
audit: setup ## Look the locked dependencies up: withdrawn releases, and vulnerabilities (asks PyPI; ARGS="--service osv" asks OSV)
	@$(environments) audit
	@$(python) -m tests.audit $(ARGS)

.PHONY: test-browser
test-browser: setup ## Open a report full of foreign markup in a real Chromium (installed if there is none)
	@$(python) -m pytest tests/browser $(ARGS)
