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
	$(UV) sync --locked --quiet --compile-bytecode --python "$$($(PYTHON) -c 'import sys; print(sys.executable)')"
	@$(RUN)/python -m compileall -q xrattest
	@touch $@

.PHONY: install
install: .venv/installed ## Make .venv and install xrattest and its plugins into it

.PHONY: run
run: .venv/installed ## Attest this very host and verify the result (ARGS="--include ..." reaches `xrattest attest`)
	@$(RUN)/python tools/first_run.py $(ARGS)

.PHONY: test
test: .venv/installed ## Run every test that needs minutes, not hours
	nice cargo test --release --locked --no-default-features --quiet
	$(RUN)/pytest --numprocesses=auto $(ARGS)

.PHONY: lint
lint: lint-python lint-rust proto-check ## Run every static check

.PHONY: lint-python
lint-python: .venv/installed
	$(RUN)/ruff check
	$(RUN)/ruff format --check
	$(RUN)/mypy
	$(RUN)/python -m mypy.stubtest xrattest._core --mypy-config-file pyproject.toml
	$(RUN)/lint-imports

.PHONY: lint-rust
lint-rust:
	cargo fmt --check
	cargo clippy --release --locked --all-features --all-targets -- -D warnings

.PHONY: fmt
fmt: .venv/installed ## Format Python and Rust
	$(RUN)/ruff format
	$(RUN)/ruff check --fix-only --exit-zero
	cargo fmt

.PHONY: docs
docs: .tools/bin/uv ## Build the documentation into site/
	UV_PROJECT_ENVIRONMENT=.venv-docs $(UV) sync --locked --quiet --only-group docs --python $(PYTHON)
	.venv-docs/bin/mkdocs build --strict --quiet

.PHONY: wheel
wheel: .tools/bin/uv ## Build the wheels of xrattest and of every plugin into dist/
	$(UV) build --quiet --wheel --all-packages --out-dir dist --python $(PYTHON)
	@ls dist

SOAK_SECONDS ?= 600
SOAK_MUTATIONS ?= 3000
FUZZ_TARGETS := ima_list ima_ascii ima_compact envelope rpm_header tpm bootlog
CARGO_FUZZ := .tools/cargo/bin/cargo-fuzz

$(CARGO_FUZZ):
	cargo install --locked --quiet --root .tools/cargo cargo-fuzz

.PHONY: soak
soak: $(CARGO_FUZZ) .venv/installed ## Fuzz each hostile-input reader for SOAK_SECONDS and change envelopes SOAK_MUTATIONS times a part (needs a nightly toolchain)
	mkdir -p $(FUZZ_TARGETS:%=core_rs/fuzz/corpus/%) $(FUZZ_TARGETS:%=core_rs/fuzz/seeds/%)
	cp tests/vectors/ima/*.txt core_rs/fuzz/corpus/ima_ascii/
	for list in tests/vectors/ima/*.bin; do \
		cp $$list core_rs/fuzz/corpus/ima_list/; \
		$(RUN)/xrattest ima compact --log $$list -o core_rs/fuzz/corpus/ima_compact/$$(basename $$list); \
	done
	for target in $(FUZZ_TARGETS); do \
		PATH="$(CURDIR)/.tools/cargo/bin:$$PATH" cargo +nightly fuzz run --fuzz-dir core_rs/fuzz $$target \
			core_rs/fuzz/corpus/$$target core_rs/fuzz/seeds/$$target -- \
			-max_total_time=$(SOAK_SECONDS) -timeout=10 -rss_limit_mb=2048 -max_len=65536 -print_final_stats=1; \
	done
	XRATTEST_MUTATIONS=$(SOAK_MUTATIONS) XRATTEST_SEED=$$RANDOM $(RUN)/pytest --numprocesses=auto --timeout=3600 tests/e2e/test_mutations.py

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

.PHONY: bench
bench: .venv/installed ## Measure hashing against b3sum and openssl, lists and signatures against evmctl; fails when a stated figure is missed
	$(RUN)/python benches/hashing.py
	$(RUN)/python benches/ima.py
	$(RUN)/python benches/ima_signatures.py

.PHONY: cli-reference
cli-reference: .venv/installed ## Write docs/reference/cli.md from the commands' help
	COLUMNS=100 $(RUN)/python tools/cli_reference.py

.PHONY: policy-schema
policy-schema: .venv/installed ## Write docs/reference/policy.schema.json from the policy's model
	$(RUN)/python tools/policy_schema.py
