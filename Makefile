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

WIRE_RS := core_rs/src/ima/wire.rs
PROTO_SOURCES := proto/xrattest/ima/v1/ima.proto

# $(1) takes the Rust types, $(2) the Python package; the virtual path names the modules after their package.
define generate_proto
	CARGO_TARGET_DIR=target/proto cargo run --quiet --locked --manifest-path proto/generate/Cargo.toml -- $(1)
	rustfmt --edition 2024 --config-path . $(1)
	$(UV) run --quiet --locked --no-sync --group proto python -m grpc_tools.protoc --proto_path=xrattest/_proto=proto/xrattest \
		--proto_path="$$($(RUN)/python -c 'import grpc_tools; print(grpc_tools.__path__[0] + "/_proto")')" \
		--python_out=$(2) --pyi_out=$(2) xrattest/_proto/ima/v1/ima.proto
endef

.PHONY: proto proto-check
proto: install ## Write the Rust and Python types of proto/
	$(UV) sync --locked --quiet --inexact --group proto
	$(call generate_proto,$(WIRE_RS),.)

proto-check: install ## Fail when the committed types are not what proto/ gives
	$(UV) sync --locked --quiet --inexact --group proto
	@fresh=$$(mktemp -d) && trap 'rm -rf "$$fresh"' EXIT && \
	$(MAKE) --no-print-directory proto-into FRESH="$$fresh" && \
	diff -u $(WIRE_RS) "$$fresh/wire.rs" && diff -ru -x __init__.py -x __pycache__ xrattest/_proto "$$fresh/xrattest/_proto"

.PHONY: proto-into
proto-into:
	$(call generate_proto,$(FRESH)/wire.rs,$(FRESH))
