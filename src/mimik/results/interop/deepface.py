"""deepface.analyze: a list of dicts a picture, or a list of those for several."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mimik.results.interop.account import Account, Room, Written
from mimik.results.interop.base import (
    SOURCES,
    FrameDict,
    all_finite,
    box_xywh,
    check_suffix,
    class_dict,
    face_dict,
    face_lists,
    frame_dict,
    in_form,
    in_sources,
    not_in_form,
    numbered,
    read_json,
    write_lists,
)
from mimik.results.interop.unread import Unread

GENDERS = {"female": "Woman", "male": "Man"}
EYES = ("left_eye", "right_eye")
_NAMED = ("emotion", "dominant_emotion", "gender", "dominant_gender", "age")
_READ = frozenset((*SOURCES, "region", *"xywh", "face_confidence", *_NAMED))
ROOM = Room(
    tool="deepface",
    frame=(),
    face=("box_xyxy", "landmarks_xy", "score"),
    tasks={"emotion": {"probabilities": None}, "gender": {"probabilities": None}, "age": {"years": None}},
    columns=("face_confidence", *EYES, "emotion", "gender", "age"),
    groups={"the eyes, from landmarks": EYES},
    partly={"landmarks_xy": "nose and corners of the mouth"},
    from_landmarks=EYES,
)


class DeepFace:
    """JSON of what deepface.analyze returns: percent, whole years, boxes as x, y, w, h.

    deepface has no place for source, frame number, time, track id, quality, the age interval, values
    before smoothing, and "uncertain": its dominant label is always the most probable one. Its
    left_eye is the person's own left, as mimik's.
    """

    suffixes = (".json",)

    def write(self, frames: Iterable[FrameDict], path: Path) -> Written:
        """See Form.write."""
        check_suffix(path, self.suffixes, "deepface")
        account = Account(ROOM)

        def faces(frame: FrameDict) -> list[dict[str, Any]]:
            return [to_deepface(face) for face in frame["faces"]]

        write_lists(in_form(frames, "deepface", faces, account), path)
        return account.written()

    def read(self, path: Path) -> Iterator[dict[str, Any]]:
        """See Form.read."""
        unread = Unread(path, _READ)
        for source, index, faces in numbered(in_sources(face_lists(read_json(path), path), path)):
            try:
                read = [from_deepface(face) for face in faces]
                for face in faces:
                    unread.note(face)
                    unread.note(face["region"])
            except (KeyError, TypeError, ValueError, AttributeError) as error:
                raise not_in_form(path, source, f"picture {index}", "deepface", error) from error
            yield frame_dict(source, index, read, None)
        unread.tell()


def to_deepface(face: Mapping[str, Any]) -> dict[str, Any]:
    """One face of a frame, as a dict of deepface.analyze's; tasks that weren't asked for are absent.

    Raises:
        DataError: It has no box.
    """
    peer: dict[str, Any] = {"region": _region(face), "face_confidence": face["score"]}
    if shares := face.get("emotion", {}).get("probabilities"):
        peer |= _shares("emotion", "dominant_emotion", shares)
    if shares := face.get("gender", {}).get("probabilities"):
        peer |= _shares("gender", "dominant_gender", {GENDERS.get(k, k): p for k, p in shares.items()})
    if (years := face.get("age", {}).get("years")) is not None:
        peer["age"] = round(years)
    return peer


def _region(face: Mapping[str, Any]) -> dict[str, Any]:
    points = face.get("landmarks_xy") or (None, None)
    right_eye, left_eye = ([round(v) for v in point] if point else None for point in points[:2])
    return {
        **dict(zip("xywh", box_xywh(face), strict=True)),
        "left_eye": left_eye,
        "right_eye": right_eye,
    }


def _shares(name: str, dominant: str, probabilities: Mapping[str, float]) -> dict[str, Any]:
    best = max(probabilities, key=probabilities.__getitem__)
    return {name: {k: round(100 * p, 4) for k, p in probabilities.items()}, dominant: best}


def from_deepface(peer: Mapping[str, Any]) -> dict[str, Any]:
    """A dict of deepface.analyze's, as one face of a frame; only two of five landmarks are left out.

    Raises:
        KeyError, TypeError, ValueError: It isn't in deepface's form.
    """
    region = peer["region"]
    score = peer.get("face_confidence")
    known = None if score is None or not all_finite([score]) else float(score)
    face = face_dict((region[k] for k in "xywh"), known)
    if "emotion" in peer and all_finite(peer["emotion"].values()):
        face["emotion"] = class_dict(_probabilities(peer["emotion"]), peer.get("dominant_emotion"))
    if "gender" in peer and all_finite(peer["gender"].values()):
        face["gender"] = _gender(peer)
    if "age" in peer and all_finite([peer["age"]]):
        face["age"] = {"years": float(peer["age"]), "low": None, "high": None, "group": None, "raw": None}
    return face


def _gender(peer: Mapping[str, Any]) -> dict[str, Any]:
    names = {theirs: ours for ours, theirs in GENDERS.items()}
    shares = {names.get(k, k): p for k, p in _probabilities(peer["gender"]).items()}
    dominant = peer.get("dominant_gender")
    return class_dict(shares, None if dominant is None else names.get(dominant, dominant))


def _probabilities(percent: Mapping[str, Any]) -> dict[str, float]:
    return {name: round(float(value) / 100, 6) for name, value in percent.items()}
