"""Whether mimik finds sound that isn't in time with a mouth, or isn't the mouth's: measured on real films.

    python benchmarks/sync.py tracks DATA [--seconds 12 20 30 60]
    python benchmarks/sync.py clips CLIPS [--mouth au]
    python benchmarks/sync.py film CLIPS OUT.mkv [--offset S] [--drift R] [--swap]

``tracks`` takes RAVDESS (DATA/RAVDESS, with face/tracks.csv): OpenFace's jaw drop (AU26), picture by picture,
and the sound of the same clips, joined into a film for each actor. ``clips`` reads a folder of clips in which
somebody speaks (GRID's, ``grid_*.mp4``) with mimik, and joins them in several orders. Both cut films into
pieces that hold so many seconds of speech, change the sound of each piece, and count what is found: of pieces
as they are, of late, early and stretched sound, and of strange sound, which is the film's own from elsewhere.
``film`` writes such a film of the clips with its sound changed, to be read by ``mimik analyze``.
"""

from __future__ import annotations

import argparse
import csv
import wave
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from fractions import Fraction
from pathlib import Path

import av
import numpy as np

from mimik.sources.open_sound import open_sound
from mimik.temporal.lag import EDGE, LAGS, MARGIN_S, Match, fit
from mimik.types import SOUND_RATE, Sound
from mimik.voice.level import LEVEL_RATE, STEP, levels_db
from mimik.voice.segment import SegmentOptions, segment

CHANGES = (
    ("as it is", 0.0, 0.0),
    *((f"{s:g} s", s, 0.0) for s in (0.2, 0.3, 0.5, 1.0, 2.0, -0.3, -1.0)),
    *((f"{100 * r:g} %", 0.0, r) for r in (0.005, 0.01, 0.02, -0.01)),
)
STRANGE_S = (17.3, 31.7, 43.3, 71.9, 101.1)
"""By how much the mouth of a film is set off against its sound, to make them strangers."""
NEAR_S = 0.1
ORDERS = 6
FPS = 25


@dataclass
class Film:
    """A mouth, its sound, and the utterances in it."""

    times_s: np.ndarray
    mouth: np.ndarray
    sound: np.ndarray
    said: list[tuple[float, float]]


def joined(parts: Sequence[tuple[np.ndarray, np.ndarray, np.ndarray]]) -> Film:
    """Clips one after another: times and values of the mouth, and the sound."""
    times, mouths, sounds, begin_s = [], [], [], 0.0
    for times_s, mouth, sound in parts:
        whole = len(sound) // STEP * STEP
        inside = times_s < whole / SOUND_RATE
        times.append(times_s[inside] + begin_s)
        mouths.append(mouth[inside])
        sounds.append(sound[:whole])
        begin_s += whole / SOUND_RATE
    sound = np.concatenate(sounds)
    return Film(np.concatenate(times), np.concatenate(mouths), sound, utterances(sound))


def utterances(sound: np.ndarray) -> list[tuple[float, float]]:
    starts = range(0, len(sound), SOUND_RATE)
    blocks = [Sound(sound[i : i + SOUND_RATE], SOUND_RATE, i / SOUND_RATE) for i in starts]
    return [(one.start_s, one.end_s) for one in segment(blocks, SegmentOptions())]


def pieces(film: Film, seconds: float) -> Iterator[Film]:
    """Parts of a film that hold so many seconds of speech, each with a second more at both ends."""
    taken: list[tuple[float, float]] = []
    for one in film.said:
        taken.append(one)
        if sum(end - start for start, end in taken) >= seconds:
            begin_s, end_s = max(0.0, taken[0][0] - 1.2), taken[-1][1] + 1.2
            sound = film.sound[round(begin_s * SOUND_RATE) : round(end_s * SOUND_RATE)]
            said = [(start - begin_s, end - begin_s) for start, end in taken]
            yield Film(film.times_s - begin_s, film.mouth, sound, said)
            taken = []


def changed(sound: np.ndarray, offset_s: float, drift: float) -> np.ndarray:
    """The sound so much longer, and so much later."""
    length = round(len(sound) * (1 + drift))
    stretched = np.interp(np.arange(length) / (1 + drift), np.arange(len(sound)), sound)
    cut = round(-offset_s * SOUND_RATE)
    return (stretched[cut:] if cut > 0 else np.concatenate([np.zeros(-cut), stretched])).astype(np.float32)


def matches(film: Film, offset_s: float = 0.0, drift: float = 0.0) -> list[Match]:
    sound = changed(film.sound, offset_s, drift)
    levels = levels_db(sound[: len(sound) // STEP * STEP])
    found = []
    for start, end in film.said:
        start_s, end_s = (time_s * (1 + drift) + offset_s for time_s in (start, end))
        first = round((start_s - MARGIN_S) * LEVEL_RATE) - EDGE
        last = round((end_s + MARGIN_S) * LEVEL_RATE) + EDGE
        if first < 0 or last > len(levels):
            continue
        times_s = (np.arange(first - LAGS, last + LAGS) + 0.5) / LEVEL_RATE
        mouth = np.interp(times_s, film.times_s, film.mouth).astype(np.float32)
        found.append(Match.of(start_s, end_s, mouth, levels[first:last]))
    return found


def strangers(film: Film) -> Iterator[Film]:
    """The film with a mouth that is elsewhere in it."""
    length_s = film.times_s[-1]
    for apart_s in STRANGE_S:
        if min(apart_s % length_s, -apart_s % length_s) > 4:
            times_s = (film.times_s + apart_s) % length_s
            order = times_s.argsort()
            yield Film(times_s[order], film.mouth[order], film.sound, film.said)


def tell(films: Sequence[Film], seconds: float) -> None:
    cut = [piece for film in films for piece in pieces(film, seconds)]
    if not cut:
        return
    length_s = np.median([piece.said[-1][1] for piece in cut])
    print(f"\n{seconds:g} s of speech, {length_s:.0f} s of film, {len(cut)} pieces")
    print("| sound | told | right | said to be off | to drift | to be another's |")
    print("|---|---|---|---|---|---|")
    for name, offset_s, drift in CHANGES:
        row(name, [fit(matches(piece, offset_s, drift)) for piece in cut], offset_s, drift)
    row("another's", [fit(matches(p)) for film in films for o in strangers(film) for p in pieces(o, seconds)])


def row(name: str, fits: Sequence[object], offset_s: float | None = None, drift: float = 0.0) -> None:
    sure = [one for one in fits if one.sure]  # type: ignore[attr-defined]
    right = "-"
    if offset_s is not None:
        errors = [one.offset_s - offset_s - drift * (one.time_s - offset_s) / (1 + drift) for one in sure]  # type: ignore[attr-defined]
        right = f"{sum(abs(error) <= NEAR_S for error in errors)}"
    off = sum(abs(one.offset_s) >= 0.2 - 1e-6 for one in sure)  # type: ignore[attr-defined]
    moved = sum(one.drift != 0 for one in sure)  # type: ignore[attr-defined]
    strange = sum(one.strange for one in fits)  # type: ignore[attr-defined]
    print(f"| {name} | {len(sure)} of {len(fits)} | {right} | {off} | {moved} | {strange} |")


def tracks(args: argparse.Namespace) -> None:
    root = args.data / "RAVDESS"
    values: dict[str, list[float]] = defaultdict(list)
    with (root / "face" / "tracks.csv").open(encoding="utf-8") as table:
        for line in csv.DictReader(table):
            values[line["clip"]].append(float(line["AU26_r"]))
    actors = defaultdict(list)
    for clip, mouth in sorted(values.items()):
        _, name = clip.split("-", 1)
        with wave.open(str(root / f"Actor_{clip[-2:]}" / f"03-{name}.wav")) as heard:
            sound = np.frombuffer(heard.readframes(heard.getnframes()), np.int16) / np.float32(32768)
        actors[clip[-2:]].append((np.arange(len(mouth)) / 29.97, np.array(mouth), sound))
    order = np.random.default_rng(0).permutation
    films = [joined([own[i] for i in order(len(own))]) for own in actors.values()]
    for seconds in args.seconds:
        tell(films, seconds)


def clips(args: argparse.Namespace) -> None:
    from mimik.pipeline.analyzer import Analyzer
    from mimik.temporal.speaker import Sights

    analyzer = Analyzer(tasks=["emotion", args.mouth])
    read = []
    for path in talking(args.clips):
        sights, session = Sights("emotion"), analyzer.session()
        from mimik.sources.open import open_source

        with open_source(path) as source:
            for step in map(session.step, source):
                sights.see(step.result)
        times_s = np.array([time_s for time_s, faces in sights.frames if faces])
        mouth, _ = sights.opening(0, times_s)
        read.append((times_s, mouth, hear(path)))
    rng = np.random.default_rng(0)
    films = [joined([read[i] for _ in range(2) for i in rng.permutation(len(read))]) for _ in range(ORDERS)]
    for seconds in args.seconds:
        tell(films, seconds)


def talking(folder: Path) -> list[Path]:
    paths = sorted(folder.glob("grid_*.mp4"))
    if not paths:
        raise SystemExit(f"{folder}: holds no grid_*.mp4: name the folder of the clips")
    return paths


def hear(path: Path) -> np.ndarray:
    with open_sound(path) as source:
        return np.concatenate([block.samples for block in source])


def film(args: argparse.Namespace) -> None:
    """Write the clips twice, in two orders, with their sound changed; swapped, a clip has the next one's."""
    paths = talking(args.clips)
    rng = np.random.default_rng(args.seed)
    order = [paths[i] for _ in range(2) for i in rng.permutation(len(paths))]
    length = 3 * SOUND_RATE
    heard = [np.resize(np.pad(hear(path), (0, SOUND_RATE)), length) for path in order]
    if args.swap:
        heard = [heard[-1], *heard[:-1]]
    sound = changed(np.concatenate(heard), args.offset, args.drift)
    if args.swap:
        sound = np.roll(sound, round(0.7 * SOUND_RATE))
    with av.open(str(args.out), "w") as out:
        video = out.add_stream("mpeg4", rate=FPS, options={"qscale": "3"})
        video.width, video.height, video.pix_fmt = 360, 288, "yuv420p"
        audio = out.add_stream("pcm_s16le", rate=SOUND_RATE, layout="mono")
        for number, picture in enumerate(pictures(order)):
            frame = av.VideoFrame.from_ndarray(picture, format="rgb24")
            frame.pts, frame.time_base = number, Fraction(1, FPS)
            out.mux(video.encode(frame))
        for start in range(0, len(sound), SOUND_RATE):
            part = (sound[start : start + SOUND_RATE] * 32767).clip(-32768, 32767).astype(np.int16)
            block = av.AudioFrame.from_ndarray(part[None], format="s16", layout="mono")
            block.sample_rate, block.pts, block.time_base = SOUND_RATE, start, Fraction(1, SOUND_RATE)
            out.mux(audio.encode(block))
        for stream in (video, audio):
            out.mux(stream.encode(None))


def pictures(paths: Sequence[Path]) -> Iterator[np.ndarray]:
    for path in paths:
        with av.open(str(path)) as source:
            for frame in source.decode(video=0):
                yield frame.to_ndarray(format="rgb24")


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parts = parser.add_subparsers(required=True)
    part = parts.add_parser("tracks", help="films joined from RAVDESS, mouths by OpenFace")
    part.add_argument("data", type=Path, help="folder that holds RAVDESS")
    part.add_argument("--seconds", type=float, nargs="+", default=[12, 20, 30, 60], help="of speech")
    part.set_defaults(run=tracks)
    part = parts.add_parser("clips", help="films joined from clips that mimik reads")
    part.add_argument("clips", type=Path, help="folder of the clips")
    part.add_argument("--mouth", choices=("mesh", "au"), default="mesh", help="what tells how far it is open")
    part.add_argument("--seconds", type=float, nargs="+", default=[12, 20, 30], help="of speech")
    part.set_defaults(run=clips)
    part = parts.add_parser("film", help="write a film whose sound is changed")
    part.add_argument("clips", type=Path, help="folder of the clips")
    part.add_argument("out", type=Path, help="what is written, .mkv")
    part.add_argument("--offset", type=float, default=0.0, help="seconds by which the sound is late")
    part.add_argument("--drift", type=float, default=0.0, help="share by which it is longer")
    part.add_argument("--swap", action="store_true", help="each clip has another's sound, 0.7 s off")
    part.add_argument("--seed", type=int, default=0, help="of the order of the clips")
    part.set_defaults(run=film)
    args = parser.parse_args()
    args.run(args)


if __name__ == "__main__":
    main()
