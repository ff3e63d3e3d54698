"""Who may know whom: web -> campaigns <- workers -> email_templates.

Read from the imports, so that a forbidden one is found though nothing runs it.
"""

from __future__ import annotations

import ast

import pytest

from tests.architecture.source import PACKAGES, ROOT, imports, modules

MAY_IMPORT = {
    "campaigns": {"campaigns"},
    "email_templates": {"email_templates"},
    "workers": {"workers", "campaigns", "email_templates"},
    "web": {"web", "campaigns"},
}
# `web/routes.py` holds every address of the site, those of a development copy among them.
PAGES_OF_DEVELOPMENT = {
    ("web/routes.py", "web.development.mailbox"),
    ("web/routes.py", "web.development.mail_gallery"),
    ("web/routes.py", "web.development.style_guide_page"),
}
# The page of a development copy that shows every mail.
SHOWN_TO_DEVELOPERS = {("web/development/mail_gallery.py", "email_templates")}
NOT_IN_THE_DOMAIN = {"starlette", "uvicorn", "httpx", "jinja2", "mjml", "arq", "redis", "aiosmtplib", "tests"}
VAGUE = (
    "util",
    "utils",
    "helper",
    "helpers",
    "manager",
    "managers",
    "common",
    "misc",
    "base",
    "shared",
    "lib",
)


def first_party(name: str) -> str:
    return name.partition(".")[0]


@pytest.mark.parametrize("package", PACKAGES)
def test_a_package_imports_only_those_below_it(package: str) -> None:
    wrong = [
        f"{path} imports {name}"
        for path, tree in modules().items()
        if path.parts[0] == package
        for name in imports(tree)
        if first_party(name) in PACKAGES
        and first_party(name) not in MAY_IMPORT[package]
        and (str(path), first_party(name)) not in SHOWN_TO_DEVELOPERS
    ]
    assert not wrong


def test_the_domain_knows_no_http_no_queue_and_no_templates() -> None:
    wrong = [
        f"{path} imports {name}"
        for path, tree in modules().items()
        if path.parts[0] == "campaigns"
        for name in imports(tree)
        if first_party(name) in NOT_IN_THE_DOMAIN
    ]
    assert not wrong


def test_nothing_that_runs_in_production_imports_what_only_development_needs() -> None:
    wrong = [
        f"{path} imports {name}"
        for path, tree in modules().items()
        if not path.is_relative_to("web/development")
        for name in imports(tree)
        if name.startswith(("web.development", "tests", "bench", "pytest", "hypothesis", "playwright"))
        and (str(path), name) not in PAGES_OF_DEVELOPMENT
    ]
    assert not wrong


def reads_environment(tree: ast.Module) -> bool:
    return any(
        (isinstance(node, ast.Attribute) and node.attr in ("environ", "environb", "getenv"))
        or (isinstance(node, ast.alias) and node.name in ("environ", "getenv"))
        for node in ast.walk(tree)
    )


def test_only_the_settings_read_the_environment() -> None:
    """A development copy hands it on to the servers it starts."""
    readers = {
        str(path)
        for path, tree in modules().items()
        if reads_environment(tree) and not path.is_relative_to("web/development")
    }
    assert readers == {"campaigns/settings.py"}


def is_command(tree: ast.Module) -> bool:
    """Does it run when it is started as a program?"""
    return any(isinstance(node, ast.If) and "__name__" in ast.unparse(node.test) for node in tree.body)


def test_time_is_asked_for_at_the_edges_only() -> None:
    """Within the domain `now` is an argument; a command, and what says how long it took, asks the clock."""
    askers = {
        str(path)
        for path, tree in modules().items()
        if path.parts[0] == "campaigns"
        and not is_command(tree)
        and any(
            isinstance(node, ast.Attribute)
            and node.attr in ("now", "utcnow", "today")
            and isinstance(node.value, ast.Name)
            and node.value.id in ("clock", "datetime", "date")
            for node in ast.walk(tree)
        )
    }
    assert askers == {"campaigns/clock.py", "campaigns/petitions/recounting.py"}


def test_every_file_is_named_for_what_it_does() -> None:
    vague = [
        str(path)
        for path in modules()
        if path.stem in VAGUE
        or path.parent.name in VAGUE
        or path.stem.endswith(("_utils", "_helpers", "_manager"))
    ]
    assert not vague


def test_every_module_says_what_it_is() -> None:
    silent = [
        str(path)
        for path, tree in modules().items()
        if tree.body and ast.get_docstring(tree) is None and "migrations" not in path.parts
    ]
    assert not silent


def test_the_repository_holds_these_packages_and_no_others() -> None:
    found = {path.parent.name for path in ROOT.glob("*/__init__.py")}
    assert found - {"tests", "bench"} == set(PACKAGES)
