# Everything that a newcomer or a developer does, one target each; `make` alone lists them.
# .venv imports the checkout and is for working; .venv-wheel holds the built wheel and is for judging.

SHELL := bash
.SHELLFLAGS := -euo pipefail -c
MAKEFLAGS += --no-print-directory
.NOTPARALLEL:
.PHONY: help demo review test test-fast test-long lint bench pictures constraints clean tools installed-wheel

ENV := .venv
PARTS := editable room statistics cluster test lint
SAMPLE := synthetic_aica_left

help:
	@awk -F ':.* ## ' '/^[a-z-]+:.* ## / { printf "  make %-12s %s\n", $$1, $$2 }' Makefile

demo: ## set up .venv, take the sample studies from scans to reports, say where those are
	@scripts/setup.sh $(ENV) editable
	@$(ENV)/bin/mriview demo --out out/demo
	@echo "The commands are in $(ENV)/bin. To open the reading room on a sample: make review"

review: ## open the reading room on a sample
	@scripts/setup.sh $(ENV) editable room
	@$(ENV)/bin/mriview demo --out out/demo >/dev/null
	@$(ENV)/bin/mriview review out/demo/$(SAMPLE)/study

test-fast: ## the tests that need no window, on the checkout, while working
	@scripts/setup.sh $(ENV) $(PARTS)
	@NAPARI_CONFIG=$(CURDIR)/out/napari.yaml MRIVIEW_HYPOTHESIS=fast \
	  $(ENV)/bin/pytest tests -n 2 --dist worksteal -m "not room and not whole and not long"

test test-long: ENV := .venv-wheel
test test-long: PARTS := room statistics cluster screen test lint

test: lint installed-wheel ## everything that must hold before a change lands
	@MRIVIEW_HYPOTHESIS=ci COVERAGE_FILE=$(CURDIR)/build/coverage scripts/suite.sh $(ENV) \
	  -n 2 --dist worksteal -m "not room and not long" --cov --cov-report=
	@MRIVIEW_HYPOTHESIS=ci COVERAGE_FILE=$(CURDIR)/build/coverage scripts/suite.sh $(ENV) \
	  -n 2 --dist loadfile -m "room and not long" --cov --cov-append --cov-report=term:skip-covered --cov-fail-under=90

test-long: PARTS += r
test-long: lint installed-wheel ## all tests with many more examples, then a demo on a bare Debian
	@MRIVIEW_HYPOTHESIS=long scripts/suite.sh $(ENV) -n 2 --dist worksteal -m "not room"
	@MRIVIEW_HYPOTHESIS=long scripts/suite.sh $(ENV) -n 2 --dist loadfile -m room
	@scripts/bare-machine.sh

lint: tools ## style, types and floors
	@$(ENV)/bin/ruff check
	@$(ENV)/bin/ruff format --check
	@$(ENV)/bin/mypy
	@PYTHONPATH=plugins:. $(ENV)/bin/lint-imports

bench: tools ## speed against peers, as ratios: make bench [DATA=folder outside] [OPTIONS="--scale 0.01"]
	@$(ENV)/bin/python benchmarks/run.py $(if $(DATA),--data "$(DATA)") $(OPTIONS)

pictures: ## draw the pictures of the documentation again; somebody has to look at them
	@scripts/setup.sh $(ENV) editable room screen test
	@$(ENV)/bin/python scripts/page_pictures.py docs/pictures
	@$(ENV)/bin/python scripts/overview_picture.py docs/pictures
	@NAPARI_CONFIG=$(CURDIR)/out/napari.yaml xvfb-run --auto-servernum \
	  --server-args "-screen 0 1920x1080x24" $(ENV)/bin/python -m mriview_napari.pictures docs/pictures

constraints: ENV := .venv-wheel
constraints: ## write constraints.txt from what is installed after `make test`
	@$(ENV)/bin/python scripts/constraints.py

clean: ## remove environments and everything that was made
	@rm -rf .venv .venv-wheel build out

tools:
	@scripts/setup.sh $(ENV) $(PARTS)

installed-wheel: tools
	@rm -rf build && mkdir build
	@$(ENV)/bin/python -m build --outdir build/dist >build/log 2>&1 || { cat build/log >&2; exit 1; }
	@$(ENV)/bin/pip install -qq --no-deps --force-reinstall build/dist/*.whl
