# make campaign   set everything up and run the default campaign to its report
# make test       set everything up and pass the tests
# make install    only set up, into .venv
# make test-notebooks  run the notebooks of docs/notebooks on the default campaign
# make test-release  build archive and wheel, and run a study from the wheel
# make test-lowest  run some tests with the dependencies at their lower bounds
# make site        build the documentation into site/index.html
# make test-site   build it, and run each command of its pages
# make test-browser  run the tests of the interactive pages, which need Chromium (tests/browser/install.sh)
# make test-cluster  run the tests that need root, Slurm (tests/cluster/install.sh) and minutes
# make campaign CONFIG=config/campaigns/three-currents.yaml runs another campaign
# make campaign CONFIG="config/config.yaml config/site/slurm.yaml" runs it with the settings of a site

PYTHON ?= python3
CONFIG ?= config/config.yaml
BIN := .venv/bin

# Kernels and workers bring their own processes; threads beneath them would only get in each other's way
export OMP_NUM_THREADS := 1
export OPENBLAS_NUM_THREADS := 1
export NUMBA_NUM_THREADS := 1

.PHONY: install campaign test lint test-lowest test-notebooks test-release test-browser test-cluster site test-site

install: .venv/installed

.venv/installed: pyproject.toml constraints.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "pointes needs Python 3.11 or newer; name one with make PYTHON=...")'
	@echo "Making a Python environment in .venv: some seconds"
	@$(PYTHON) -m venv .venv
	@echo "Installing pointes and its dependencies, about 110 packages: one to two minutes, 1 GB of disk"
	@$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable .
	@echo "pointes is installed. The first run of each cell model also compiles it: about 20 seconds"
	@touch $@

.venv/installed-dev: .venv/installed
	@echo "Installing what tests and checks need, about 120 further packages: one to three minutes, 1 GB of disk"
	@$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[dev]'
	@touch $@

campaign: .venv/installed
	@folder=$$($(BIN)/pointes check $(CONFIG)) && \
	$(BIN)/snakemake --report $$folder/report.html --report-after-run --configfile $(CONFIG) && \
	echo "The report is in $$folder/report.html"

lint: .venv/installed-dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/snakefmt --check Snakefile workflow rules
	$(BIN)/codespell
	$(BIN)/mypy

test: lint
	$(BIN)/python -m pytest --numprocesses 2 --dist loadfile --no-loadscope-reorder $(PYTEST_OPTIONS)

test-notebooks: .venv/installed-dev campaign
	$(BIN)/python -m pytest tests/notebooks $(PYTEST_OPTIONS)

test-release: .venv/installed-dev
	$(BIN)/python -m pytest tests/release $(PYTEST_OPTIONS)

test-browser: .venv/installed-dev
	$(BIN)/pip install --quiet --disable-pip-version-check --constraint constraints.txt --editable '.[browser]'
	$(BIN)/python -m pytest tests/browser $(PYTEST_OPTIONS)

test-cluster: .venv/installed-dev
	$(BIN)/python -m pytest tests/cluster --numprocesses 2 --dist loadfile $(PYTEST_OPTIONS)

# The notice that it leaves out is about MkDocs 2, which mkdocs-material excludes
site: .venv/installed-dev
	$(BIN)/python docs/site/pages.py build/pages
	NO_MKDOCS_2_WARNING=1 $(BIN)/mkdocs build --strict

test-site: site
	$(BIN)/python -m pytest tests/site --numprocesses 2 $(PYTEST_OPTIONS)

# Most packages with their dependencies at the lower bounds, in an environment of their own
test-lowest:
	$(PYTHON) -m venv .venv-lowest
	.venv-lowest/bin/pip install --quiet --disable-pip-version-check --constraint constraints-lowest.txt --editable . pytest hypothesis vtk
	.venv-lowest/bin/python -m pytest -W default tests/unit/drugs tests/unit/campaign/files tests/unit/cells/test_pacing.py \
		tests/unit/learning/test_active.py tests/unit/figures/test_risk_map.py tests/unit/tissue/geometry
