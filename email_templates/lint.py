"""Checks everything mjml lets pass: `python -m email_templates.lint [folder]`.

Prints `file:line: problem` and ends with code 1 if there is any. Sources and catalogues are read first; only
where they are sound is every message compiled in every language and looked at.
"""

from __future__ import annotations

import sys
from pathlib import Path

from email_templates.catalogue import MESSAGES
from email_templates.compile import PACKAGE, PARTS
from email_templates.rules.catalogues import catalogue_problems
from email_templates.rules.compiled import compiled_problems, reason_problems
from email_templates.rules.problem import Problem
from email_templates.rules.sources import source_problems
from email_templates.translations import DIRECTIONS


def lint(root: Path = PACKAGE) -> list[Problem]:
    """Every problem under `root`, which is laid out like this package."""
    names = sorted(
        path.name for path in (root / "messages").iterdir() if path.is_dir() and path.name[0] != "_"
    )
    problems = [problem for name in names for problem in _part_problems(root, name)]
    for path in sorted(root.glob("**/*.mjml")):
        problems += source_problems(root, path)
    problems += catalogue_problems(root)
    if not problems:
        for name in names:
            problems += reason_problems(root, name)
            for language in DIRECTIONS:
                problems += compiled_problems(root, name, language)
    return sorted(set(problems))


def _part_problems(root: Path, name: str) -> list[Problem]:
    paths = [root / "messages" / name / part for part in PARTS]
    problems = [
        Problem(path.relative_to(root).as_posix(), 1, "is missing or empty")
        for path in paths
        if not path.is_file() or not path.read_text(encoding="utf-8").strip()
    ]
    if name not in MESSAGES:
        problems.append(
            Problem(f"messages/{name}/__init__.py", 1, "the catalogue does not know this message")
        )
    return problems


def main(arguments: list[str]) -> int:
    problems = lint(Path(arguments[0]) if arguments else PACKAGE)
    sys.stdout.writelines(f"{problem}\n" for problem in problems)
    return 1 if problems else 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
