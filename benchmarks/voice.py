"""What voices cost beside faces, and alone: speed in turns, and memory over hours.

    python benchmarks/voice.py turns VIDEO [TIMES [ROUNDS]] [TASK=FILE]
    python benchmarks/voice.py long VIDEO HOURS [TASK=FILE]
    python benchmarks/voice.py alone SOUND [TASK=FILE]

A video is joined to itself, as it is encoded. ``turns`` reads so many times its length with faces alone and
with faces and voices, in turns. ``long`` reads one frame a second and every voice of some hours, and says
how much memory it took on the way. ``alone`` hears a recording, and says what takes the time. TASK=FILE
names a model instead of the set's.
"""

from __future__ import annotations

import os
import statistics
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path

os.environ.setdefault("OMP_NUM_THREADS", "1")

import av

from mimik.pipeline.listen import Listener
from mimik.runs.job import Job
from mimik.runs.reading import Loader
from mimik.sources.open_sound import open_sound
from mimik.sources.options import SourceOptions
from mimik.types import FrameResult
from mimik.voice.recognise import VoiceRecogniser
from mimik.voice.segment import Segmenter

FACES = ("emotion", "gender", "age", "au")


def joined(path: Path, length_s: float, target: Path) -> None:
    """A video over and over, pictures and sound, without decoding it."""
    with av.open(str(path)) as one, av.open(str(target), "w") as out:
        tracks = [one.streams.video[0], one.streams.audio[0]]
        copies = {track.index: out.add_stream_from_template(track) for track in tracks}
        whole_s = one.duration / av.time_base
        begin_s = 0.0
        while begin_s < length_s:
            one.seek(0)
            for packet in one.demux(tracks):
                if packet.dts is None:
                    continue
                shift = round(begin_s / float(packet.time_base))
                packet.pts, packet.dts = packet.pts + shift, packet.dts + shift
                packet.stream = copies[packet.stream_index]
                out.mux(packet)
            begin_s += whole_s


def memory_mb() -> float:
    """What this process holds now."""
    pages = int(Path("/proc/self/statm").read_text().split()[1])
    return pages * os.sysconf("SC_PAGE_SIZE") / (1 << 20)


def read(job: Job, path: Path) -> Iterator[FrameResult | object]:
    for one in Loader(job, None, {})()(str(path)):
        yield one.result


def turns(path: Path, times: int, rounds: int, model: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder, av.open(str(path)) as clip:
        target = Path(folder, "long.mkv")
        joined(path, times * clip.duration / av.time_base - 0.1, target)
        jobs = {
            "faces": Job(tasks=FACES, frames=SourceOptions(threads=1)),
            "both": Job(tasks=(*FACES, "voice"), model=model or None, frames=SourceOptions(threads=1)),
        }
        loaded = {name: Loader(job, None, {})() for name, job in jobs.items()}
        ratios = []
        for _ in range(rounds):
            rates = {}
            for name, reading in loaded.items():
                begin_s = time.process_time()
                results = [one.result for one in reading(str(target))]
                took_s = time.process_time() - begin_s
                frames = sum(isinstance(result, FrameResult) for result in results)
                rates[name] = frames / took_s
            ratios.append(rates["both"] / rates["faces"])
            told = f"faces {rates['faces']:.1f}, faces and voices {rates['both']:.1f} frames/s of one core"
            heard = f"{len(results) - frames} utterances in {frames} frames"
            print(f"{told}: {ratios[-1]:.3f}; {heard}", flush=True)
        print(f"median {statistics.median(ratios):.3f}")


def long(path: Path, hours: float, model: dict[str, str]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        target = Path(folder, "long.mkv")
        joined(path, hours * 3600, target)
        job = Job(tasks=("emotion", "voice"), model=model or None, frames=SourceOptions(max_fps=1))
        next_s, spans, begin_s = 600.0, 0, time.process_time()
        for result in read(job, target):
            if not isinstance(result, FrameResult):
                spans += 1
            elif result.time_s >= next_s:
                print(f"{next_s / 60:.0f} min: {memory_mb():.0f} MB, {spans} utterances", flush=True)
                next_s += 1200.0
        print(f"end: {memory_mb():.0f} MB; {time.process_time() - begin_s:.0f} s of one core")


def alone(path: Path, model: dict[str, str]) -> None:
    listener = Listener(model=model or None)
    for _ in range(2):  # The first warms up.
        begin_s = time.process_time()
        with open_sound(path) as source:
            blocks = list(source)
        decoded_s = time.process_time() - begin_s
        segmenter = Segmenter()
        begin_s = time.process_time()
        utterances = [u for block in blocks for u in segmenter.push(block)] + segmenter.finish()
        found_s = time.process_time() - begin_s
        recogniser = VoiceRecogniser(listener.models)
        begin_s = time.process_time()
        for utterance in utterances:
            recogniser.logits(utterance.sound.samples)
        read_s = time.process_time() - begin_s
    length_s = blocks[-1].end_s - blocks[0].time_s
    speech_s = sum(u.end_s - u.start_s for u in utterances)
    whole_s = decoded_s + found_s + read_s
    print(f"{length_s:.0f} s, {speech_s:.0f} s of speech in {len(utterances)} utterances: "
          f"{length_s / whole_s:.0f} times real time on one core")  # fmt: skip
    print(f"decoded and resampled {1000 * decoded_s / length_s:.2f} ms a second, speech found "
          f"{1000 * found_s / length_s:.2f} ms a second, read {1000 * read_s / speech_s:.2f} ms a second of "
          "speech")  # fmt: skip


if __name__ == "__main__":
    what, path, *rest = sys.argv[1:]
    model = dict(word.split("=", 1) for word in rest if "=" in word)
    numbers = [float(word) for word in rest if "=" not in word]
    if what == "turns":
        times, rounds, *_ = [*map(int, numbers), 3, 3][:2] if len(numbers) != 1 else [int(numbers[0]), 3]
        turns(Path(path), times, rounds, model)
    elif what == "long":
        long(Path(path), numbers[0], model)
    else:
        alone(Path(path), model)
