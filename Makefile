# `make run` serves, `make test` checks everything. See `make help`.
.DEFAULT_GOAL := help
SHELL := /bin/sh

# The lock files are made with 3.11, so it comes first where there are several.
PYTHON ?= $(shell command -v python3.11 || command -v python3)
VENV := .venv
BIN := $(VENV)/bin
PIP := $(BIN)/python -m pip install --disable-pip-version-check --no-input
ARGS ?=
# Where it is set, every one of the hundreds of programs that the tests start compiles the package anew.
unexport PYTHONDONTWRITEBYTECODE
SCRATCH := build/lock-venv
TORCH := 2.13.0
SAMPLE := realtime/weights/samples/en-call.wav

.PHONY: help setup run test others counted apart guarded image check bench docs lock packages clean

help: ## Show this list
	@sed -n 's/^\([a-z]*\):.*## /\1	/p' $(MAKEFILE_LIST) | expand -t 8

setup: $(VENV)/.dev ## Make .venv with the locked versions, for development

run: $(VENV)/.base ## Serve: live on ws://localhost:8765, files on http://localhost:8003 (ARGS="--model small …")
	@echo "Starting the server (stop with Ctrl-C). Once it says ready, in a second terminal: $(BIN)/realtime stream $(SAMPLE) --language en"
	@exec $(BIN)/realtime serve $(ARGS)

# Tests wait as much as they compute: three processes used two cores by 70 %. So four run most of the files,
# and beside them two run the rest while they start, collect and wait; mypy takes a minute of one core.
# A file's tests stay together, with the servers and browsers that it starts once. tests/conftest.py orders
# the files.
SPREAD := --dist=loadfile --no-loadscope-reorder
# The tests of the layers whose every branch must be reached; the others are faster uncounted.
COUNTED := $(addprefix tests/,audio engine evaluation files jobs session speakers wire)

# The tests that import torch. It takes 5 s to import, doubles what each garbage collection examines, and a
# server collects twice when it starts: it is kept out of the processes of all other tests.
APART := $(addprefix tests/,backends/test_on_torch.py backends/whisper/test_sampling.py \
  backends/whisper/test_tiktoken.py recipes/test_recipe.py recipes/test_speaker.py recipes/test_windows.py \
  weights/test_torch_state.py)

test: packages $(VENV)/.dev ## Style, types, architecture, documentation and all tests
ifdef ARGS
	$(MAKE) --no-print-directory check
	$(BIN)/python -m pytest $(ARGS)
else
	$(MAKE) --no-print-directory --jobs=3 check others apart
endif

others: $(VENV)/.dev
	$(BIN)/python -m pytest $(SPREAD) --numprocesses=4 $(addprefix --ignore=,$(COUNTED) $(APART))

counted: $(VENV)/.dev
	$(BIN)/python -m pytest $(SPREAD) --numprocesses=2 $(COUNTED) --cov

# After `counted`, so that six processes run tests at most.
apart: counted
	$(BIN)/python -m pytest $(SPREAD) --numprocesses=2 $(APART)

guarded: packages $(VENV)/.dev ## All tests under strace; fails where anything speaks to another machine
	$(BIN)/python -m tests.guard $(BIN)/python -m pytest $(ARGS)

image: packages $(VENV)/.dev ## Build the images here and test them (root, buildah, debootstrap, runc; 15 minutes)
	BUILD_IMAGES=1 $(BIN)/python -m pytest tests/docker/test_image.py tests/docker/test_other_images.py $(ARGS)

check: $(VENV)/.dev ## Style and types alone
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy --strict

bench: $(VENV)/.dev ## Measure, about 20 minutes; ARGS=--full: hours
	$(BIN)/python -m benchmarks.all $(ARGS)

docs: $(VENV)/.dev ## Build the documentation as a site, build/site/index.html, without a network
	$(BIN)/python -m mkdocs build --strict --quiet

# Debian's programs that the tests drive. Without them the tests that need them say so.
packages:
	@.ci/packages

$(VENV)/.base: requirements.lock pyproject.toml
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { \
	  echo "Python 3.11 or newer is needed, $(PYTHON) is older: make PYTHON=/path/to/python3.11 …"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || { \
	  echo "Python's venv is missing. On Debian or Ubuntu: apt install python3-venv"; exit 1; }
	@echo "Installing into $(VENV) (once; about 500 MB) …"
	@$(PYTHON) -m venv $(VENV)
	@$(BIN)/python .ci/install.py requirements.lock $(PIP) -r requirements.lock
	@$(PIP) --quiet --no-deps --no-build-isolation -e .
	@touch $@

$(VENV)/.dev: requirements-dev.lock $(VENV)/.base
	@echo "Installing what the tests need into $(VENV) (once; about 3 GB) …"
	@$(BIN)/python .ci/install.py requirements-dev.lock $(PIP) -r requirements-dev.lock
	@touch $@

# New versions for both lock files. The dev file holds the base file's versions and more. torch is kept
# at one version, and what it brings along for GPUs (triton, CUDA) is left to torch's own pins.
lock: ## Renew requirements.lock and requirements-dev.lock from pyproject.toml
	rm -rf $(SCRATCH)
	$(PYTHON) -m venv $(SCRATCH)
	$(SCRATCH)/bin/pip install --quiet hatchling editables '.[mic]'
	$(SCRATCH)/bin/pip freeze --exclude realtime-whisper > requirements.lock
	$(SCRATCH)/bin/pip install --quiet -c requirements.lock torch==$(TORCH) '.[dev]'
	$(SCRATCH)/bin/pip freeze --exclude realtime-whisper | \
	  sed -e 's/+cpu$$//' -e '/^triton==/d' -e '/^nvidia-/d' -e '/^cuda-/d' > requirements-dev.lock
	rm -rf $(SCRATCH)

clean: ## Remove .venv and everything that tools leave behind
	rm -rf $(VENV) .mypy_cache .ruff_cache .pytest_cache .hypothesis .coverage dist build
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
