# make fuzz [SECONDS=60] [TARGET=reader]: what a finding leaves stays in tests/fuzz/cases, where `make test` replays it.

SECONDS ?= 60
TARGET ?= reader headers values answers documents

.PHONY: fuzz
fuzz: setup ## Fuzz the readers of files, headers, values, answers, mails and pages: make fuzz [SECONDS=60] [TARGET=reader]
	@$(environments) fuzz
	@for target in $(TARGET); do .venv-fuzz/bin/python -m tests.fuzz $$target --seconds $(SECONDS); done

.PHONY: test-hostile
test-hostile: setup ## Run the corpus of hostile inputs against the handlers and a real database
	@$(python) -m pytest tests/hostile $(ARGS)
