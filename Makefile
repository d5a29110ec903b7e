# Everything starts here. Only Python 3.11+ with venv, and PyPI, are needed.
PYTHON ?= python3
IN_VENV = $(PYTHON) scripts/bootstrap.py
IN_DEV_VENV = $(PYTHON) scripts/bootstrap.py --dev

.DEFAULT_GOAL := help
.PHONY: help run test test-scale test-next audit lint format requirements bench

help: ## Show this list
	@grep -hE '^[a-z-]+:.*## ' $(MAKEFILE_LIST) | sed -E 's/^([a-z-]+):.*## (.*)/\1|\2/' | \
		while IFS='|' read -r name what; do printf '  make %-13s %s\n' "$$name" "$$what"; done

run: need-python ## Start the site at http://localhost:8000 (Ctrl+C stops it)
	@exec $(IN_VENV) manage.py serve

test: need-python ## Run the tests on SQLite and PostgreSQL (ten minutes at most)
	@exec $(IN_DEV_VENV) -m dscp_cms.testing.run

test-scale: need-python ## Run the tests of scale at full size
	@exec $(IN_DEV_VENV) -m dscp_cms.testing.run --scale

test-next: need-python ## Run the tests on the newest Wagtail and Django, where a Python for them is present
	@exec $(IN_DEV_VENV) -m dscp_cms.testing.next

audit: need-python ## Ask an advisory service about the pinned packages
	@exec $(IN_DEV_VENV) -m dscp_cms.testing.audit

lint: need-python ## Check style, imports, templates, migrations and deployment settings
	@exec $(IN_DEV_VENV) -m dscp_cms.testing.lint

format: need-python ## Put Python and templates into the project's format
	@exec $(IN_DEV_VENV) -m dscp_cms.testing.lint --format

requirements: need-python ## Compile requirements*.txt anew (UPGRADE=1 takes newer versions)
	@$(IN_DEV_VENV) -m piptools compile $(if $(UPGRADE),--upgrade) --output-file=requirements.txt requirements.in
	@$(IN_DEV_VENV) -m piptools compile $(if $(UPGRADE),--upgrade) --output-file=requirements-dev.txt requirements-dev.in

bench: need-python ## Measure queries, bytes and CPU time of each page type
	@exec $(IN_VENV) manage.py bench

.PHONY: need-python
need-python:
	@command -v $(PYTHON) >/dev/null || { echo "There is no $(PYTHON) here; install Python 3.11 or newer, or name one: make run PYTHON=python3.12" >&2; exit 1; }
