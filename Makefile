# Chorus: `make run` and `make test` need Python 3.11 and nothing else.

PYTHON ?= python3
VENV := .venv/bin
INSTALL = @$(PYTHON) -m web.development.installation
# For the Python of Debian 12, which needs a package or two that later ones do not, and whose lock suits them all.
COMPILE = $(VENV)/uv pip compile -q --upgrade --python-version 3.11.2 --generate-hashes --no-emit-index-url --no-header
ARGS ?=

.DEFAULT_GOAL := help
.PHONY: help run test check format lock bench mailbench migration messages clean

help: ## Show this list
	@awk -F ':.*## ' '/^[a-z]+:.*## / { printf "  make %-10s %s\n", $$1, $$2 }' Makefile

run: ## Start the site, the worker, PostgreSQL and Valkey until Ctrl-C
	$(INSTALL) requirements.lock
	@exec $(VENV)/python -m web.development --with-parent $$PPID

test: ## Run every test, in Chromium too where there is one (ARGS="-k signing" picks some)
	$(INSTALL) requirements-dev.lock
	@$(VENV)/python -m pytest -n 2 --dist worksteal $(ARGS)

check: ## Lint, formatting, types, templates and the rules of the architecture
	$(INSTALL) requirements-dev.lock
	@$(VENV)/ruff check .
	@$(VENV)/ruff format --check .
	@$(VENV)/mypy
	@$(VENV)/python -m email_templates.lint
	@$(VENV)/python -m web.development.template_lint
	@$(VENV)/python -m pytest -q tests/architecture

format: ## Write the code the way `make check` wants it
	$(INSTALL) requirements-dev.lock
	@$(VENV)/ruff check --fix .
	@$(VENV)/ruff format .

lock: ## Choose the newest allowed versions and write both lock files
	$(INSTALL) requirements-dev.lock
	@$(COMPILE) pyproject.toml --extra local -o requirements.lock
	@$(COMPILE) pyproject.toml --extra local --extra dev -c requirements.lock -o requirements-dev.lock

bench: ## Measure signing and pages beside the floors they are compared with
	$(INSTALL) requirements-dev.lock
	@$(VENV)/python -m bench $(ARGS)

mailbench: ## Measure a blast beside bare aiosmtplib, and who waits meanwhile
	$(INSTALL) requirements-dev.lock
	@$(VENV)/python -m bench.mailing $(ARGS)

migration: ## Write a migration for the models as they are now (NAME=what_changes)
	$(INSTALL) requirements-dev.lock
	@ENVIRONMENT=development DATABASE_URL=postgres:///unasked REDIS_URL=redis:///unasked \
		$(VENV)/tortoise makemigrations -n $(NAME)

messages: ## Collect the texts of the pages and bring the translation catalogues up to date
	$(INSTALL) requirements-dev.lock
	@$(VENV)/python -m web.development.catalogues

clean: ## Remove everything the other targets made, the development data included
	@$(PYTHON) -m web.development.clean
