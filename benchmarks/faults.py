"""What is lost when a batch is killed at random moments: rows of what was killed and gone on with, and not.

Copies of a video are read by ``mimik analyze``. At random moments the run, or one of its workers, is killed
(SIGKILL). A run that was killed is started again by the same command, until it ends by itself; its rows are
then compared with those of a run that nobody disturbed, and it begins anew. Linux only: workers are found in
/proc. Another program's Ray is left alone: a cluster of its own is started, and stopped at the end.
"""

from __future__ import annotations

import argparse
import os
import random
import secrets
import shutil
import signal
import subprocess
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

EXAMPLE = Path(__file__).parent.parent / "examples" / "two_people.mp4"
MARK = "MIMIK_FAULTS"
"""Variable by which processes of this benchmark are known."""


@dataclass
class Tally:
    """What was tried, and what came of it."""

    runs: int = 0
    """Runs that ended by themselves, and were compared."""
    kills: Counter[str] = field(default_factory=Counter)
    """Victim and moment to how often."""
    lost: int = 0
    doubled: int = 0
    """Rows."""
    set_aside: int = 0
    """Sources of which three workers were killed in a row, and which the next run read."""
    moved: int = 0
    """Runs whose rows are the same in another order, as some source was set aside."""
    left: int = 0
    """Files that lay about after the end."""


@dataclass
class Batch:
    """The command, and what it writes."""

    folder: Path
    engine: str
    workers: int
    end_s: float
    environ: dict[str, str]

    @property
    def out(self) -> Path:
        """The results file."""
        return self.folder / "out.jsonl"

    def start(self) -> subprocess.Popen[bytes]:
        """Begin it, or go on with it."""
        words = [sys.executable, "-m", "mimik", "analyze", "clips", "-o", self.out.name, "--quiet"]
        words += ["--engine", self.engine, "--workers", str(self.workers), "--end", str(self.end_s)]
        words += ["--tasks", "emotion"]
        with (self.folder / "said").open("ab") as said:
            return subprocess.Popen(words, cwd=self.folder, env=self.environ, stdout=said, stderr=said)

    def clear(self) -> None:
        """Forget what was written."""
        for path in self.folder.glob("out.jsonl*"):
            shutil.rmtree(path) if path.is_dir() else path.unlink()

    def rows(self) -> int:
        """Whole rows on the disk, of a run that may be at work."""
        count = 0
        for path in (self.out, *self.folder.glob("out.jsonl.parts/*.rows")):
            try:
                count += path.read_bytes().count(b"\n")
            except FileNotFoundError:
                continue
        return count


def workers_of(mark: str) -> list[int]:
    """Processes that read sources."""
    found = []
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            name = (folder / "cmdline").read_bytes()
            if (b"spawn_main" in name or name.startswith(b"ray::Actor")) and (
                f"{MARK}={mark}".encode() in (folder / "environ").read_bytes()
            ):
                found.append(int(folder.name))
        except OSError:
            continue  # It has just ended.
    return found


def attack(batch: Batch, kills: int, seed: int, mark: str) -> Tally:
    """Kill, go on, and compare."""
    chance, tally = random.Random(seed), Tally()
    batch.clear()
    began = time.monotonic()
    if code := batch.start().wait():
        sys.exit(f"the undisturbed run ended with {code}:\n{(batch.folder / 'said').read_text()}")
    whole, took = batch.out.read_bytes(), time.monotonic() - began
    print(f"{batch.engine}: undisturbed {took:.1f} s, {len(whole.splitlines())} rows", file=sys.stderr)
    batch.clear()
    while tally.kills.total() < kills:
        process = batch.start()
        while (ended := wait(process, chance.uniform(0, took))) is None:
            victim = kill(process, chance, mark)
            tally.kills[f"{victim}, {'while reading' if batch.rows() else 'before the first row'}"] += 1
            if victim == "run" or tally.kills.total() >= kills:
                break
        if ended is not None or tally.kills.total() >= kills:
            settle(batch, process, whole, tally)
    return tally


def wait(process: subprocess.Popen[bytes], seconds: float) -> int | None:
    """How a process has ended within a time, if it has."""
    try:
        return process.wait(seconds)
    except subprocess.TimeoutExpired:
        return None


def kill(process: subprocess.Popen[bytes], chance: random.Random, mark: str) -> str:
    """Kill the run, or half of the times one of its workers; returns which it was."""
    if chance.random() < 0.5 and (workers := workers_of(mark)):
        try:
            os.kill(chance.choice(workers), signal.SIGKILL)
            return "worker"
        except ProcessLookupError:
            pass
    process.kill()
    process.wait()
    return "run"


def settle(batch: Batch, process: subprocess.Popen[bytes], whole: bytes, tally: Tally) -> None:
    """Have a run end undisturbed, compare what it wrote, and clear it away."""
    code = process.wait()
    while code:
        if code > 1:
            sys.exit(f"a run ended with {code}:\n{(batch.folder / 'said').read_text()[-2000:]}")
        code = batch.start().wait()
    tally.runs += 1
    tally.set_aside += batch.out.with_name("out.jsonl.run").read_bytes().count(b'"status": "failed"')
    got = batch.out.read_bytes()
    expected, found = Counter(whole.splitlines()), Counter(got.splitlines())
    tally.lost += (expected - found).total()
    tally.doubled += (found - expected).total()
    tally.moved += got != whole and expected == found
    tally.left += len({p.name for p in batch.folder.glob("out.jsonl*")} - {"out.jsonl", "out.jsonl.run"})
    batch.clear()


@contextmanager
def cluster(environ: dict[str, str], workers: int) -> Iterator[dict[str, str]]:
    """A Ray cluster of this machine, and the environment that names it."""
    with tempfile.TemporaryDirectory(prefix="faults-", dir="/tmp", ignore_cleanup_errors=True) as folder:
        words = [str(Path(sys.executable).with_name("ray")), "start", "--head", "--block", "--port", "0"]
        words += ["--num-cpus", str(workers), "--object-store-memory", "100000000", "--disable-usage-stats"]
        words += ["--include-dashboard", "false", "--temp-dir", folder]
        environ = {**environ, "RAY_AUTH_MODE": "disabled"}
        process = subprocess.Popen(words, env=environ, stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)
        try:
            noted = Path(folder, "ray_current_cluster")
            while not noted.exists():
                if process.poll() is not None:
                    sys.exit("Ray didn't start; the machine may be too busy")
                time.sleep(0.1)
            yield {**environ, "RAY_ADDRESS": noted.read_text().strip()}
        finally:
            process.terminate()
            process.wait()


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--engine", choices=("local", "ray"), default="local", help="default: %(default)s")
    parser.add_argument("--kills", type=int, default=200, metavar="N", help="default: %(default)s")
    parser.add_argument("--workers", type=int, default=2, metavar="N", help="default: %(default)s")
    parser.add_argument("--clips", type=int, default=8, metavar="N", help="default: %(default)s")
    parser.add_argument("--end", type=float, default=2.0, metavar="S", help="of each clip (default: 2)")
    parser.add_argument("--seed", type=int, default=0, help="of the moments (default: 0)")
    args = parser.parse_args()
    mark = secrets.token_hex(8)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "clips").mkdir()
        for number in range(args.clips):
            shutil.copy(EXAMPLE, folder / "clips" / f"{number}.mp4")
        environ = {**os.environ, MARK: mark}
        batch = Batch(folder, args.engine, args.workers, args.end, environ)
        if args.engine == "ray":
            with cluster(environ, args.workers) as batch.environ:
                tally = attack(batch, args.kills, args.seed, mark)
        else:
            tally = attack(batch, args.kills, args.seed, mark)
    print(
        "| engine | killed | runs compared | rows lost | rows doubled | set aside, read later | files left |"
    )
    print("|---|---|---|---|---|---|---|")
    killed = "; ".join(f"{count} x {what}" for what, count in sorted(tally.kills.items()))
    print(
        f"| {args.engine} | {killed} | {tally.runs} ({tally.moved} in another order) | {tally.lost} | "
        f"{tally.doubled} | {tally.set_aside} | {tally.left} |"
    )


if __name__ == "__main__":
    main()
