# `make` alone lists every task. Each is a line that a person could type.
PYTHON ?= python3
VENV_PYTHON = .venv/bin/python

# Where byte code is forbidden (as images of containers do) every process of every test would compile the product anew.
export PYTHONDONTWRITEBYTECODE :=

PURE = not slow and not alone and not engine and not browser
SERVED = not slow and not alone and (engine or browser)
# Tests that start whole houses wait for clocks, and a machine shared with others stands still for seconds: what failed
# beside others is run once more by itself. What fails there as well has failed; a run that broke off has too.
tests = $(VENV_PYTHON) -m pytest $(2) -m "$(1)" || { [ $$? -eq 1 ] && echo "== once more, by itself: what just failed ==" \
	&& $(VENV_PYTHON) -m pytest --last-failed --last-failed-no-failures none -m "$(1)"; }

.DEFAULT_GOAL := help
.PHONY: help run tour test lint typecheck bench prove score pictures clean

help: ## this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' $(MAKEFILE_LIST)

run: ## start everything, the demo community included (PORT, OCPP_PORT, REDIS_URL, KAFKA_BOOTSTRAP_SERVERS, DATABASE_URL, SITE)
	@exec $(PYTHON) -m ingest.bootstrap run

tour: ## the tour of the demo once more, on the house that runs (the settings of `run`)
	@exec $(PYTHON) -m ingest.bootstrap tour

test: ## set up what the tests need, then lint, types and every test (REQUIRE_ALL=1: nothing may be skipped)
	@$(PYTHON) -m ingest.bootstrap setup --test
	@$(VENV_PYTHON) -m tests.engines.provision
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .
	$(VENV_PYTHON) -m mypy
	$(call tests,$(PURE),-n auto)
	$(call tests,$(SERVED),-n 5 --dist loadgroup --no-loadscope-reorder)
	$(call tests,not slow and alone)

lint: ## ruff: mistakes and format
	@$(PYTHON) -m ingest.bootstrap setup --test
	$(VENV_PYTHON) -m ruff check .
	$(VENV_PYTHON) -m ruff format --check .

typecheck: ## mypy --strict over community/ and store/
	@$(PYTHON) -m ingest.bootstrap setup --test
	$(VENV_PYTHON) -m mypy --strict community store

bench: ## figures with their limits: throughput, record to pixel, screens, first load, memory, a year (BENCH="--only b --minutes 10")
	@$(PYTHON) -m ingest.bootstrap setup --test
	@$(VENV_PYTHON) -m tests.engines.provision
	$(VENV_PYTHON) -m tests.benchmarks $(BENCH)

prove: ## the long proofs, the marks of `slow` (thirty kills among them); their figures go to var/prove.json
	@$(PYTHON) -m ingest.bootstrap setup --test
	@$(VENV_PYTHON) -m tests.engines.provision
	$(VENV_PYTHON) -m pytest -p tests.benchmarks.prove -m slow --figures var/prove.json

score: ## how right the alarms are: simulated worlds folded, held against their truth; writes docs/score.md (SCORE="--seeds 8")
	@$(PYTHON) -m ingest.bootstrap setup --test
	$(VENV_PYTHON) -m ingest score --page docs/score.md $(SCORE)

pictures: ## the pictures of the READMEs, of docs/desk.md and the reviewed ones of docs/wall.md, taken of the product itself with Chromium
	@$(PYTHON) -m ingest.bootstrap setup --test
	$(VENV_PYTHON) -m tests.pictures
	$(VENV_PYTHON) -m tests.desk_pictures
	UPDATE_PICTURES=1 $(VENV_PYTHON) -m pytest -q tests/browser/test_gallery.py tests/browser/test_plan.py

clean: ## remove the environment and every cache; the data in var/ stays
	rm -rf .venv .pytest_cache .mypy_cache .ruff_cache .hypothesis test-results
	find . -name __pycache__ -type d -prune -exec rm -rf {} +
