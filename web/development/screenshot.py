"""Take the picture in the README: what a page shows first, in a window of 1280 x 900, by day.

    python -m web.development.screenshot http://127.0.0.1:8000/en/ docs/home.png

Needs Chromium and the packages of requirements-dev.lock.
"""

from __future__ import annotations

import argparse
import shutil
import sys
from pathlib import Path

from playwright.sync_api import sync_playwright

WIDTH, HEIGHT = 1280, 900  # pixels of the picture too, whatever the screen
LARGEST = 250_000  # bytes; everybody who clones has to fetch it
BROWSERS = ("chromium", "chromium-browser", "google-chrome")


def main() -> int:
    parser = argparse.ArgumentParser(prog="python -m web.development.screenshot", description=__doc__)
    parser.add_argument("url", help="a page of a running copy")
    parser.add_argument("picture", type=Path, help="the PNG file to write")
    given = parser.parse_args()
    browser = next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if browser is None:
        print("No Chromium here; apt-get install chromium", file=sys.stderr)
        return 1
    picture = screenshot(given.url, browser=browser)
    if len(picture) > LARGEST:
        print(f"The picture has {len(picture)} bytes; {LARGEST} are allowed.", file=sys.stderr)
        return 1
    given.picture.write_bytes(picture)
    print(f"{given.picture}: {len(picture)} bytes")
    return 0


def screenshot(url: str, *, browser: str) -> bytes:
    """The top of the page at `url` as a PNG; `browser` is the path of a Chromium."""
    with sync_playwright() as playwright:
        launched = playwright.chromium.launch(executable_path=browser, args=["--no-sandbox", "--disable-gpu"])
        page = launched.new_page(
            viewport={"width": WIDTH, "height": HEIGHT}, color_scheme="light", reduced_motion="reduce"
        )
        page.goto(url, wait_until="networkidle")
        return page.screenshot(scale="css", animations="disabled")


if __name__ == "__main__":
    sys.exit(main())
