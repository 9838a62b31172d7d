"""How soon the app's page shows something: first contentful paint in a headless Chromium, on this machine.

Milliseconds from the request to the first words or lines on the screen, as the browser's Performance API
says: with an empty cache (a browser profile of its own each time), and again when the page is opened anew.
Needs Playwright and an installed Chromium.

    python benchmarks/first_paint.py --times 10
"""

from __future__ import annotations

import argparse
import statistics
import sys
import tempfile
from pathlib import Path
from typing import Any

sys.path.insert(0, str(Path(__file__).parent.parent / "tests" / "page"))

PAINT = """new Promise(done => {
  const find = list => list.getEntriesByName('first-contentful-paint').forEach(one => done(one.startTime));
  new PerformanceObserver(find).observe({type: 'paint', buffered: true});
})"""


def paint_ms(page: Any) -> float:
    """The first contentful paint of the page that is open."""
    return float(page.evaluate(PAINT))


def measure(times: int) -> tuple[list[float], list[float]]:
    """Milliseconds with an empty cache, and when opened anew."""
    from fake_camera import write_camera
    from harness import PHOTO, Server, browsing

    first, anew = [], []
    with tempfile.TemporaryDirectory() as folder:
        server = Server(Path(folder) / "kept")
        server.start()
        try:
            with browsing(write_camera(Path(folder) / "camera.mjpeg", PHOTO)) as browser:
                for _ in range(times):
                    context = browser.new_context(
                        viewport={"width": 1280, "height": 800}, storage_state=server.storage
                    )
                    page = context.new_page()
                    page.goto(server.address)
                    first.append(paint_ms(page))
                    page.reload()
                    anew.append(paint_ms(page))
                    context.close()
        finally:
            server.stop()
    return first, anew


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--times", type=int, default=10)
    args = parser.parse_args()
    for name, values in zip(("empty cache", "opened anew"), measure(args.times), strict=True):
        print(
            f"{name}: median {statistics.median(values):.0f} ms, from {min(values):.0f} to {max(values):.0f}"
        )


if __name__ == "__main__":
    main()
