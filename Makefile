# Every check is defined here once; .ci/run calls these targets. `make help` lists them.
SHELL := /bin/bash
.SHELLFLAGS := -euo pipefail -c
.DEFAULT_GOAL := help

PYTHON ?= python3
UV_VERSION := 0.13.9
UV := .tools/bin/uv
RUN := .venv/bin
export UV_PROJECT_ENVIRONMENT := .venv

.PHONY: help
help: ## List the targets
	@grep -hE '^[a-z-]+:.*##' $(MAKEFILE_LIST) | sed -E 's/:.*## /\t/' | expand -t 12

.tools/bin/uv:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "xrattest needs Python 3.11 or newer; try: make PYTHON=python3.11" >&2; exit 1; }
	@command -v cargo >/dev/null || { echo "xrattest needs a Rust toolchain (cargo)" >&2; exit 1; }
	$(PYTHON) -m venv .tools
	.tools/bin/pip install --quiet --disable-pip-version-check uv==$(UV_VERSION)

RUST_SOURCES := $(shell find core_rs/src -name '*.rs') Cargo.toml Cargo.lock core_rs/Cargo.toml
PLUGIN_METADATA := $(wildcard plugins/*/pyproject.toml)

.venv/installed: .tools/bin/uv pyproject.toml uv.lock $(RUST_SOURCES) $(PLUGIN_METADATA)
	$(UV) sync --locked --quiet --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')"
	@touch $@

.PHONY: install
install: .venv/installed ## Make .venv and install xrattest and its plugins into it

.PHONY: bench
bench: .venv/installed ## Measure hashing against b3sum and openssl; fails when a stated ratio is missed
	$(RUN)/python benches/hashing.py
