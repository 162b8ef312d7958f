# make fuzz [SECONDS=60] [TARGET=reader]: what a finding leaves stays in tests/fuzz/cases, where `make test` replays it.

SECONDS ?= 60
TARGET ?= reader answers

.PHONY: fuzz
fuzz: setup .venv-fuzz/ready ## Fuzz the file reader and the answer parser: make fuzz [SECONDS=60] [TARGET=reader]
	@for target in $(TARGET); do .venv-fuzz/bin/python -m tests.fuzz $$target --seconds $(SECONDS); done

.venv-fuzz/ready: requirements/fuzz.txt
	@$(python) -m venv --clear .venv-fuzz
	@.venv-fuzz/bin/pip install --quiet --disable-pip-version-check --no-deps --require-hashes -r requirements/fuzz.txt
	@touch $@

.PHONY: test-hostile
test-hostile: setup ## Run the corpus of hostile inputs against the handlers and a real database
	@$(python) -m pytest tests/hostile $(ARGS)
