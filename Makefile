# Every verb of the workspace. `make help` lists them; the work is done by the tools and by scripts/.
.DEFAULT_GOAL := help
SHELL := /bin/bash
BIN := .venv/bin
ARGS ?=

# Two processes suit the smallest machine the tests are meant for; `make test WORKERS=8` uses more.
WORKERS ?= 2

.PHONY: help setup demo serve test check prove bench bench-peers proto lock clean

help: ## list the verbs
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/  make \1\t\2/' | expand -t 20
	@echo "  ARGS=... is handed on: make demo ARGS=--help, make test ARGS='-k lifecycle'"

setup: ## prepare .venv with all that is locked in requirements.txt, and the rooms; quick when up to date
	@scripts/setup

demo: setup ## run a platform with the city of Qingdao in it
	$(BIN)/ucs demo $(ARGS)

serve: setup ## run the platform as configured
	$(BIN)/ucs serve $(ARGS)

test: setup ## run the tests (benchmarks apart)
	@scripts/mosquitto
	@scripts/video
	$(BIN)/pytest -n $(WORKERS) --dist loadfile -p no:benchmark $(ARGS)

check: setup ## lint, format, types, the arrows between rooms, repository rules, generated code
	@scripts/check

prove: setup ## try every promise at length, and print what was tried, injected and found; takes hours
	UCS_PROMISE_EFFORT=long $(BIN)/pytest -n $(WORKERS) --dist load -p no:benchmark -o timeout=0 \
		tests/promises tests/compiling tests/access/test_07_decisions.py \
		tests/doors/access/test_14_administration.py $(ARGS)

bench: setup ## run tests/bench, print a table and write build/bench.json
	@scripts/video
	@mkdir -p build && rm -f build/bench-raw.json
	$(BIN)/pytest tests/bench --benchmark-only --benchmark-json=build/bench-raw.json $(ARGS)
	PYTHONPATH=scripts $(BIN)/python -m figures.benchmarks build/bench-raw.json build/bench.json

bench-peers: setup ## measure UCS beside PostGraphile, strawberry and the limits; ARGS=--quick takes three minutes
	PYTHONPATH=tests/bench:scripts $(BIN)/python -m peers $(ARGS)

proto: setup ## lint proto/**/*.proto and generate proto/src from them
	$(BIN)/python scripts/wire.py

lock: ## renew requirements.txt from the pyproject.toml files (needs a package index)
	@scripts/lock

clean: ## remove what was built and cached; .venv stays
	rm -rf build dist .pytest_cache .mypy_cache .ruff_cache .hypothesis .benchmarks .import_linter_cache
	find . -path ./.venv -prune -o -name __pycache__ -type d -exec rm -rf {} +
