"""Which browser on which system, for a list of one's own devices: no more of what a browser says is kept."""

from __future__ import annotations

LONGEST = 500  # characters of User-Agent that are looked at

# Most browsers also name those they descend from, so the youngest come first.
BROWSERS = (
    ("Edg", "Edge"),
    ("OPR/", "Opera"),
    ("SamsungBrowser/", "Samsung Internet"),
    ("Firefox/", "Firefox"),
    ("FxiOS/", "Firefox"),
    ("CriOS/", "Chrome"),
    ("Chrome/", "Chrome"),
    ("Safari/", "Safari"),
)
SYSTEMS = (
    ("Android", "Android"),
    ("iPhone", "iPhone"),
    ("iPad", "iPad"),
    ("Windows", "Windows"),
    ("CrOS", "ChromeOS"),
    ("Mac OS X", "macOS"),
    ("Linux", "Linux"),
)


def browser_and_system(user_agent: str) -> tuple[str, str]:
    """('Firefox', 'Android'); '' for what is not one of those most people have."""
    said = user_agent[:LONGEST]
    return _first(said, BROWSERS), _first(said, SYSTEMS)


def _first(said: str, known: tuple[tuple[str, str], ...]) -> str:
    return next((name for sign, name in known if sign in said), "")
