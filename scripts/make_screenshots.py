"""Take the pictures of docs/images: `askmql serve` must be running on the sample company.

Usage: python scripts/make_screenshots.py [http://127.0.0.1:8000]
"""

from __future__ import annotations

import shutil
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import Any

IMAGES = Path(__file__).parents[1] / "docs" / "images"
FLAGS = ["--no-sandbox", "--disable-gpu", "--disable-background-networking", "--disable-sync"]


@dataclass(frozen=True)
class Shot:
    """One picture: who looks, at what, after which questions."""

    name: str
    path: str = "/"
    questions: tuple[str, ...] = ()
    locale: str = "zh-CN"
    size: tuple[int, int] = (1200, 900)
    scheme: str = "light"
    opened: str = ""


SHOTS = (
    Shot("home"),
    Shot("home-phone", locale="en-US", size=(390, 844)),
    Shot("answer", questions=("上季度各渠道线索成本",)),
    Shot("receipt", questions=("上季度各渠道线索成本",), opened=".receipt > summary"),
    Shot(
        "answer-dark", questions=("won revenue by month this year",), locale="en-US", scheme="dark"
    ),
    Shot("answer-phone", questions=("上季度各大区赢单率",), size=(390, 844)),
    Shot("clarify", questions=("收入",), size=(900, 420)),
    Shot("metric", "/catalog/cpl"),
)


def take(browser: Any, base: str, shot: Shot) -> None:  # noqa: ANN401 - the browser library is optional
    """Take one picture."""
    width, height = shot.size
    context = browser.new_context(
        locale=shot.locale,
        viewport={"width": width, "height": height},
        color_scheme=shot.scheme,
    )
    page = context.new_page()
    page.goto(base + shot.path)
    for n, question in enumerate(shot.questions):
        page.fill("#question", question)
        page.press("#question", "Enter")
        page.locator("[data-answer]").nth(n).wait_for()
    page.wait_for_load_state("networkidle")
    page.evaluate("window.scrollTo(0, 0)")
    if shot.opened:
        page.click(shot.opened)
        page.locator(shot.opened).evaluate("e => e.scrollIntoView({block: 'center'})")
    page.screenshot(path=IMAGES / f"{shot.name}.png")
    context.close()


def main() -> None:
    """Take every picture."""
    from playwright.sync_api import sync_playwright

    base = sys.argv[1] if len(sys.argv) > 1 else "http://127.0.0.1:8000"
    IMAGES.mkdir(exist_ok=True)
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=shutil.which("chromium"), args=FLAGS)
        for shot in SHOTS:
            take(browser, base, shot)
        browser.close()


if __name__ == "__main__":
    main()
