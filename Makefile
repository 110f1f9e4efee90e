# The whole vocabulary: make rehearse · make test · make lint · make bench
# (and, for those who change dependencies or have a night to spare: make lock, make soak)

PYTHON ?= python3
VENV   ?= .venv
BIN    := $(VENV)/bin
PIP    := $(BIN)/python -m pip --disable-pip-version-check -q
ARGS   ?=

.PHONY: rehearse test lint bench soak lock tools clean

rehearse: $(VENV)/.archive
	$(BIN)/amana rehearse $(ARGS)

test: $(VENV)/.dev tools lint
	$(BIN)/python -m pytest -n 2 --dist worksteal $(ARGS)

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy
	$(BIN)/lint-imports
	$(BIN)/python tests/house.py

bench: $(VENV)/.dev tools
	$(BIN)/python -m benchmarks $(ARGS)

soak: $(VENV)/.dev
	AMANA_SOAK=200 $(BIN)/python -m pytest -n 2 tests/faults $(ARGS)

# Debian programs that the tests hold Amana against (age, openssl, par2, Dovecot ...).
tools:
	@sh .ci/tools

lock: $(VENV)/.dev
	$(PIP) install uv
	for name in base archive dev; do \
	  case $$name in base) extras="";; archive) extras="--extra archive";; dev) extras="--extra archive --extra dev";; esac; \
	  $(BIN)/uv pip compile -q --universal --python-version 3.11 --generate-hashes --no-header --no-annotate \
	    --no-emit-index-url --extra build $$extras pyproject.toml -o requirements/$$name.txt; \
	done

$(VENV)/bin/python:
	$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11) and "Amana needs Python 3.11 or newer")'
	$(PYTHON) -m venv $(VENV) || { echo "no virtual environment could be made: on Debian, apt-get install python3-venv"; exit 1; }

$(VENV)/.archive: requirements/archive.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements/archive.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements/dev.txt pyproject.toml | $(VENV)/bin/python
	$(PIP) install --require-hashes -r requirements/dev.txt
	$(PIP) install --no-deps --no-build-isolation -e .
	@touch $@ $(VENV)/.archive

clean:
	rm -rf $(VENV) build dist rehearsal
