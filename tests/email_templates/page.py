"""The HTML part of a mail, read as a mail program reads it."""

from __future__ import annotations

from html.parser import HTMLParser


class Page(HTMLParser):
    """The tags of a mail with their attributes, and what can be read between them."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self.tags: list[tuple[str, dict[str, str | None]]] = []
        self._read: list[str] = []
        self._style = False
        self.feed(html)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append((tag, dict(attrs)))
        self._style = tag == "style"

    def handle_data(self, data: str) -> None:
        if not self._style:
            self._read.append(data)

    @property
    def text(self) -> str:
        return " ".join("".join(self._read).split())

    def links(self) -> list[str | None]:
        return [attributes.get("href") for tag, attributes in self.tags if tag == "a"]

    def styles(self) -> list[str]:
        return [attributes["style"] or "" for _tag, attributes in self.tags if "style" in attributes]
