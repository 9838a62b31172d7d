"""What it costs to read many clips, on paper: from a measurement of one core, and prices that you may set.

    mimik bench --json bench.json
    python benchmarks/cost.py bench.json

Measure on the machine that is to do it, while all of its cores are busy: a core of a cloud ("vCPU") is mostly
half of one, and cores that work beside each other slow each other down.

Not in it: listening to voices, which mimik bench doesn't measure; storage of clips and results by the month;
people. Every frame is read, as mimik analyze does; with --max-fps F of mimik analyze say --fps F here and the
clips' own rate by --video-fps, as frames that are left out are decoded nevertheless.
"""

from __future__ import annotations

import argparse
import json
import math
from pathlib import Path
from typing import Any

CORE_HOUR = 0.0425
"""US dollars: a c5.2xlarge, 8 vCPUs, on demand at $0.34 an hour. AWS's own example, no offer of today:
docs.aws.amazon.com/autoscaling/ec2/userguide/weights-spot-price-per-unit-hour-example.html"""
BLOCK_MB = 1.048576
"""A video is read from a store in blocks of 1 MiB."""


def arguments() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("bench", type=Path, nargs="?", help="file of mimik bench --json")
    parser.add_argument("--frames-per-s", type=float, metavar="N", help="what a core reads, in place of it")
    numbers = {
        "--clips": (1_000_000, "how many"),
        "--seconds": (60, "length of each"),
        "--fps": (30, "frames that are read of a second of video"),
        "--video-fps": (0, "frames that a second of it has; 0: those that are read"),
        "--core-hour": (CORE_HOUR, "price of a core for an hour"),
        "--busy": (0.9, "share of the paid time in which cores read: machines start, and the last ones wait"),
        "--mb": (7.5, "size of a clip in MB (7.5: a minute at 1 Mbit/s)"),
        "--gets": (3, "requests a clip besides its blocks: listing, head and a second look at its index"),
        "--puts": (2, "objects written for a clip: its part and its record; 3 with voices"),
        "--get-price": (0.0004, "of 1,000 reading requests"),
        "--put-price": (0.005, "of 1,000 writing requests"),
        "--egress": (0.0, "price of a GB that leaves the store; 0 within its region, 0.09 to the internet"),
    }
    for name, (usual, what) in numbers.items():
        parser.add_argument(name, type=float, default=usual, help=f"{what} (default: %(default)s)")
    parser.add_argument("--json", type=Path, metavar="FILE", help="write all figures there")
    args = parser.parse_args()
    for name in numbers:
        value = getattr(args, name.strip("-").replace("-", "_"))
        least_is_fine = name not in ("--clips", "--seconds", "--fps", "--busy")
        if not math.isfinite(value) or value < 0 or (value == 0 and not least_is_fine):
            parser.error(f"{name} must be {'0 or more' if least_is_fine else 'above 0'}, not {value:g}")
    if (args.bench is None) == (args.frames_per_s is None):
        parser.error("name a file of mimik bench --json, or --frames-per-s, and not both")
    if args.frames_per_s is not None and not 0 < args.frames_per_s < math.inf:
        parser.error(f"--frames-per-s must be above 0, not {args.frames_per_s:g}")
    if args.video_fps and (args.video_fps < args.fps or args.bench is None):
        parser.error("--video-fps is a file's, and not below --fps: its decoding is measured there")
    if args.busy > 1:
        parser.error(f"--busy must be above 0 and at most 1, not {args.busy:g}")
    return args


def measured(path: Path) -> dict[str, Any]:
    """The report of mimik bench, of one thread."""
    try:
        report: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
        speed, threads = float(report["frames_per_s"]), int(report["threads"])
    except (OSError, ValueError, KeyError, TypeError) as error:
        raise SystemExit(
            f"cost.py: {path}: no report of mimik bench ({error}); make one with mimik bench --json {path}"
        ) from error
    if threads != 1 or not speed > 0:
        raise SystemExit(
            f"cost.py: {path}: {speed:g} frames/s by {threads} threads; measure one core with --threads 1"
        )
    return report


def costs(report: dict[str, Any], args: argparse.Namespace) -> dict[str, float]:
    """Each amount, in core-hours, requests, GB and US dollars."""
    read_s = args.fps / report["frames_per_s"]
    if args.video_fps:
        read_s += (args.video_fps - args.fps) * report["stages_ms"]["decode"]["median"] / 1000
    core_hours = args.clips * args.seconds * read_s / 3600 / args.busy
    gets = args.clips * (math.ceil(args.mb / BLOCK_MB) + args.gets)
    puts, gigabytes = args.clips * args.puts, args.clips * args.mb / 1000
    found = {
        "core_hours": core_hours,
        "hours_on_1000_cores": core_hours / 1000,
        "gets": gets,
        "puts": puts,
        "gb": gigabytes,
        "cores_usd": core_hours * args.core_hour,
        "requests_usd": gets / 1000 * args.get_price + puts / 1000 * args.put_price,
        "egress_usd": gigabytes * args.egress,
    }
    return found | {"all_usd": found["cores_usd"] + found["requests_usd"] + found["egress_usd"]}


def main() -> None:
    args = arguments()
    report = measured(args.bench) if args.bench else {"frames_per_s": args.frames_per_s}
    found = costs(report, args)
    told = report["source"] if args.bench else "as given"
    print(
        f"{args.clips:,.0f} clips of {args.seconds:g} s, {args.fps:g} frames/s of them read; a core reads "
        f"{report['frames_per_s']:g} frames/s ({told}) and is busy {100 * args.busy:g} % of its time\n"
    )
    rows = [
        ("cores", f"{found['core_hours']:,.0f} core-hours", f"{args.core_hour:g} each", "cores_usd"),
        (
            "store's requests",
            f"{found['gets']:,.0f} read, {found['puts']:,.0f} written",
            f"{args.get_price:g} and {args.put_price:g} for 1,000",
            "requests_usd",
        ),
        ("leaving the store", f"{found['gb']:,.0f} GB", f"{args.egress:g} each", "egress_usd"),
        ("all", f"{found['hours_on_1000_cores']:.1f} hours on 1,000 cores", "", "all_usd"),
    ]
    print("| what | how much | price, $ | cost, $ |\n|---|---|---|---|")
    for what, much, price, cost in rows:
        print(f"| {what} | {much} | {price} | {found[cost]:,.0f} |")
    if args.json:
        told = {**{n: v for n, v in vars(args).items() if isinstance(v, int | float)}, **found}
        args.json.write_text(json.dumps(told, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
