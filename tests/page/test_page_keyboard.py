"""By keyboard alone: every control of every screen is reached, and where the focus is can be seen."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest
from harness import EXAMPLES, Server, wait_until
from test_page_access import SCREENS, results

import seeds

STOPS = 150
"""More than any screen has."""

# Of radio buttons only the chosen one is a stop: arrows go on from there.
WANTED = """(() => {
  const all = document.querySelectorAll('a[href], button, input, select, textarea, summary, [tabindex="0"]');
  const dialog = document.querySelector('dialog[open]');
  return [...all].filter(e => !e.disabled && e.checkVisibility() && e.getClientRects().length
    && !e.closest('.toasts') && (e.type !== 'radio' || e.checked) && (!dialog || dialog.contains(e)));
})()"""

# Hidden inputs show their focus on their label, or on what stands beside them.
STOP = """() => {
  const e = document.activeElement;
  if (!e || e === document.body) return null;
  if (e.dataset.walked) return 'again';
  e.dataset.walked = 'yes';
  const ringed = one => one && getComputedStyle(one).outlineStyle !== 'none'
    && parseFloat(getComputedStyle(one).outlineWidth) >= 2;
  return [e, e.parentElement, e.nextElementSibling].some(ringed) ? 'seen' : e.outerHTML.slice(0, 200);
}"""


@pytest.mark.skipif(not EXAMPLES.is_dir(), reason="the example pictures aren't in this copy")
@pytest.mark.parametrize("screen", SCREENS)
def test_every_control_is_reached_and_shows_its_focus(
    server: Server, open_page: Callable[..., Any], screen: str
) -> None:
    at, prepare = SCREENS[screen]
    page = open_page(server, at)
    prepare(page, server)
    page.evaluate("document.activeElement?.blur()")
    for _ in range(STOPS):
        page.keyboard.press("Tab")
        stop = page.evaluate(STOP)
        assert stop in ("seen", "again", None), f"no visible focus: {stop}"
        if not page.evaluate(f"{WANTED}.some(e => !e.dataset.walked)"):
            break
    left = page.evaluate(f"{WANTED}.filter(e => !e.dataset.walked).map(e => e.outerHTML.slice(0, 160))")
    assert not left, left


def test_the_group_plot_has_its_cursor_by_keyboard(server: Server, open_page: Callable[..., Any]) -> None:
    page = open_page(server)
    results(page, server)
    page.focus("[data-test=group-time]")
    page.keyboard.press("ArrowRight")
    wait_until(page, "/at the cursor/.test(document.querySelector('[data-test=group-plane]').textContent)")


def test_what_is_opened_has_the_focus(server: Server, open_page: Callable[..., Any]) -> None:
    made = seeds.session(server, "Opened by keyboard", 0.5)
    page = open_page(server, "#/sessions")
    page.focus(f"a[href='#/sessions/{made}']")
    page.keyboard.press("Enter")
    page.wait_for_selector("h1 >> text=Opened by keyboard")
    wait_until(page, "document.activeElement.id === 'content'")
    page.keyboard.press("Tab")
    assert page.evaluate("document.activeElement.innerText").strip() == "All sessions"
