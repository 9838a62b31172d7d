"""How right and how quick the mesh is: the tables of docs/mesh.md.

    python benchmarks/mesh.py turned PICTURES...     # faces turned and mirrored
    python benchmarks/mesh.py rendered PICTURES...   # faces on the canonical head, turned by known angles
    python benchmarks/mesh.py small PICTURES...      # the same faces made smaller
    python benchmarks/mesh.py gaze VIDEOS...         # of people who look into the camera
    python benchmarks/mesh.py steady VIDEOS...       # jitter, lag and what is left of a blink
    python benchmarks/mesh.py speed PICTURE          # milliseconds a face

PICTURES and VIDEOS are files of one face each; pictures with more or none are left out and counted.
"""

from __future__ import annotations

import argparse
import time
from collections.abc import Callable, Iterable, Iterator
from functools import cache

import cv2
import numpy as np
from numpy.typing import NDArray

from mesh_render import rendered
from mimik.faces.detect.base import load_detector
from mimik.faces.recognise import Recogniser
from mimik.mesh.eyes import EYES, openness
from mimik.mesh.follow import followed
from mimik.mesh.head import Points, find_head
from mimik.mesh.reading import SIDES, MeshReading
from mimik.pipeline.analyzer import Analyzer
from mimik.sources.open import open_source
from mimik.tasks.mesh import Mesh
from mimik.temporal.smooth import SmoothOptions
from mimik.types import Face

Picture = NDArray[np.uint8]
TURNS = (10, 20, 30, 40, 60, 90, 180)
YAWS, PITCHES = (-40, -30, -20, -10, 10, 20, 30, 40), (-20, -10, 10, 20)
FRONTAL_DEG = 10
"""Faces that are turned further aren't put on the canonical head."""
SIZES = (100, 60, 40, 30, 20, 15)
STEADY = [6, 168, 33, 263, 1]
"""Points that move with the head alone: bridge and tip of the nose, outer corners of the eyes."""
FEWEST, BLINK = 30, 0.2
"""Frames of a video that is measured; openness that is a blink."""
SHAKE_HZ, SHAKE = 1.0, 0.3
"""A movement that is added to a video: how often, and how far in sizes of the face."""


class Reader:
    """Reads single faces of pictures; counts those with none or several."""

    def __init__(self) -> None:
        """Load the model."""
        self._analyzer = Analyzer(["mesh"])
        self.left_out = 0

    def face(self, picture: Picture) -> Face | None:
        """The one face of a picture."""
        faces = self._analyzer.image(picture, colour="rgb").faces
        self.left_out += len(faces) != 1
        return faces[0] if len(faces) == 1 else None

    def mesh(self, picture: Picture) -> MeshReading | None:
        """Its mesh, if the network sees one."""
        face = self.face(picture)
        reading = face.readings["mesh"] if face else None
        return reading if isinstance(reading, MeshReading) and reading.pose else None


def pictures(paths: Iterable[str]) -> Iterator[Picture]:
    """RGB of each file."""
    for path in paths:
        yield np.ascontiguousarray(cv2.imread(path)[..., ::-1])


def angles(mesh: MeshReading) -> NDArray[np.float64]:
    """Yaw, pitch and roll in degrees."""
    pose = mesh.pose
    assert pose is not None
    return np.array([pose.yaw_deg, pose.pitch_deg, pose.roll_deg])


def table(head: Iterable[str], rows: Iterable[Iterable[object]]) -> None:
    """Print a table in Markdown."""
    head = list(head)
    for row in (head, ["---"] * len(head), *rows):
        print("|", " | ".join(map(str, row)), "|")


def mirrored(picture: Picture) -> Picture:
    """Left for right."""
    return np.ascontiguousarray(picture[:, ::-1])


def turn(picture: Picture, degrees: float) -> Picture:
    """A picture turned clockwise about its middle."""
    height, width = picture.shape[:2]
    matrix = cv2.getRotationMatrix2D((width / 2, height / 2), -degrees, 1)
    turned = cv2.warpAffine(picture, matrix, (width, height), borderMode=cv2.BORDER_REPLICATE)
    return np.asarray(turned, np.uint8)


def turned(paths: list[str]) -> None:
    """Pose of pictures turned by known angles, and of their mirror images."""
    reader, rows = Reader(), []
    known = [(picture, mesh) for picture in pictures(paths) if (mesh := reader.mesh(picture))]
    for degrees in TURNS:
        others = [(mesh, reader.mesh(turn(picture, degrees))) for picture, mesh in known]
        off = [angles(other) - angles(mesh) - [0, 0, degrees] for mesh, other in others if other]
        median = np.median(np.abs((np.array(off) + 180) % 360 - 180), axis=0) if off else [np.nan] * 3
        rows.append([degrees, len(off), len(others) - len(off), *(f"{v:.1f}" for v in median)])
    table(("turned by", "meshes", "no mesh", "yaw off", "pitch off", "roll off"), rows)
    pairs = [(mesh, other) for picture, mesh in known if (other := reader.mesh(mirrored(picture)))]
    sums = np.abs([angles(one) + angles(two) * [1, -1, 1] for one, two in pairs])
    crossed = [(one, two, side, other) for one, two in pairs for side, other in (SIDES, SIDES[::-1])]
    eyes = [abs((one.eye_openness[a] or 0) - (two.eye_openness[b] or 0)) for one, two, a, b in crossed]
    looks = [(one.gaze[a], two.gaze[b]) for one, two, a, b in crossed]
    yaws, pitches = zip(
        *((abs(p.yaw_deg + q.yaw_deg), abs(p.pitch_deg - q.pitch_deg)) for p, q in looks if p and q),
        strict=True,
    )
    medians = [f"{np.median(v):.1f}" for v in (*sums.T, yaws, pitches)]
    print()
    table(
        ("mirrored", "yaw", "pitch", "roll", "an eye's yaw", "its pitch", "its openness"),
        [[len(pairs), *medians, f"{np.median(eyes):.3f}"]],
    )
    print(f"{reader.left_out} pictures left out: no face, or several")


def renderings(paths: list[str]) -> None:
    """Pose of faces on the canonical head, turned by known angles; beside it what five landmarks say."""
    reader, found = Reader(), {}
    for picture in pictures(paths):
        if (mesh := reader.mesh(picture)) and mesh.points_xyz and np.abs(angles(mesh)).max() < FRONTAL_DEG:
            for known in [(0, 0), *((yaw, 0) for yaw in YAWS), *((0, pitch) for pitch in PITCHES)]:
                face = reader.face(rendered(picture, np.array(mesh.points_xyz)[:, :2], *known))
                if (
                    face
                    and face.quality.pose
                    and (other := face.readings["mesh"]).to_dict()["presence"] > 0.5
                ):
                    five = face.quality.pose
                    own = angles(other)  # type: ignore[arg-type]
                    found.setdefault(known, []).append([*own[:2], five.yaw_deg, five.pitch_deg])
    rows = []
    for (yaw, pitch), told in found.items():
        means = np.mean(told, axis=0)
        rows.append([yaw, pitch, len(told), *(f"{v:.1f}" for v in means)])
    table(("yaw", "pitch", "n", "mesh: yaw", "pitch", "five landmarks: yaw", "pitch"), rows)
    off = np.array([np.abs(np.array(one).reshape(2, 2) - known) for known, of in found.items() for one in of])
    for name, own in zip(("mesh", "five landmarks"), off.transpose(1, 0, 2), strict=True):
        print(f"{name}: yaw off by {np.median(own[:, 0]):.1f}, pitch by {np.median(own[:, 1]):.1f} (medians)")


def small(paths: list[str]) -> None:
    """What becomes of a face that is made smaller, against the same in full size."""
    reader, rows = Reader(), []
    known = [(picture, face) for picture in pictures(paths) if (face := reader.face(picture))]
    for size in SIZES:
        off, missed = [], 0
        for picture, face in known:
            scale = size / face.quality.size_px
            less = cv2.resize(picture, None, fx=scale, fy=scale, interpolation=cv2.INTER_AREA)
            one, two = face.readings["mesh"], reader.mesh(np.asarray(less, np.uint8))
            if two is None or not isinstance(one, MeshReading) or one.points_xyz is None:
                missed += 1
                continue
            away = np.array(two.points_xyz)[:, :2] / scale - np.array(one.points_xyz)[:, :2]
            eyes = [abs((one.eye_openness[s] or 0) - (two.eye_openness[s] or 0)) for s in EYES]
            share = np.median(np.linalg.norm(away, axis=1)) / face.quality.size_px
            off.append([100 * share, *np.abs(angles(one) - angles(two)), np.mean(eyes)])
        rows.append(
            [size, len(off), missed, *(f"{v:.2f}" for v in np.median(off, axis=0))] if off else [size, 0]
        )
    table(("size", "meshes", "none", "points off, % of size", "yaw", "pitch", "roll", "openness"), rows)


def gaze(paths: list[str]) -> None:
    """Where people look who look into the camera or just beside it: it should be nought."""
    found = []
    for path in paths:
        own = [mesh for mesh in meshes(path) if mesh.gaze["left"] and mesh.gaze["right"] and not mesh.blink]
        both = [[[g.yaw_deg, g.pitch_deg] for g in mesh.gaze.values() if g] for mesh in own]
        if both:
            found.append(np.median(both, axis=0))
    told = np.array(found)
    rows = [
        [name, *(f"{v:.1f}" for v in (*np.mean(one, axis=0), *np.std(one, axis=0)))]
        for name, one in (("left", told[:, 0]), ("right", told[:, 1]), ("mean of both", told.mean(axis=1)))
    ]
    print(f"{len(found)} videos, the median of each")
    table(("eye", "mean yaw", "mean pitch", "spread of yaw", "spread of pitch"), rows)


def meshes(path: str) -> list[MeshReading]:
    """The meshes of a video's largest faces, before smoothing."""
    analyzer = Analyzer(["mesh"], smoothing=SmoothOptions(strength=0))
    found = []
    for frame in open_source(path):
        if faces := analyzer.image(frame.image, colour="rgb").faces:
            reading = max(faces, key=lambda face: face.quality.size_px).readings["mesh"]
            if isinstance(reading, MeshReading) and reading.points_xyz:
                found.append(reading)
    return found


def steady(paths: list[str]) -> None:
    """What smoothing does: jitter of a still face, lag behind a shake, what is left of a blink."""
    tracks = [track for path in paths if len(track := points_of(path)[0]) > FEWEST]
    rates = [points_of(path)[1] for path in paths if len(points_of(path)[0]) > FEWEST]
    ways: dict[str, Callable[[Points, Points, float], Points]] = {
        "none": lambda before, now, step: now,
        "plain, 0.05 s": lambda before, now, step: before + (1 - np.exp(-step / 0.05)) * (now - before),
        "mesh": lambda before, now, step: followed(before, now, step, Mesh.tau_s),
    }
    rows = []
    for name, way in ways.items():
        told = [_steadiness(track, 1 / rate, way) for track, rate in zip(tracks, rates, strict=True)]
        jitter, lag, dip = (np.array(one) for one in zip(*told, strict=True))
        rows.append([name, f"{np.median(jitter):.3f}", f"{np.median(lag):.1f}", f"{np.nanmean(dip):.3f}"])
    table(("smoothing", "jitter, % of the face", "behind by, ms", "blinks shallower by"), rows)
    print(f"{len(tracks)} videos")


def _steadiness(
    track: NDArray[np.float64], step_s: float, way: Callable[[Points, Points, float], Points]
) -> tuple[float, float, float]:
    """Jitter in percent of the face, lag in milliseconds, and how much a blink's least openness rises."""
    size = float(np.median(np.ptp(track[:, :, :2], axis=1).max(axis=1)))
    still = _run(track, step_s, way)
    jitter = np.linalg.norm(np.diff(still[:, STEADY, :2], 2, axis=0), axis=2)
    shaken = track.copy()
    times = np.arange(len(track)) * step_s
    shaken[:, :, 0] += (SHAKE * size * np.sin(2 * np.pi * SHAKE_HZ * times))[:, None]
    away = _run(shaken, step_s, way)[:, STEADY[0], 0] - shaken[:, STEADY[0], 0]
    speed = np.gradient(shaken[:, STEADY[0], 0], step_s)
    least = [min(map(_open, own)) for own in (track, still)]
    dip = least[1] - least[0] if least[0] < BLINK else float("nan")
    return 100 * float(np.median(jitter)) / size, -1000 * float(away @ speed / (speed @ speed)), dip


def _run(
    track: NDArray[np.float64], step_s: float, way: Callable[[Points, Points, float], Points]
) -> NDArray[np.float64]:
    """A track after blending."""
    found = [track[0]]
    for now in track[1:]:
        found.append(way(found[-1], now, step_s))
    return np.array(found)


def _open(points: Points) -> float:
    """Mean openness of both eyes."""
    front = find_head(points).seen_from_front(points)
    return float(np.mean([openness(front, eye) for eye in EYES.values()]))


@cache
def points_of(path: str) -> tuple[NDArray[np.float64], float]:
    """Points of each frame of a video (T, 478, 3), and its frames a second."""
    rate = cv2.VideoCapture(path).get(cv2.CAP_PROP_FPS)
    return np.array([mesh.points_xyz for mesh in meshes(path)]), rate


def speed(paths: list[str]) -> None:
    """Milliseconds a face on one core, the least of many: the network, and what is made of its answer."""
    (picture,) = pictures(paths[:1])
    (model,) = Analyzer(["mesh"]).models.values()
    found = load_detector("auto").detect(picture)[0]
    recogniser = Recogniser({"mesh": model})
    squares = recogniser.squares([(found.box_xyxy, found.landmarks_xy)])
    crops = recogniser.cut(picture, squares)
    values = recogniser.answers(crops, {})[0]
    placed = recogniser.placed(values, squares, 0, (picture.shape[1], picture.shape[0]))["mesh"]
    other = placed + np.float32(0.01)
    reading = model.task.reading(placed, other, model.card)
    stages: dict[str, Callable[[], object]] = {
        "crop": lambda: recogniser.cut(picture, squares),
        "network": lambda: recogniser.answers(crops, {}),
        "blending": lambda: Mesh().followed(placed, other, 0.04, 0.1),
        "reading": lambda: model.task.reading(placed, other, model.card),
        "as JSON's values": reading.to_dict,
    }
    table(("stage", "ms"), [[name, f"{least_ms(stage):.2f}"] for name, stage in stages.items()])


def least_ms(stage: Callable[[], object], times: int = 200) -> float:
    """The least of many runs: others can only take time away."""
    found = []
    for _ in range(times):
        began = time.perf_counter()
        stage()
        found.append(time.perf_counter() - began)
    return 1000 * min(found)


COMMANDS = {
    "turned": turned,
    "rendered": renderings,
    "small": small,
    "gaze": gaze,
    "steady": steady,
    "speed": speed,
}


def main() -> None:
    """Print the table that was asked for."""
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawTextHelpFormatter)
    parser.add_argument("table", choices=COMMANDS)
    parser.add_argument("paths", nargs="+")
    args = parser.parse_args()
    COMMANDS[args.table](args.paths)


if __name__ == "__main__":
    main()
