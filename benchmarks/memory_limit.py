"""What a batch loses when its memory runs out: Linux kills its workers, and the batch goes on.

Three videos and three pictures of up to 28 megapixels are read by several workers, without a limit and then
in a control group whose memory is limited. What ends with a failure goes on without a limit. The results must
then be the same, to the byte where no source was set aside. Linux, as root.

    python benchmarks/memory_limit.py --limit-mb 560 480
"""

from __future__ import annotations

import argparse
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

from PIL import Image

EXAMPLES = Path(__file__).parent.parent / "examples"
GROUPS = Path("/sys/fs/cgroup")
"""Where Linux has control groups: all in one tree, or, in its first version, those of memory in memory/."""


class Group:
    """A control group of our own with a limit of memory."""

    def __init__(self, limit_mb: int) -> None:
        first = (GROUPS / "memory").is_dir()
        self.folder = GROUPS / ("memory" if first else "") / f"mimik-{os.getpid()}"
        self._events = self.folder / ("memory.oom_control" if first else "memory.events")
        self.folder.mkdir()
        limit = self.folder / ("memory.limit_in_bytes" if first else "memory.max")
        limit.write_text(str(limit_mb * 1_000_000))

    def enter(self) -> None:
        """Put this process into it, and all that it starts."""
        (self.folder / "cgroup.procs").write_text(str(os.getpid()))

    def close(self) -> int:
        """Remove it; returns how many processes were killed in it."""
        while (self.folder / "cgroup.procs").read_text():
            time.sleep(0.1)  # Python's tracker of resources ends a little after the run.
        found = re.search(r"^oom_kill (\d+)", self._events.read_text(), re.MULTILINE)
        self.folder.rmdir()
        return int(found[1]) if found else 0


def read(folder: Path, name: str, workers: int, group: Group | None = None) -> tuple[bytes, int, str]:
    """The results of a batch, its exit code, and what it said."""
    words = [sys.executable, "-m", "mimik", "analyze", "in", "-o", name, "--workers", str(workers)]
    ran = subprocess.run(
        words,
        cwd=folder,
        capture_output=True,
        text=True,
        preexec_fn=group.enter if group else None,
        check=False,
    )
    return (folder / name).read_bytes(), ran.returncode, ran.stderr


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--limit-mb", type=int, nargs="+", default=[560, 480], metavar="MB")
    parser.add_argument("--workers", type=int, default=3, metavar="N", help="default: %(default)s")
    args = parser.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        (folder / "in").mkdir()
        picture = Image.open(EXAMPLES / "group.jpg").convert("RGB")
        for times in (8, 9, 10):
            large = picture.resize((picture.width * times, picture.height * times))
            large.save(folder / "in" / f"{times}.jpg")
            shutil.copy(EXAMPLES / "two_people.mp4", folder / "in" / f"{times}.mp4")
        whole, _, _ = read(folder, "whole.jsonl", args.workers)
        print("| limit, MB | processes killed | sources read again | set aside | ended with | results |")
        print("|---|---|---|---|---|---|")
        for number, limit in enumerate(args.limit_mb):
            group, name = Group(limit), f"{number}.jsonl"
            got, code, said = read(folder, name, args.workers, group)
            killed = group.close()
            print(said, file=sys.stderr)
            if code:
                got, _, _ = read(folder, name, args.workers)
            same = sorted(got.splitlines()) == sorted(whole.splitlines())
            told = "the same bytes" if got == whole else "the same rows" if same else "others"
            again, aside = said.count(": read again, as "), said.count(": set aside; ")
            after = ", after a second run" if code else ""
            print(f"| {limit} | {killed} | {again} | {aside} | {code} | {told}{after} |", flush=True)


if __name__ == "__main__":
    main()
