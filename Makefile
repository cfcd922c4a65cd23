# One word per task. `make demo` and `make test` work on a fresh Debian-like machine with Python 3.11 or newer.

PYTHON ?= python3
VENV := .venv
BIN := $(VENV)/bin
DEMO := runs/demo
DATA ?= sample_scenes/desk
# Tests with viewports need a display; where there is none, a virtual one. Looked up when it runs: setup may bring it.
PYTEST = $$([ -z "$$DISPLAY" ] && command -v xvfb-run >/dev/null && echo "xvfb-run -a") $(BIN)/python -m pytest

.DEFAULT_GOAL := help
.PHONY: help setup system test-tools bench-formats demo test test-slow check format bench bench-memory bench-splats bench-triangles bench-window gpu-test pictures clean

help:  ## show this list
	@awk -F':.*## ' '/^[a-z-]+:.*## / {printf "  make %-14s %s\n", $$1, $$2}' $(MAKEFILE_LIST)

setup: $(VENV)/.ready tests/tools/node_modules/.ready  ## make .venv with everything in it

# Independent programs that read what we write; tests that need them are skipped where npm is absent.
tests/tools/node_modules/.ready: tests/tools/package.json tests/tools/package-lock.json
	@command -v npm >/dev/null || { echo "npm is not there: tests against other programs will be skipped."; exit 0; }; \
	npm --prefix tests/tools ci --ignore-scripts --no-audit --no-fund --loglevel=error && touch $@

system:
	@sh scripts/system-packages.sh system-packages.txt

$(VENV)/.ready: pyproject.toml constraints.txt system-packages.txt | system
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' || { echo "Python 3.11 or newer is needed; $$($(PYTHON) --version) was found. Try: make PYTHON=python3.12 $(MAKECMDGOALS)"; exit 1; }
	$(PYTHON) -m venv $(VENV)
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt torch
	$(BIN)/python -m pip install --quiet --disable-pip-version-check -c constraints.txt -e '.[dev]'
	@touch $@

demo: setup  ## reconstruct the bundled scene, print the numbers, show the result
	@rm -rf $(DEMO)
	$(BIN)/triptych reconstruct sample_scenes/desk --method splats --preset quick --out $(DEMO)
	$(BIN)/triptych evaluate $(DEMO)
	@echo "Photo, render and error of the held-out views: $(DEMO)/contact_sheet.png"
	@if [ -n "$$DISPLAY$$WAYLAND_DISPLAY" ]; then $(BIN)/triptych view $(DEMO); \
	else echo "There is no display here; on a desktop, 'triptych view $(DEMO)' opens the result."; fi

# The window's process loads none of what reconstructs; its tests have a process of their own, too. They watch one display, the
# others are spread over the cores.
test: setup test-tools  ## run the tests (the quick ones; see test-slow)
	$(PYTEST) --numprocesses auto --dist loadfile --ignore tests/viewer
	$(PYTEST) tests/viewer

# A browser to look at pages; tests that need it are skipped where it is absent.
test-tools:
	@sh scripts/system-packages.sh tests/tools/system-packages.txt || echo "The browser could not be installed: tests that need it will be skipped."

test-slow: setup test-tools  ## run the slow tests too
	$(PYTEST) -m "not gpu" --ignore tests/viewer
	$(PYTEST) -m "not gpu" tests/viewer

gpu-test: setup  ## run the tests that need a CUDA device
	$(BIN)/python -m pytest -m gpu tests/gpu tests/render

check: setup  ## lint, format and types
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy

format: setup  ## put the code into shape
	$(BIN)/ruff check --fix .
	$(BIN)/ruff format .

pictures: setup  ## make the pictures of the documentation: the window, step by step
	@mkdir -p docs/images
	TRIPTYCH_PICTURES=$(CURDIR)/docs/images $(PYTEST) tests/viewer/test_whole_flow.py

bench: setup  ## print the speed tables
	$(BIN)/python -m benchmarks.render
	$(BIN)/python -m benchmarks.ssim
	@$(MAKE) --no-print-directory bench-window

bench-formats: setup  ## print how fast files of a million splats are written and read, and what that takes
	$(BIN)/python -m benchmarks.formats

bench-memory: setup  ## print the peak memory of training on 300 photographs of 1600x1200
	$(BIN)/python -m benchmarks.memory

bench-splats: setup  ## print quality against time for DATA=folder, three seeds
	$(BIN)/python -m benchmarks.splats $(DATA)

bench-triangles: setup  ## print the speed of rasterizing triangles
	$(BIN)/python -m benchmarks.triangles

bench-window: setup  ## print the window's start, rate and stalls, and what it costs training
	$$([ -z "$$DISPLAY" ] && command -v xvfb-run >/dev/null && echo "xvfb-run -a") $(BIN)/python -m benchmarks.window

clean:  ## remove what make built
	rm -rf $(VENV) build *.egg-info .pytest_cache .mypy_cache .ruff_cache
