# make run    the whole pipeline, from installing to the leaderboard; ARGS="..." goes to step 1
# make test   installs what the tests need and runs them all; ARGS="..." goes to pytest
# make check  formatting, lint and types
# make dashboard
# make lock   writes requirements.lock: every package with its version and hashes;  make audit   looks for known holes
# make test-browser  the tests in Chromium alone; make test has them too, and skips them where there is no Chromium
# make screenshots   every page of the dashboard, wide and narrow, light and dark, into .screenshots/;
#                    ROOT=DIR shows another run, and README=1 makes the README's pictures anew
# make fuzz   looks for inputs that break a reader, SECONDS=60 for each target or for TARGET=NAME alone; takes atheris
# make bench  our speed as ratios to baselines, and whether one became worse; ARGS=--write makes them the ones to compare with

PYTHON ?= python3
VENV ?= .venv
ARGS ?=
ROOT ?= .
README ?=
SECONDS ?= 60
TARGET ?=
BIN := $(VENV)/bin
STEPS := runners.aggregate_results runners.run_consistency analysis.confidence_calibration analysis.plot_calibration \
         leaderboard.build_leaderboard analysis.baseline_deltas

.PHONY: run test test-browser check format lock audit dashboard screenshots fuzz bench clean

# A step that ends with 1 did all but a part, which it told; the next steps go on. 2 and above end the run.
run: $(VENV)/.installed
	@part=0; \
	echo "== runners.auto_run_async"; $(BIN)/python -m runners.auto_run_async $(ARGS) || part=$$?; \
	[ $$part -le 1 ] || exit $$part; \
	for step in $(STEPS); do \
		echo "== $$step"; code=0; $(BIN)/python -m $$step || code=$$?; \
		[ $$code -le 1 ] || exit $$code; [ $$code -eq 0 ] || part=1; \
	done; \
	echo "== leaderboard"; $(BIN)/python -m leaderboard.build_leaderboard --show || exit $$?; \
	echo "The dashboard:  make dashboard   (or: $(BIN)/streamlit run app.py)"; \
	exit $$part

test: $(VENV)/.installed-test
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile --no-loadscope-reorder $(ARGS)

test-browser: $(VENV)/.installed-test
	$(BIN)/python -m pytest --numprocesses auto --dist loadfile tests/browser $(ARGS)

check: $(VENV)/.installed-test
	$(BIN)/ruff format --check .
	$(BIN)/ruff check .
	$(BIN)/mypy

format: $(VENV)/.installed-test
	$(BIN)/ruff format .
	$(BIN)/ruff check --fix .

lock: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet 'uv>=0.9,<1'
	$(BIN)/uv pip compile requirements.txt --universal --python-version 3.11 --generate-hashes --quiet --no-annotate \
		--custom-compile-command 'make lock' --output-file requirements.lock

audit: $(VENV)/.installed
	$(BIN)/python -m pip install --quiet 'pip-audit>=2.9,<3'
	$(BIN)/pip-audit --requirement requirements.lock --disable-pip --require-hashes

dashboard: $(VENV)/.installed
	$(BIN)/streamlit run app.py

screenshots: $(VENV)/.installed-test
	$(BIN)/python -m tests.browser.screenshots --root $(ROOT) $(if $(README),--readme)

# Atheris takes Linux or macOS and a Python that it has a wheel for; without one, its source needs a compiler of its own.
fuzz: $(VENV)/.installed-test
	@$(BIN)/python -m pip install --quiet --only-binary :all: 'atheris>=3,<4' || \
		{ echo "atheris has no wheel for $$($(BIN)/python -V) here; try make fuzz PYTHON=python3.12 VENV=.venv312"; exit 2; }
	$(BIN)/python -m tests.fuzzing.run --seconds $(SECONDS) $(TARGET)

bench: $(VENV)/.installed-test
	$(BIN)/python -m tests.benchmarks.table $(ARGS)

clean:
	rm -rf $(VENV) .fuzzing .screenshots .mypy_cache .ruff_cache .pytest_cache .hypothesis

$(VENV)/.installed: requirements.txt
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || \
		{ echo "TrustBench needs Python 3.11 or later; name one with: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 2; }
	@$(PYTHON) -m venv $(VENV) || { echo "cannot make $(VENV); on Debian and Ubuntu: apt install python3-venv"; exit 2; }
	$(BIN)/python -m pip install --quiet --upgrade 'pip>=25.1'
	$(BIN)/python -m pip install --quiet -r requirements.txt
	@touch $@

$(VENV)/.installed-test: $(VENV)/.installed pyproject.toml
	$(BIN)/python -m pip install --quiet --group test
	@touch $@
