# Two commands: `make run` shows a result on the example pictures, `make test` runs the tests.
# Each does all of its own set-up; Python 3.11 or newer and a package index are enough.

PYTHON ?= python3
VENV ?= .venv
BIN := $(VENV)/bin
# Processes that share the tests; 0: one, which a debugger can stop.
WORKERS ?= 2

.PHONY: run test train-env lint types clean

run: $(VENV)/.run
	mkdir -p out
	$(BIN)/mimik analyze examples/astronaut.jpg examples/group.jpg examples/two_people.mp4 --end 2 \
	  -o out/results.jsonl --render out/pictures --overwrite
	@echo "Results: out/results.jsonl, pictures: out/pictures"

test: $(VENV)/.dev
	$(BIN)/python -m pytest -n $(WORKERS) --dist loadfile --no-loadscope-reorder --ignore tests/page
	$(BIN)/python -m pytest tests/page

lint: $(VENV)/.dev
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .

types: $(VENV)/.train
	$(BIN)/mypy

train-env: $(VENV)/.train

$(BIN)/python:
	$(PYTHON) -m venv $(VENV)

$(VENV)/.run: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet -e .
	touch $@

$(VENV)/.dev: $(BIN)/python pyproject.toml
	$(BIN)/python -m pip install --quiet -e '.[dev]'
	touch $@ $(VENV)/.run

$(VENV)/.train: $(VENV)/.dev
	$(BIN)/python -m pip install --quiet -e '.[dev,train,timm,postgresql]'
	touch $@

clean:
	rm -rf $(VENV) out
