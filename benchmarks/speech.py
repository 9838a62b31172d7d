"""Where speech is found, how fast, and in how much memory; on one core.

    python benchmarks/speech.py turns VIDEO TURNS.csv
    python benchmarks/speech.py clips FOLDER [MOST]
    python benchmarks/speech.py long FILE HOURS

``turns`` sets utterances against a table of who speaks when (columns start and end, in seconds). A turn has
silence at both ends: its speech is taken to lie between the first and the last 32 ms that, from 300 to
3400 Hz, are no more than 30 dB below its loudest ones. ``clips`` counts utterances in recordings of one
utterance each. ``long`` joins a file to itself until it is so many hours long, and reads that.
"""

from __future__ import annotations

import csv
import os
import random
import resource
import sys
import tempfile
import time
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import av
import numpy as np

from mimik.sources.open_sound import open_sound
from mimik.types import SOUND_RATE, Sound
from mimik.voice.activity import DETECTORS, WINDOW
from mimik.voice.augment import telephone
from mimik.voice.features import NARROW, WIDE, log_mel, spectrogram
from mimik.voice.segment import SegmentOptions, segment

BELOW_DB = 30.0
PER_S = 100
SUFFIXES = (".wav", ".mp4", ".opus", ".ogg", ".flac")


def hear(path: Path) -> list[Sound]:
    with open_sound(path) as source:
        return list(source)


def spans(blocks: list[Sound], detector: str) -> list[tuple[float, float]]:
    options = SegmentOptions(detector=detector, margin_s=0.0)  # type: ignore[arg-type]
    return [(u.start_s, u.end_s) for u in segment(blocks, options)]


def spoken(samples: np.ndarray, start_s: float, end_s: float) -> tuple[float, float]:
    """From the first to the last loud window of a turn."""
    turn = samples[round(start_s * SOUND_RATE) : round(end_s * SOUND_RATE)]
    windows = turn[: len(turn) // WINDOW * WINDOW].reshape(-1, WINDOW)
    levels = 10 * np.log10(np.mean(windows**2, axis=1) + 1e-12)
    loud = np.flatnonzero(levels >= levels.max() - BELOW_DB)
    return start_s + loud[0] * WINDOW / SOUND_RATE, start_s + (loud[-1] + 1) * WINDOW / SOUND_RATE


def on_grid(times: list[tuple[float, float]], length: int) -> np.ndarray:
    grid = np.zeros(length, bool)
    for start_s, end_s in times:
        grid[round(start_s * PER_S) : round(end_s * PER_S)] = True
    return grid


def turns(video: Path, table: Path) -> None:
    blocks = hear(video)
    samples = telephone(np.concatenate([b.samples for b in blocks]))
    rows = list(csv.DictReader(table.open(encoding="utf-8")))
    stated = sorted({(float(row["start"]), float(row["end"])) for row in rows})
    length = round(blocks[-1].end_s * PER_S) + 1
    truth = on_grid([spoken(samples, *turn) for turn in stated], length)
    inside = on_grid(stated, length)
    for detector in DETECTORS:
        found = spans(blocks, detector)
        grid = on_grid(found, length)
        hits = (truth & grid).sum()
        print(
            f"{detector}: {len(found)} utterances, {len(stated)} turns; of speech found "
            f"{hits / truth.sum():.3f}, of what is found speech {hits / grid.sum():.3f}, "
            f"F1 {2 * hits / (truth.sum() + grid.sum()):.3f}; "
            f"within a turn {(inside & grid).sum() / grid.sum():.3f}"
        )


def clips(folder: Path, most: int) -> None:
    paths = sorted(p for p in folder.rglob("*") if p.suffix in SUFFIXES)
    chosen = random.Random(0).sample(paths, min(most, len(paths)))
    sounds = [hear(path) for path in chosen]
    for detector in DETECTORS:
        counts = [len(spans(blocks, detector)) for blocks in sounds]
        none, one = counts.count(0), counts.count(1)
        print(f"{detector}: of {len(counts)} clips {none} without speech, {one} with one utterance, "
              f"{len(counts) - none - one} with more")  # fmt: skip


def joined(path: Path, hours: float, target: Path) -> None:
    """The same sound over and over, without decoding it."""
    with av.open(str(path)) as one, av.open(str(target), "w") as out:
        track = one.streams.audio[0]
        copy = out.add_stream_from_template(track)
        begin_s = 0.0
        while begin_s < hours * 3600:
            one.seek(0)
            end_s = begin_s
            for packet in one.demux(track):
                if packet.pts is None:
                    continue
                tick_s = float(packet.time_base)
                packet.pts += round(begin_s / tick_s)
                packet.dts, packet.stream = packet.pts, copy
                end_s = float((packet.pts + packet.duration) * packet.time_base)
                out.mux(packet)
            begin_s = end_s


def memory_mb() -> float:
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def long(path: Path, hours: float) -> None:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "long.mkv")
        joined(path, hours, target)
        for name in ("sound alone", *DETECTORS):
            begin_s, early_mb, end_s = time.process_time(), 0.0, 0.0
            with open_sound(target) as source:
                if name == "sound alone":
                    for block in source:
                        end_s = block.end_s
                        early_mb = early_mb or (memory_mb() if end_s > 600 else 0.0)
                else:
                    for utterance in segment(source, SegmentOptions(detector=name)):  # type: ignore[arg-type]
                        end_s = utterance.end_s
                        early_mb = early_mb or (memory_mb() if end_s > 600 else 0.0)
            took_s = time.process_time() - begin_s
            print(f"{name}: {end_s:.0f} s in {took_s:.1f} s, {end_s / took_s:.0f} times real time; "
                  f"{early_mb:.0f} MB after ten minutes, {memory_mb():.0f} MB at the end")  # fmt: skip
    samples = np.concatenate([b.samples for b in hear(path)])[: 6 * SOUND_RATE]
    for name, make in {
        "log-mel": log_mel,
        "narrow-band": lambda sound: spectrogram(sound, NARROW),
        "wide-band": lambda sound: spectrogram(sound, WIDE),
    }.items():
        begin_s = time.process_time()
        for _ in range(20):
            make(samples)
        took_s = (time.process_time() - begin_s) / 20
        print(f"{name}: {len(samples) / SOUND_RATE / took_s:.0f} times real time")


if __name__ == "__main__":
    what, path, *rest = sys.argv[1:]
    if what == "turns":
        turns(Path(path), Path(rest[0]))
    elif what == "clips":
        clips(Path(path), int(rest[0]) if rest else 100)
    else:
        long(Path(path), float(rest[0]))
