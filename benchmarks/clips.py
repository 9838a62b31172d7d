"""A check that AR3 and AR5 learn what they are shown, on clips that are made for it: no result of theirs.

    python benchmarks/clips.py --data DATA --run FOLDER [--json FILE]   (ten minutes on a core)

DATA holds CK+48 and RAVDESS. Paired clips of many people were not at hand, so these are made: a face of CK+
that goes from its neutral first frame to the apex (a blend of two still pictures), over speech of RAVDESS
with the same emotion. Each face has one actor's voice, and no actor is on both sides of a division, so no
face is, either. Whoever was filmed didn't speak, and whoever spoke isn't seen: how well a network reads such
clips says nothing of people on film. What it says is whether both branches learn, and whether the file
answers as the network does. The recipes are shortened (narrower networks, fewer epochs).
"""

from __future__ import annotations

import argparse
import csv
import json
import zlib
from collections import defaultdict
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from typing import Any

import av
import cv2
import numpy as np
from numpy.typing import NDArray

from figures import ROOT
from mimik.data.base import Sample, load_reader
from mimik.evaluate.score import ask_held
from mimik.train.loop import train
from mimik.train.recipe.options import DataOptions
from mimik.train.recipe.read import read_recipe
from mimik.train.recipe.recipe import Recipe
from mimik.types import SOUND_RATE

RECIPES = ("old.ar3", "old.ar5.silent", "old.ar5")
EMOTIONS = ("angry", "disgust", "happy", "surprise")
"""Those of which CK+ has the most faces."""
TABLE, EACH, FPS, SIDE, FACE = "clips.csv", 24, 24, 192, 112
"""The made set's table, clips a class at most, their rate, their sides and the face's in pixels."""
SHORT = {"widths": [8, 16, 32, 32], "dense": 64, "heard_widths": [8, 16, 32], "heard_dense": 64}
"""Narrower layers, where a recipe has them."""
FOLDS = 4


def sequences(data: Path) -> Iterator[tuple[str, str, Sample, Sample]]:
    """Emotion, person, first frame and apex of CK+'s crops, at most EACH a class, in an order by hash."""
    faces = [s for s in load_reader("ckplus").read(data / "CK+48", "all") if isinstance(s, Sample)]
    first = defaultdict(list)
    for sample in faces:
        if sample.labels["emotion"] == "neutral":
            first[sample.group].append(sample)
    found: dict[str, list[tuple[str, Sample, Sample]]] = defaultdict(list)
    for sample in sorted(faces, key=lambda s: zlib.crc32(s.key.encode())):
        emotion, rest = str(sample.labels["emotion"]), first[sample.group]
        others = [own for own in rest if own.key != sample.key]
        if others and all(sample.key[:-8] != apex.key[:-8] for _, _, apex in found[emotion]):
            found[emotion].append((sample.group, others[0], sample))
    for emotion in EMOTIONS:
        yield from ((emotion, *row) for row in found[emotion][:EACH])


def speech(data: Path) -> dict[str, dict[str, list[Sample]]]:
    """Actor to emotion to their clips."""
    found: dict[str, dict[str, list[Sample]]] = defaultdict(lambda: defaultdict(list))
    for sample in load_reader("ravdess").read(data / "RAVDESS", "all"):
        if isinstance(sample, Sample):
            found[sample.group][str(sample.labels["voice"])].append(sample)
    return found


def make(data: Path, folder: Path) -> None:
    """Write the clips and their table, unless they are there."""
    if (folder / TABLE).exists():
        return
    folder.mkdir(parents=True, exist_ok=True)
    voices, rows = speech(data), [("path", "label", "subject")]
    actors = sorted(voices)
    people: dict[str, str] = {}
    used: dict[tuple[str, str], int] = defaultdict(int)
    for emotion, person, rest, apex in sequences(data):
        actor = people.setdefault(person, actors[len(people) % len(actors)])
        said = voices[actor][emotion]
        sound = said[used[actor, emotion] % len(said)]
        used[actor, emotion] += 1
        name = f"{emotion}-{person}-{len(rows)}.mkv"
        assert sound.hear is not None
        write_clip(folder / name, rest.load(), apex.load(), sound.hear())
        rows.append((name, emotion, actor))
    with (folder / TABLE).open("w", newline="", encoding="utf-8") as stream:
        csv.writer(stream).writerows(rows)


def write_clip(
    path: Path, rest: NDArray[np.uint8], apex: NDArray[np.uint8], samples: NDArray[np.float32]
) -> None:
    """A face that goes from one picture to another and stays there, with sound."""
    count = round(len(samples) / SOUND_RATE * FPS)
    with av.open(str(path), "w") as out:
        video = out.add_stream("mpeg4", rate=FPS)
        video.width, video.height, video.pix_fmt, video.bit_rate = SIDE, SIDE, "yuv420p", 1_000_000
        sound = out.add_stream("pcm_s16le", rate=SOUND_RATE, layout="mono")
        for number in range(count):
            share = min(1.0, number / (0.4 * count))
            face = cv2.addWeighted(rest, 1 - share, apex, share, 0)
            out.mux(video.encode(av.VideoFrame.from_ndarray(framed(face), format="rgb24")))
        heard = av.AudioFrame.from_ndarray(
            (samples[None] * 32767).astype(np.int16), format="s16", layout="mono"
        )
        heard.sample_rate = SOUND_RATE
        out.mux(sound.encode(heard))
        for stream in (video, sound):
            out.mux(stream.encode(None))


def framed(face: NDArray[np.uint8]) -> NDArray[np.uint8]:
    """A crop with room about it, in which a detector finds it."""
    edge = (SIDE - FACE) // 2
    large = cv2.resize(face, (FACE, FACE), interpolation=cv2.INTER_CUBIC)
    around = cv2.copyMakeBorder(large, edge, edge, edge, edge, cv2.BORDER_REPLICATE)
    whole = cv2.GaussianBlur(around, (0, 0), 12)
    whole[edge : edge + FACE, edge : edge + FACE] = large
    return np.asarray(whole, np.uint8)


def shortened(recipe: Recipe, epochs: int) -> Recipe:
    """A recipe for the made set, small enough for a core."""
    network = {**recipe.network, **{key: value for key, value in SHORT.items() if key in recipe.network}}
    optim = replace(recipe.optim, epochs=epochs, batch=6, learning_rate=3e-3, ema=0.95)
    entry = DataOptions("csv", "all", TABLE, folds=FOLDS)
    return replace(recipe, labels=EMOTIONS, network=network, optim=optim, data=(entry,), fold=0, sources=())


def check(name: str, folder: Path, run: Path, epochs: int) -> dict[str, Any]:
    """Train one and judge it on the actors that it hasn't met."""
    recipe = shortened(read_recipe(ROOT / "recipes" / f"{name}.toml"), epochs)
    if not (run / f"{name}.json").exists():
        train(recipe, folder, run, device="cpu")
    asked = ask_held(run, folder, device="cpu")
    report = asked.report()
    return {
        "recipe": name,
        "parameters": asked.model.card.parameters,
        **{key: report[key] for key in ("n", "accuracy", "macro_recall", "macro_recall_ci95")},
        "missed": report["missed"],
        "failed": len(report["failed"]),
    }


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("--data", type=Path, required=True, help="folder that holds CK+48 and RAVDESS")
    parser.add_argument("--run", type=Path, required=True, help="folder for the clips and the runs")
    parser.add_argument("--epochs", type=int, default=25, help="passes over the clips (default: 25)")
    parser.add_argument("--json", type=Path, help="where the figures go, as JSON")
    args = parser.parse_args()
    folder = args.run / "clips"
    make(args.data, folder)
    rows = []
    print("made clips: a check of the machinery, not a result\nrecipe          n    macro recall (95 %)")
    for name in RECIPES:
        row = check(name, folder, args.run / name, args.epochs)
        low, high = row["macro_recall_ci95"]
        print(f"{name:<14} {row['n']:>4}  {row['macro_recall']:.2f} ({low:.2f} to {high:.2f})", flush=True)
        rows.append(row)
    if args.json:
        args.json.write_text(json.dumps(rows, indent=2) + "\n", encoding="utf-8")


if __name__ == "__main__":
    main()
