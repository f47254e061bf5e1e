VENV := .venv
BIN := $(VENV)/bin
UV_COMPILE := uv pip compile --quiet --universal --generate-hashes --no-header --no-emit-index-url --no-annotate --python-version 3.11

.PHONY: run test check bench crash soak lock clean

run: $(VENV)/run.stamp
	@exec $(BIN)/lianxin demo

test: check
	@tests/run.sh

# The checks read the settings, which refuse to load without a key.
check bench crash soak: export LIANXIN_SECRET_KEY ?= for-checks-and-tests-only
check: $(VENV)/dev.stamp
	$(BIN)/ruff check .
	$(BIN)/ruff format --check .
	$(BIN)/mypy lianxin
	$(BIN)/lint-imports
	$(BIN)/djlint --lint --quiet lianxin
	$(BIN)/lianxin makemigrations --check --dry-run
	$(BIN)/lianxin translations --check

bench: $(VENV)/dev.stamp
	$(BIN)/python -m bench

crash: $(VENV)/dev.stamp
	$(BIN)/python -m bench.crash

soak: $(VENV)/dev.stamp
	$(BIN)/python -m pytest -m soak

# Needs uv. dev.in holds run.txt's pins through -c, so both files agree.
lock:
	cd requirements && $(UV_COMPILE) --upgrade run.in -o run.txt && $(UV_COMPILE) --upgrade -c run.txt dev.in -o dev.txt

clean:
	rm -rf $(VENV) build *.egg-info .mypy_cache .ruff_cache .pytest_cache .import_linter_cache .hypothesis
	find lianxin tests -name __pycache__ -prune -exec rm -rf {} +

# A stamp is older than its file when a pull changed it: only then is anything installed.
$(VENV)/%.stamp: requirements/%.txt pyproject.toml
	@test -x $(BIN)/python || python3 -m venv $(VENV)
	$(BIN)/python -m pip install --disable-pip-version-check --require-hashes -r $<
	$(BIN)/python -m pip install --disable-pip-version-check --quiet --no-deps --no-build-isolation -e .
	@touch $@
