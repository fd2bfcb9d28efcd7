"""Accessibility checks of a page in the browser with axe-core (vendored in e2e/vendor, MPL-2.0, tests only)."""

from functools import cache
from pathlib import Path
from typing import Any

from playwright.sync_api import Page

SCRIPT = Path(__file__).parent / "vendor" / "axe.min.js"
TAGS = ("wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice")


@cache
def script() -> str:
    return SCRIPT.read_text(encoding="utf-8")


def violations(page: Page, *, context: str | None = None, tags: tuple[str, ...] = TAGS) -> list[dict[str, Any]]:
    """What axe finds on the page, or in the part that the selector `context` names; an empty list is good.

    The script is evaluated by the debugger, not loaded by the page, so the page's own policy stays as it is. For a
    whole page the window is made as high as the page meanwhile: bars that stick to it would cover what lies below.
    """
    size = page.viewport_size
    if context is None and size:
        height = int(page.evaluate("document.documentElement.scrollHeight"))
        page.set_viewport_size({"width": size["width"], "height": max(height, size["height"])})
    try:
        return run(page, context, tags)
    finally:
        if context is None and size:
            page.set_viewport_size(size)


def run(page: Page, context: str | None, tags: tuple[str, ...]) -> list[dict[str, Any]]:
    if not page.evaluate("typeof window.axe === 'object'"):
        page.evaluate(script() + "; undefined")
    found: list[dict[str, Any]] = page.evaluate(
        """async ([context, tags]) => {
             const options = { runOnly: { type: 'tag', values: tags } };
             const short = node => ({ target: node.target.join(' '), why: node.failureSummary });
             const { violations } = await window.axe.run(context || document, options);
             return violations.map(({ id, impact, help, nodes }) => ({ id, impact, help, nodes: nodes.map(short) }));
           }""",
        [context, list(tags)],
    )
    return found


def lines(page: Page, *, context: str | None = None) -> list[str]:
    """The violations as short lines: rule, first places, what to mend."""
    found = []
    for one in violations(page, context=context):
        places = ", ".join(node["target"] for node in one["nodes"][:3])
        why = " ".join(str(one["nodes"][0]["why"]).split())[:220]
        found.append(f"{one['id']} ({one['impact']}, {len(one['nodes'])}×): {places} — {why}")
    return found
