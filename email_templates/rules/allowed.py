"""What a mail may be built from: components with their attributes, and the HTML inside them.

mjml 0.12 accepts any attribute, fails on an unknown component without saying where, and has components that
fetch images from other hosts; so this list is short on purpose. Add to it what a message needs and what has
been seen in real mail programs.
"""

from __future__ import annotations

_PADDING = {"padding"}
_TYPE = {"color", "font-size", "font-weight", "line-height", "font-family"}

COMPONENTS: dict[str, set[str]] = {
    "mjml": {"lang", "dir"},
    "mj-head": set(),
    "mj-title": set(),
    "mj-preview": set(),
    "mj-breakpoint": {"width"},
    "mj-attributes": set(),
    "mj-all": {"font-family"},
    "mj-class": {"name", "align"} | _PADDING | _TYPE,
    "mj-style": set(),
    "mj-raw": set(),
    "mj-body": {"background-color", "css-class"},
    "mj-wrapper": {"background-color", "css-class", "direction"} | _PADDING,
    "mj-section": {"background-color", "border-radius", "css-class", "direction", "text-align"} | _PADDING,
    "mj-column": {"css-class", "direction", "width"} | _PADDING,
    "mj-text": {"align", "css-class", "mj-class"} | _PADDING | _TYPE,
    "mj-table": {"align", "css-class", "mj-class", "width"} | _PADDING | _TYPE,
    "mj-divider": {"border-color", "border-width", "css-class"} | _PADDING,
    "mj-spacer": {"height"},
    "mj-button": {
        *(
            "align",
            "background-color",
            "border",
            "border-radius",
            "css-class",
            "href",
            "inner-padding",
            "width",
        ),
        *_PADDING,
        *_TYPE,
    },
}

# Inside these mjml keeps text as it is; between all others it silently drops it.
HOLD_TEXT = {"mj-title", "mj-preview", "mj-style", "mj-raw", "mj-text", "mj-table", "mj-button"}

_EVERY_TAG = {"class", "style", "dir", "lang"}
_CELL = {"align", "valign", "width", "colspan", "scope"} | _EVERY_TAG
HTML: dict[str, set[str]] = {
    "a": {"href"} | _EVERY_TAG,
    "bdi": _EVERY_TAG,
    "br": set(),
    "em": _EVERY_TAG,
    "h1": _EVERY_TAG,
    "h2": _EVERY_TAG,
    "meta": {"name", "content"},
    "p": _EVERY_TAG,
    "span": {"aria-hidden"} | _EVERY_TAG,
    "strong": _EVERY_TAG,
    "table": {"role", "width", "cellpadding", "cellspacing", "border"} | _EVERY_TAG,
    "td": _CELL,
    "th": _CELL,
    "tr": _EVERY_TAG,
}
