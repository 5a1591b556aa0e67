# Two commands matter: `make test` and `make book`. Everything they need goes into .venv.
.DEFAULT_GOAL := help
.DELETE_ON_ERROR:
SHELL := bash
.SHELLFLAGS := -eo pipefail -c

PYTHON ?= python3
PORT ?= 8000
BIN := .venv/bin
INSTALLED := .venv/.installed
CORE := $(shell find diagprec_core -name '*.py')
NOTEBOOKS := $(wildcard notebooks/*.ipynb)
DATA := $(wildcard book/data/networks/*.csv)
PAGES := $(NOTEBOOKS) _config.yml _toc.yml $(shell find book -type f -not -path '*/__pycache__/*')
COMPILE := uv pip compile pyproject.toml --extra book --extra fast --extra test --universal \
	--python-version 3.11 --upgrade --output-file requirements.txt
export PYTHONHASHSEED := 0
# Two processes run side by side: a thread pool in each makes small products ten times slower.
export OPENBLAS_NUM_THREADS ?= 1
export JUPYTER_PLATFORM_DIRS := 1

# What is built goes into the checkout: where nothing can, that is said before anything is tried.
ifneq ($(filter-out help,$(MAKECMDGOALS)),)
ifneq ($(shell test -w . && echo yes),yes)
$(error $(CURDIR) cannot be written to; copy the checkout to where you can write, and run make there)
endif
endif

.PHONY: help test browser quick book pdf verify notebooks lab lint robust oldest mutants bench figure sweeps serve release requirements clean

help: ## list the targets
	@sed -nE 's/^([a-z]+):.*## (.*)/  make \1\t\2/p' $(MAKEFILE_LIST) | expand -t 22

# Each check and each chapter is run once: the unit tests read the verdicts of the claims that the
# ledger shows, and the book takes what the chapters printed and drew when they were tested.
test: $(INSTALLED) lint _build/claims.json ## everything that must pass: lint, claims, tests, notebooks
	DIAGPREC_VERDICTS=_build/claims.json \
		$(BIN)/python -m pytest -q -n 2 --dist worksteal --doctest-modules
	@$(MAKE) --no-print-directory _build/chapters
	@$(MAKE) --no-print-directory browser

browser: _build/html/.complete ## open the built book in a Chromium, if there is one, and use it
	$(BIN)/python -m pytest -q -n 2 --dist loadfile tests/browser

quick: $(INSTALLED) lint ## lint and the fast tests, under a minute: for the loop of writing
	$(BIN)/python -m pytest -q -n 2 --dist worksteal -m "not slow"

book: _build/html/.complete ## verify every claim, execute every chapter, build the HTML strictly
	@echo "The book: file://$(CURDIR)/_build/html/index.html"

pdf: _build/html/.complete ## the whole book as one PDF, with every proof looked for in it
	$(BIN)/python book/pdf.py
	$(BIN)/python -m pytest -q tests/browser/test_print.py -k whole

# Made again as a whole when anything in it has changed: a second build of a part would not see a
# dead reference to it from the rest.
_build/html/.complete: _build/claims.json _build/chapters $(PAGES)
	rm -f $@
	$(BIN)/jupyter-book build . -W -n --keep-going --all --quiet
	@touch $@

verify: $(INSTALLED) ## run the evidence and the controls of every claim
	$(BIN)/diagprec verify

notebooks: $(INSTALLED) ## execute the chapters and store their outputs
	$(BIN)/python notebooks/execute.py $(NOTEBOOKS)

# JupyterLab is large and only asked for here: it is installed when it is first wanted.
lab: $(INSTALLED) ## open the chapters in JupyterLab, which is installed when it is not there yet
	@$(BIN)/python -c 'import jupyterlab, jupyterlab_myst' 2>/dev/null || \
		$(BIN)/uv pip install --quiet --python $(BIN)/python --constraint requirements.txt \
			--requirement pyproject.toml --extra lab
	cd notebooks && ../$(BIN)/jupyter lab

lint: $(INSTALLED) ## check format, style, and that every module keeps to its floor
	$(BIN)/ruff format --check --quiet .
	$(BIN)/ruff check --quiet .
	@report=$$($(BIN)/lint-imports --no-logo --no-cache) || { echo "$$report"; exit 1; }

robust: $(INSTALLED) ## run the chapters as on other machines, and list every printed line that changes
	$(BIN)/python notebooks/robust.py

oldest: $(INSTALLED) ## run tests and claims with the oldest versions that pyproject.toml allows
	@mkdir -p _build
	$(BIN)/uv pip compile --quiet pyproject.toml --extra test --resolution lowest-direct \
		--python-version 3.11 --output-file _build/oldest.txt
	$(BIN)/uv venv --quiet --clear --python $(BIN)/python _build/oldest
	$(BIN)/uv pip sync --quiet --python _build/oldest/bin/python _build/oldest.txt
	$(BIN)/uv pip install --quiet --python _build/oldest/bin/python --no-deps --no-build-isolation \
		--editable .
	_build/oldest/bin/python -m pytest -q -n 2 --dist worksteal --doctest-modules \
		--deselect tests/claims/test_registry.py --ignore tests/package --ignore tests/book
	_build/oldest/bin/diagprec verify --jobs 2

mutants: $(INSTALLED) ## how many small mistakes in the core would the tests see? (about an hour)
	$(BIN)/python tests/mutants/run.py

bench: $(INSTALLED) ## measure speed against what a user would take instead
	$(BIN)/python tests/benchmarks/run.py | tee book/data/speed.md

figure: $(INSTALLED) ## draw the README's figure again
	$(BIN)/python book/images/main_result.py

sweeps: $(INSTALLED) ## run the networks' experiments again (resumes; FORCE=1 starts afresh)
	$(BIN)/python -m diagprec_core.networks.experiments.sweep $(if $(FORCE),--force)

serve: ## build the book and serve it on localhost:8000 (or PORT)
	@$(PYTHON) -c 'import socket; socket.create_server(("127.0.0.1", $(PORT)))' 2>/dev/null || \
		{ echo "Port $(PORT) is busy; try: make serve PORT=8001" >&2; exit 1; }
	@$(MAKE) --no-print-directory book
	$(BIN)/python -m http.server --bind 127.0.0.1 --directory _build/html $(PORT)

release: book pdf ## pack the wheel, the notebooks, the HTML and the PDF with checksums
	$(BIN)/uv build --quiet --wheel --no-build-isolation --python $(BIN)/python --out-dir _build/wheel .
	rm -rf build
	$(BIN)/python book/release.py

requirements: $(INSTALLED) ## resolve the versions in requirements.txt anew
	UV_CUSTOM_COMPILE_COMMAND="make requirements" $(BIN)/$(COMPILE)

clean: ## remove everything that was built, and the virtual environment
	rm -rf _build book/claims .venv .hypothesis .pytest_cache .ruff_cache *.egg-info
	find . -name __pycache__ -prune -exec rm -rf {} +

# An environment that is half made, or was made for a checkout elsewhere (a moved one would not
# start, a copied one would test the original), is made anew.
AT_HOME := $(filter $(CURDIR),$(shell cat .venv/.home 2>/dev/null))
$(INSTALLED): requirements.txt pyproject.toml $(if $(AT_HOME),,FORCE)
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "Python 3.11 or newer is needed; try: make PYTHON=python3.11 ..." >&2; exit 1; }
	@{ test -n "$(AT_HOME)" && $(BIN)/python -m pip --version >/dev/null 2>&1; } || \
		{ rm -rf .venv && $(PYTHON) -m venv .venv; }
	$(BIN)/python -m pip install --quiet --disable-pip-version-check \
		"$$(grep -o '^uv==[^ ;]*' requirements.txt)"
	$(BIN)/uv pip sync --quiet --python $(BIN)/python requirements.txt
	$(BIN)/uv pip install --quiet --python $(BIN)/python --no-deps --no-build-isolation --editable .
	@echo "$(CURDIR)" > .venv/.home
	@touch $@

FORCE:

# nbval: the chapters run, and still print what they printed. (notebooks/conftest.py keeps it.)
_build/chapters: $(INSTALLED) $(CORE) $(NOTEBOOKS) $(DATA) $(wildcard notebooks/*.py notebooks/*.cfg)
	@mkdir -p _build
	$(BIN)/python -m pytest -q -n 2 --dist loadfile --nbval --nbval-current-env \
		--nbval-cell-timeout 120 --nbval-sanitize-with notebooks/sanitise.cfg notebooks
	@touch $@

# The ledger's evidence: made again when the core or its libraries change, and absent if a check fails.
_build/claims.json: $(INSTALLED) $(CORE)
	@mkdir -p _build
	$(BIN)/diagprec verify --json --jobs 2 > $@.part
	@mv $@.part $@
