# Two commands do everything: `make demo` and `make test`.
# One profile and one set of features for all of them, so that nothing is
# compiled twice.
export CARGO_TARGET_DIR ?= $(CURDIR)/target
CARGO_FLAGS = --release --workspace --all-targets $$(cat .cargo/features)
BIN = $(CARGO_TARGET_DIR)/release/regatta

.PHONY: demo test build setup notebooks fmt

## Build, run the main job on a made-up site of the regulators, show what came out.
demo: build
	rm -rf demo-lake
	$(BIN) --lake demo-lake demo

## Formatting, lints, licences and known vulnerabilities, and all tests.
test: build
	cargo fmt --all --check
	cargo clippy $(CARGO_FLAGS) -- -D warnings
	./scripts/deny.sh
	./scripts/python.sh > /dev/null || test -z "$$CI"
	cargo test --release --workspace $$(cat .cargo/features)

build: setup
	cargo build $(CARGO_FLAGS)

setup:
	./scripts/setup.sh

## Run docs/notebooks on a demo lake and write what comes out into them.
notebooks: build
	./scripts/notebooks.sh refresh

## Rewrite the formatting.
fmt:
	cargo fmt --all
