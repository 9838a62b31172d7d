"""Kill `mimik analyze -o s3://...` at random moments while its store fails; compare with a quiet run.

The store is moto's server on loopback, which answers one request in so many by 503 or drops its connection,
before the work or after it, and keeps each one waiting if told to. Needs mimik[dev].

    python benchmarks/store_faults.py --kills 12 --one-in 20
    python benchmarks/store_faults.py --kills 12 --one-in 20 --slow-ms 1000 --within 30
"""

from __future__ import annotations

import argparse
import random
import shutil
import subprocess
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

ROOT = Path(__file__).parents[1]
sys.path.insert(0, str(ROOT / "tests"))

from stores import Store, s3_server  # noqa: E402 - of the tests

OUT = "s3://clips/out/"


def objects(store: Store) -> dict[str, bytes]:
    """All that lies below OUT."""
    store.system.invalidate_cache()
    return {name: store.system.cat_file(name) for name in store.system.find("clips/out")}


def run(store: Store, command: list[str], kill_after_s: float | None) -> int | None:
    """Run a command; kill it so long after its first request, if it is still there then; None if it was."""
    asked = len(store.requests)
    process = subprocess.Popen(command)
    if kill_after_s is None:
        return process.wait()
    while process.poll() is None and len(store.requests) == asked:
        time.sleep(0.01)
    try:
        return process.wait(kill_after_s)
    except subprocess.TimeoutExpired:
        process.kill()
        process.wait()
        return None


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("--kills", type=int, default=12, help="how often (default: %(default)s)")
    parser.add_argument(
        "--one-in", type=int, default=20, metavar="N", help="one request in N fails (default: %(default)s)"
    )
    parser.add_argument("--slow-ms", type=float, default=0, help="each request waits so long (default: 0)")
    parser.add_argument("--files", type=int, default=8, help="pictures that are read (default: %(default)s)")
    parser.add_argument("--within", type=float, default=1.5, help="seconds (default: %(default)s)")
    parser.add_argument("--seed", type=int, default=0)
    args = parser.parse_args()
    chance, ends, kills = random.Random(args.seed), Counter[int](), 0
    with tempfile.TemporaryDirectory() as folder, s3_server() as store:
        for number in range(args.files):
            shutil.copy(ROOT / "examples" / "group.jpg", Path(folder) / f"{number}.jpg")
        command = [
            sys.executable,
            "-m",
            "mimik",
            "analyze",
            folder,
            "-o",
            OUT,
            "--tasks",
            "emotion",
            "--quiet",
        ]
        store.empty()
        store.flaky, store.slow_s = args.one_in, args.slow_ms / 1000
        while not ends[0] and ends.total() < 20:
            after_s = chance.uniform(0, args.within) if kills < args.kills else None
            code = run(store, command, after_s)
            if code is None:
                kills += 1
            else:
                ends[code] += 1
        store.flaky, store.slow_s, faults = 0, 0.0, Counter(store.faults)
        disturbed = objects(store)
        store.empty()
        run(store, command, None)
        same = disturbed == objects(store)
    told = ", ".join(f"{count} x {what}" for what, count in sorted(faults.items()))
    print(f"{kills} kills; {faults.total()} requests failed ({told}); runs that ended, by code: {dict(ends)}")
    print("the same objects and bytes" if same else "NOT the same")


if __name__ == "__main__":
    main()
