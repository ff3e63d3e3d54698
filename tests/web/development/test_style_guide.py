"""The style guide shows all there is, and the tokens it shows can be read by everybody."""

from __future__ import annotations

import re
from pathlib import Path

import pytest

from campaigns.languages import LANGUAGES
from web.development.style_guide import ERROR_CODES, SITE_CSS, read_tokens, sample_pages
from web.static_files import StaticFiles
from web.templating import TEMPLATES_FOLDER, Templating

CSS = SITE_CSS.read_text(encoding="utf-8")
LAYOUTS = {"base.html", "personal.html", "console/page.html"}
# (text, background): 4.5:1; WCAG 2.2, 1.4.3
READ_ON = [
    *((text, back) for text in ("ink", "muted", "link") for back in ("paper", "card", "slip")),
    ("on-deep", "deep"),
    ("soft-on-deep", "deep"),
    ("on-action", "action"),
    ("on-action", "action-hover"),
    ("on-action", "danger"),
    ("link", "info-wash"),
    ("ink", "info-wash"),
    ("ink", "warning-wash"),
    ("warning", "warning-wash"),
    ("ink", "won-wash"),
    ("won", "won-wash"),
]
# (mark, background): 3:1; WCAG 2.2, 1.4.11
SEEN_ON = [
    ("focus", "paper"),
    ("focus", "card"),
    ("edge", "card"),
    ("edge", "paper"),
    ("coral", "paper"),
    ("coral", "bar"),
]


def colors() -> dict[str, dict[str, str]]:
    light = {token.name: token.value for token in read_tokens(CSS)}
    dark = {
        token.name: token.value
        for token in read_tokens(CSS[CSS.index("@media (prefers-color-scheme: dark)") :])
    }
    return {"light": light, "dark": light | dark}


def contrast(one: str, other: str) -> float:
    """WCAG 2.2's contrast ratio of two hex colors."""

    def luminance(color: str) -> float:
        digits = color.removeprefix("#")
        digits = "".join(digit * 2 for digit in digits) if len(digits) == 3 else digits
        parts = [int(digits[at : at + 2], 16) / 255 for at in (0, 2, 4)]
        linear = [part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4 for part in parts]
        return 0.2126 * linear[0] + 0.7152 * linear[1] + 0.0722 * linear[2]

    lighter, darker = sorted((luminance(one), luminance(other)), reverse=True)
    return (lighter + 0.05) / (darker + 0.05)


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("text", "back"), READ_ON)
def test_text_can_be_read(scheme: str, text: str, back: str) -> None:
    tokens = colors()[scheme]
    assert contrast(tokens[text], tokens[back]) >= 4.5


@pytest.mark.parametrize("scheme", ["light", "dark"])
@pytest.mark.parametrize(("mark", "back"), SEEN_ON)
def test_marks_can_be_seen(scheme: str, mark: str, back: str) -> None:
    tokens = colors()[scheme]
    assert contrast(tokens[mark], tokens[back]) >= 3


def test_every_template_has_a_sample_in_every_language() -> None:
    templates = {
        path.relative_to(TEMPLATES_FOLDER).as_posix()
        for path in TEMPLATES_FOLDER.rglob("*.html")
        if path.parent.name != "components"
    }
    for language in LANGUAGES:
        assert {sample.template for sample in sample_pages(language)} == templates - LAYOUTS


def test_sample_names_are_unique() -> None:
    names = [sample.name for sample in sample_pages()]
    assert len(names) == len(set(names))


def test_every_code_an_error_page_may_get_has_words_of_its_own() -> None:
    templating = Templating(site_url="", federation_name={"en": "x"})
    titles = {
        code: re.search(
            "<h1>(.*?)</h1>",
            templating.render(sample.template, language="en", path="/x", page=sample.page),
        )
        for code in ERROR_CODES
        for sample in sample_pages()
        if sample.name == f"error-{code}"
    }
    assert len({title and title.group(1) for title in titles.values()}) == len(ERROR_CODES)


def test_every_component_is_in_the_style_guide() -> None:
    guide = (TEMPLATES_FOLDER / "development" / "style_guide.html").read_text(encoding="utf-8")
    components = {path.stem for path in (TEMPLATES_FOLDER / "components").glob("*.html")}
    shown = set(re.findall(r'from "components/(\w+)\.html"', guide))
    assert components - shown == {"language_switch"}  # which is on every page


def test_every_custom_property_that_is_used_is_defined() -> None:
    defined = set(re.findall(r"--([\w-]+):", CSS))
    assert set(re.findall(r"var\(--([\w-]+)\)", CSS)) <= defined


def weight(name: str, files: StaticFiles = StaticFiles()) -> int:  # noqa: B008, read once on purpose
    return len(files.files[name].compressed or files.files[name].body)


@pytest.mark.parametrize("language", LANGUAGES)
def test_pages_are_light_enough_for_a_slow_phone(language: str) -> None:
    import gzip

    templating = Templating(site_url="https://campaigns.example", federation_name={"en": "x"})
    page = {sample.name: sample for sample in sample_pages(language)}

    def compressed(name: str) -> int:
        html = templating.render(page[name].template, language=language, path="/x", page=page[name].page)
        return len(gzip.compress(html.encode(), 6))

    shared = weight("site.css") + weight("site.js")
    assert weight("site.js") < 3_000
    assert weight("site.css") < 9_000
    assert compressed("sign") + shared < 30_000
    assert compressed("campaign-open") + shared + weight("world.svg") < 60_000


def test_the_share_image_has_the_size_its_tags_say() -> None:
    png = Path(SITE_CSS.parent / "og.png").read_bytes()
    assert (int.from_bytes(png[16:20], "big"), int.from_bytes(png[20:24], "big")) == (1200, 630)
    assert len(png) < 80_000
