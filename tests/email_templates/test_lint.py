from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from email_templates.lint import lint, main

NAME = "thank_you"
LAYOUT = """<mjml lang="[[ language ]]" dir="[[ direction ]]">
  <mj-head>
    <mj-title>Letter</mj-title>
    <mj-attributes><mj-all font-family="serif" /><mj-column direction="[[ direction ]]" /></mj-attributes>
  </mj-head>
  <mj-body>
    <mj-section direction="[[ direction ]]">
      <mj-column>
        [% block content %][% endblock %]
        <mj-text>[% block reason %][% endblock %]</mj-text>
        <mj-text>{{ sender_name }}, {{ sender_address }} <a href="{{ withdraw_url }}">x</a></mj-text>
        <mj-text><a href="{{ privacy_url }}">x</a></mj-text>
      </mj-column>
    </mj-section>
  </mj-body>
</mjml>
"""
BODY = """[% extends "layouts/letter.mjml" %]
[% block content %]
<mj-text><h1>[[ _("Hello {{ name }}") ]]</h1></mj-text>
[% endblock %]
[% block reason %][[ _("Because you signed.") ]][% endblock %]
"""
MACRO = "[% macro loop() %]{% for each in share_links %}<mj-text>x</mj-text>{% endfor %}[% endmacro %]"
TEXT = """[[ _("Hello {{ name }}") ]]
{{ sender_name }} {{ sender_address }} {{ withdraw_url }} {{ privacy_url }}
[% block reason %][[ _("Because you signed.") ]][% endblock %]
"""
CATALOGUE = """msgid ""
msgstr "Content-Type: text/plain; charset=utf-8\\n"

msgid "Hello {{ name }}"
msgstr "Salut {{ name }}"

msgid "Because you signed."
msgstr "Signé."
"""
LAYOUT_AT = "layouts/letter.mjml"
BODY_AT = f"messages/{NAME}/body.mjml"
TEXT_AT = f"messages/{NAME}/body.txt"
SUBJECT_AT = f"messages/{NAME}/subject.txt"
FRENCH_AT = "locale/fr/LC_MESSAGES/email.po"
FILES = {
    LAYOUT_AT: LAYOUT,
    BODY_AT: BODY,
    TEXT_AT: TEXT,
    SUBJECT_AT: '[[ _("Hello {{ name }}") ]]',
    FRENCH_AT: CATALOGUE,
    "locale/es/LC_MESSAGES/email.po": CATALOGUE,
    "locale/ar/LC_MESSAGES/email.po": CATALOGUE,
}

Templates = Callable[..., Path]


@pytest.fixture
def templates(tmp_path: Path) -> Templates:
    """Writes a sound folder with one message; `replace(file, old, new)` seeds one fault first."""

    def write(file: str = LAYOUT_AT, old: str = "", new: str = "") -> Path:
        assert old in FILES[file]
        for name, content in FILES.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(content.replace(old, new) if old and name == file else content, encoding="utf-8")
        return tmp_path

    return write


def test_the_mails_of_the_product_are_sound() -> None:
    assert lint() == []


def test_a_sound_folder_has_no_problem(templates: Templates) -> None:
    assert lint(templates()) == []


H1 = "<h1>"
FAULTS = {
    "an unclosed tag": (BODY_AT, "</h1>", "", f"{BODY_AT}:3: not well-formed"),
    "a bare ampersand": (BODY_AT, H1, "<h1>R & D ", f"{BODY_AT}:3: not well-formed"),
    "an entity XML does not know": (BODY_AT, H1, "<h1>&nbsp;", f"{BODY_AT}:3: not well-formed"),
    "an unknown component": (BODY_AT, "mj-text", "mj-foo", f"{BODY_AT}:3: <mj-foo> is not allowed"),
    "social icons": (LAYOUT_AT, "<mj-section", "<mj-social /><mj-section", f"{LAYOUT_AT}:7: <mj-social>"),
    "an image": (LAYOUT_AT, "<mj-section", "<mj-image /><mj-section", f"{LAYOUT_AT}:7: <mj-image>"),
    "an unknown attribute": (BODY_AT, "<mj-text", '<mj-text aling="x"', f"{BODY_AT}:3: <mj-text> may not"),
    "an HTML tag out of place": (
        BODY_AT,
        H1,
        "<h1><script></script>",
        f"{BODY_AT}:3: <script> is not allowed",
    ),
    "a loop between components": (
        *(BODY_AT, "<mj-text>", "{% for each in share_links %}<mj-text>"),
        f"{BODY_AT}:3: text between components",
    ),
    "a value between components": (
        *(LAYOUT_AT, "      <mj-column>", "      {{ name }}<mj-column>"),
        f"{LAYOUT_AT}:8: text between components",
    ),
    "a loop between components that a macro carries off": (
        *(BODY_AT, "[% block content %]", MACRO + "[% block content %][[ loop() ]]"),
        f"{BODY_AT}:1: in en: text between components",
    ),
    "an unclosed tag in a macro": (
        *(BODY_AT, "[% block reason %]", "[% macro m() %]<p>[% endmacro %][% block reason %]"),
        f"{BODY_AT}:5: not well-formed",
    ),
    "a condition around a component after one around words": (
        *(
            BODY_AT,
            "[% block content %]",
            "[% block a %]{% if last %}x{% endif %}[% endblock %][% block content %]\n{% if last %}",
        ),
        f"{BODY_AT}:3: text between components",
    ),
    "a value between the components of the layout": (
        *(BODY_AT, "[% block content %]", "[% block content %]{{ name }}"),
        "text between components",
    ),
    "a comparison": (BODY_AT, H1, "<h1>{% if 5 > 4 %}{% endif %}", f"{BODY_AT}:3: no < > &"),
    "an image of another host": (BODY_AT, H1, "<h1>url(//a.example/x.png)", f"{BODY_AT}:3: a mail asks no"),
    "a link to another host": (
        BODY_AT,
        H1,
        '<h1><a href="https://a.example">x</a>',
        f"{BODY_AT}:3: a mail asks",
    ),
    "a font of another host": (LAYOUT_AT, "serif", "Roboto, serif", "asks another host"),
    "no font at all": (LAYOUT_AT, '<mj-all font-family="serif" />', "", "asks another host"),
    "a value in a style": (BODY_AT, H1, '<h1 style="{{ name }}">', f"{BODY_AT}:3: only href may be filled"),
    "a comment of the last pass": (BODY_AT, H1, "<h1>{# x #}", f"{BODY_AT}:3: {{# begins"),
    "broken Jinja": (BODY_AT, "[% endblock %]", "[% endblok %]", f"{BODY_AT}:4: "),
    "broken Jinja of the last pass": (BODY_AT, H1, "<h1>{% endif %}", "in en: "),
    "an undeclared value": (
        TEXT_AT,
        "{{ sender_name }}",
        "{{ sender_name }}{{ nam }}",
        f"{TEXT_AT}:1: 'nam'",
    ),
    "no text part": (TEXT_AT, TEXT, "", f"{TEXT_AT}:1: is missing or empty"),
    "no subject": (SUBJECT_AT, FILES[SUBJECT_AT], " ", f"{SUBJECT_AT}:1: is missing or empty"),
    "two headings": (BODY_AT, H1, "<h1>x</h1><h1>", "2 headings"),
    "no heading": (BODY_AT, "h1>", "h2>", "0 headings"),
    "no direction": (LAYOUT_AT, ' dir="[[ direction ]]"', "", "needs lang and dir"),
    "a section that runs against the language": (
        *(LAYOUT_AT, '<mj-section direction="[[ direction ]]">', "<mj-section>"),
        "in ar: a wrapper, section or column runs against",
    ),
    "no way out": (LAYOUT_AT, '<a href="{{ withdraw_url }}">x</a>', "", f"{BODY_AT}:1: no way to withdraw"),
    "no way out of the text": (TEXT_AT, "{{ withdraw_url }}", "", f"{TEXT_AT}:1: no way to withdraw"),
    "no way to the page about data": (TEXT_AT, "{{ privacy_url }}", "", f"{TEXT_AT}:1: no way to what we do"),
    "no sender": (TEXT_AT, "{{ sender_name }}", "", f"{TEXT_AT}:1: no sender"),
    "no postal address": (TEXT_AT, "{{ sender_address }}", "", f"{TEXT_AT}:1: no postal address"),
    "no reason": (BODY_AT, '[[ _("Because you signed.") ]]', "", f"{BODY_AT}:1: no block 'reason'"),
    "a title with quotation marks": (LAYOUT_AT, "Letter", 'A "letter"', "the title"),
    "a mail Gmail would cut": (BODY_AT, H1, "<h1>" + "x" * 90_000, "more than 90000"),
    "a text not translated": (FRENCH_AT, "Salut {{ name }}", "", f"{FRENCH_AT}:4: not translated"),
    "a text missing from a catalogue": (
        BODY_AT,
        H1,
        '<h1>[[ _("New") ]]',
        f"{BODY_AT}:3: not translated to ar: 'New'",
    ),
    "a translation no longer used": (FRENCH_AT, '"Because', '"Since', f"{FRENCH_AT}:7: no longer used"),
    "a translation in doubt": (FRENCH_AT, 'msgid "Because', '#, fuzzy\nmsgid "Because', "not translated"),
    "a placeholder lost in translation": (
        FRENCH_AT,
        "Salut {{ name }}",
        "Salut",
        f"{FRENCH_AT}:4: other placeholders",
    ),
    "markup in a translation": (FRENCH_AT, "Signé.", "<b>Signé.</b>", f"{FRENCH_AT}:7: straight quotation"),
}


@pytest.mark.parametrize(("file", "old", "new", "problem"), FAULTS.values(), ids=FAULTS)
def test_a_fault_is_found(templates: Templates, file: str, old: str, new: str, problem: str) -> None:
    found = [str(each) for each in lint(templates(file, old, new))]
    assert any(problem in each for each in found), found


def test_a_missing_catalogue_is_found(templates: Templates) -> None:
    root = templates()
    (root / FRENCH_AT).unlink()
    assert [str(problem) for problem in lint(root)] == [f"{FRENCH_AT}:1: is missing"]


def test_a_message_the_code_does_not_know_is_found(templates: Templates) -> None:
    root = templates()
    (root / "messages" / NAME).rename(root / "messages" / "welcome")
    assert "messages/welcome/__init__.py:1: the catalogue does not know this message" in map(str, lint(root))


def test_the_command_prints_file_and_line_and_fails(
    templates: Templates, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([str(templates())]) == 0
    assert main([str(templates(BODY_AT, "mj-text", "mj-foo"))]) == 1
    assert f"{BODY_AT}:3: <mj-foo> is not allowed" in capsys.readouterr().out


def test_words_may_depend_on_a_value_where_no_component_does(templates: Templates) -> None:
    said = '{% if share_links %}[[ _("Because you signed.") ]]{% else %}[[ _("Because you signed.") ]]{% endif %}'
    root = templates(BODY_AT, '[[ _("Because you signed.") ]]', said)
    assert lint(root) == []


def test_a_macro_may_hold_part_of_a_table(templates: Templates) -> None:
    macro = "[% macro row() %]{% if share_links %}<tr><td>x</td></tr>{% endif %}[% endmacro %]"
    root = templates(
        BODY_AT,
        "[% block content %]",
        f"{macro}[% block content %]<mj-table>[[ row() ]]</mj-table>",
    )
    assert lint(root) == []


def test_news_without_a_way_to_unsubscribe_is_found(templates: Templates) -> None:
    root = templates()
    (root / "messages" / NAME).rename(root / "messages" / "milestone")
    found = set(map(str, lint(root)))
    for part in ("body.mjml", "body.txt"):
        assert f"messages/milestone/{part}:1: no way to unsubscribe: unsubscribe_url" in found
        assert f"messages/milestone/{part}:1: no way to choose: preferences_url" in found
