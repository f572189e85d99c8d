# make lab    set up once, then open JupyterLab on notebooks/
# make test   set up once, then everything that must pass
# The set-up itself is .ci/setup; PYTHON=/path/to/python chooses the Python (3.11 to 3.14).

BIN := .venv/bin
AS_ROOT := $(if $(filter 0,$(shell id -u)),--allow-root)
# JupyterLab keeps to this machine: no news, no look for updates, no catalogue of extensions.
QUIET := --LabApp.news_url=None --LabApp.check_for_updates_class=jupyterlab.NeverCheckForUpdate --LabApp.extension_manager=readonly

# Python keeps what it has compiled, also where the environment says no: each notebook is a Python of its own.
export PYTHONDONTWRITEBYTECODE :=

.PHONY: lab setup test derive slides lock clean

lab: setup
	$(BIN)/jupyter lab $(AS_ROOT) $(QUIET) $(OPTIONS) notebooks

setup:
	@PYTHON="$(PYTHON)" .ci/setup

# A test file, or a notebook, to each core; for a few tests plain `.venv/bin/pytest …` starts sooner.
test: setup
	$(BIN)/ruff check
	$(BIN)/ruff format --check
	$(BIN)/mypy
	$(BIN)/pytest -n auto --dist loadfile

# For authors: notebooks/*.ipynb from notebooks/source/*.py; NAMES="06-in-place" for some of them.
derive: setup
	$(BIN)/python -m labkit.authoring derive $(NAMES)

# For instructors: slides/*.html from the notebooks for the instructor, one page each; NAMES="06-in-place" for some.
slides: setup
	$(BIN)/python -m labkit.authoring slides $(NAMES)

# For authors: requirements.lock from pyproject.toml, one for all systems and Pythons; needs uv, which installing does not.
lock:
	uv pip compile --quiet --universal --upgrade --python-version 3.11 --fork-strategy fewest --group dev \
		--annotation-style line --custom-compile-command "make lock" --output-file requirements.lock pyproject.toml

clean:
	rm -rf .venv .mypy_cache .pytest_cache .ruff_cache .hypothesis
