"""The lint of templates: our own pass, and each rule catches what it is for."""

from __future__ import annotations

from pathlib import Path

import pytest

from web.development.template_lint import lint, lint_css, lint_template, report

PATH = Path("page.html")


def problems(source: str) -> list[tuple[int, str]]:
    return [(finding.line, finding.problem) for finding in lint_template(PATH, source)]


def test_our_own_templates_and_styles_are_clean() -> None:
    assert list(report(lint())) == []


def test_a_well_made_template_passes() -> None:
    assert (
        problems(
            '<p class="{% if page.wide %}wide{% endif %}">'
            '<a href="{{ page.url }}" title="{{ _("More") }}">{{ page.name }}</a>'
            '{% trans %}Read <em>this</em>{% endtrans %} · Chorus</p>\n<img src="{{ static(\'a.svg\') }}" alt="">'
        )
        == []
    )


@pytest.mark.parametrize(
    ("source", "problem"),
    [
        ("<script>let a = 1</script>", "inline <script>"),
        ("<style></style>", "inline <style>"),
        ('<p style="color: red"></p>', "inline style"),
        ('<p onclick="{{ a }}"></p>', "inline onclick"),
        ('<a href="javascript:{{ a }}"></a>', "inline javascript: address"),
        ('<a href="https://cdn.example.com/x"></a>', "host written out: https://cdn.example.com"),
        ('<img src="{{ a }}">', "<img> without alt"),
        ("<p>Sign now</p>", "words outside trans: Sign now"),
        ("<p>مرحبا</p>", "words outside trans: مرحبا"),
        ('<p aria-label="Share"></p>', "words outside trans: Share"),
        ('{{ button("Sign now") }}', 'words outside trans: "Sign now"'),
        ("<div><p></div>", "</div> while <p> of line 1 is open"),
        ("<div>", "<div> is never closed"),
        ("</div>", "</div> while no tag is open"),
        ("{% if a %}", "template syntax: "),
    ],
)
def test_each_rule_catches_what_it_is_for(source: str, problem: str) -> None:
    found = problems(source)

    assert any(said.startswith(problem) for _, said in found), found


def test_a_finding_says_its_line() -> None:
    assert problems("{# one\ntwo #}\n{% trans %}\nwords{% endtrans %}\n<p>\nOops</p>") == [
        (6, "words outside trans: Oops")
    ]


def test_development_pages_are_in_english() -> None:
    assert lint_template(PATH, "<p>Local mailbox</p>", words_allowed=True) == []


@pytest.mark.parametrize(
    "rule",
    [
        "margin-left: 0",
        "padding-top: 0",
        "left: 0",
        "width: 1px",
        "max-height: 1px",
        "text-align: right",
        "float: left",
    ],
)
def test_a_physical_direction_in_css_is_caught(rule: str) -> None:
    assert lint_css(Path("a.css"), f"p {{\n  {rule};\n}}")[0].line == 2


@pytest.mark.parametrize(
    "css",
    ["p { margin-inline-start: 0; inline-size: 1px; text-align: start; border-width: 1px; stroke-width: 1 }",
     "@media (max-width: 40rem) { p { color: red } }", "/* left: 0 */"],
)  # fmt: skip
def test_a_logical_direction_in_css_passes(css: str) -> None:
    assert lint_css(Path("a.css"), css) == []
