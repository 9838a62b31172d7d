"""Sessions and a study put into a server, so that screens have something to show."""

from __future__ import annotations

import json
import math
import urllib.error
import urllib.request
from typing import Any

from harness import PATIENCE_S, Server

GENDER = {"female": 0.5939, "male": 0.4061}
AGE = {"years": 29.67, "low": 21.89, "high": 38.09}
FACE: dict[str, Any] = {
    "id": 0,
    "box_xyxy": [181.5, 65.9, 267.3, 178.8],
    "landmarks_xy": [[203.4, 107.4], [244.6, 107.3], [222.5, 128.5], [205.5, 144.4], [242.7, 145.8]],
    "score": 0.9365,
    "quality": {
        "size_px": 98.5,
        "sharpness": 0.801,
        "brightness": 0.618,
        "pose": {"yaw_deg": -5.2, "pitch_deg": -2.2, "roll_deg": 0.9},
        "reliable": True,
        "reason": None,
    },
    "gender": {"label": "uncertain", "probabilities": GENDER, "raw": GENDER},
    "age": {**AGE, "group": "20-29", "raw": AGE},
}
"""The shape of what mimik reads from its example portrait; emotion and units are added."""

FPS = 5
VOICES = ("angry", "disgust", "fear", "happy", "sad", "surprise", "neutral", "calm", "bored")


def ask(server: Server, method: str, path: str, body: Any = None) -> Any:
    """JSON in, JSON out."""
    text = _text(server, method, path, body)
    return json.loads(text) if text else None


def lines(server: Server, path: str) -> list[Any]:
    """JSON lines out."""
    return [json.loads(line) for line in _text(server, "GET", path).splitlines() if line]


def _text(server: Server, method: str, path: str, body: Any = None) -> str:
    data = None if body is None else json.dumps(body).encode()
    request = urllib.request.Request(server.address + path, data, method=method, headers=server.headers)
    request.add_header("Content-Type", "application/json")
    opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))
    try:
        with opener.open(request, timeout=PATIENCE_S) as answer:
            return str(answer.read().decode())
    except urllib.error.HTTPError as refused:
        raise AssertionError(f"{method} {path}: {refused.code} {refused.read().decode()[:500]}") from refused


def frames(smile: float, start_s: float = 3.0, length_s: float = 12.0) -> list[dict[str, Any]]:
    """A face that smiles so much from a time on, then less and less."""
    return [_frame(index, index / FPS, smile, start_s) for index in range(int(length_s * FPS))]


def _frame(index: int, time_s: float, smile: float, start_s: float) -> dict[str, Any]:
    since = time_s - start_s
    rise = 0.0 if since < 0 else smile * (1 - math.exp(-3 * since)) * math.exp(-since / 9)
    surprise = 0.35 * smile * math.exp(-((time_s - start_s) ** 2) / 0.5)
    happy = 0.03 + 0.9 * rise
    rest = max(0.0, 1 - happy - surprise)
    shares = {"happy": happy, "surprise": surprise, "neutral": 0.8 * rest, "sad": 0.1 * rest}
    shares |= {"fear": 0.03 * rest, "angry": 0.05 * rest, "disgust": 0.02 * rest}
    shares = {name: round(share, 4) for name, share in shares.items()}
    units = {"AU01": surprise, "AU04": 0.05, "AU06": 0.8 * rise, "AU12": 0.95 * rise, "AU25": 0.7 * rise}
    units = {name: round(share, 4) for name, share in units.items()}
    best = max(shares, key=shares.__getitem__)
    label = best if shares[best] > 0.4 else "uncertain"
    active = [name for name, share in units.items() if share > 0.5]
    au = {"active": active, "probabilities": units, "raw": units}
    face = {
        **FACE,
        "emotion": {"label": label, "probabilities": shares, "raw": shares},
        "au": {**au, "reliable": True, "reason": None},
    }
    size = {"width": 512, "height": 512, "detector": "yunet"}
    return {"source": "camera", "frame": index, "time_s": round(time_s, 3), **size, "faces": [face]}


def spans() -> list[dict[str, Any]]:
    """Four utterances: calm, happy, one that is too short and uncertain, angry."""
    said = [
        (0.4, 2.1, "calm", 0.55),
        (3.2, 5.6, "happy", 0.71),
        (6.9, 7.3, "sad", 0.31),
        (8.2, 10.8, "angry", 0.64),
    ]
    return [_span(number, *one) for number, one in enumerate(said)]


def _span(number: int, start_s: float, end_s: float, best: str, share: float) -> dict[str, Any]:
    rest = round((1 - share) / (len(VOICES) - 1), 4)
    shares = {name: share if name == best else rest for name in VOICES}
    reason = "too short" if end_s - start_s < 0.5 else None
    quality = {"speech": 0.93, "level_db": -27.4, "reliable": reason is None, "reason": reason}
    label = best if share > 0.4 else "uncertain"
    voice = {"label": label, "probabilities": shares, "raw": shares}
    times = {"start_s": start_s, "end_s": end_s}
    return {"type": "span", "source": "camera", "span": number, **times, "quality": quality, "voice": voice}


def session(
    server: Server, name: str, smile: float, marked: bool = True, spoken: bool = False, **values: Any
) -> Any:
    """A session with its frames and, if marked, two markers, if spoken, utterances; its id."""
    made = ask(server, "POST", "/v1/sessions", {"name": name, "source": "camera", **values})["id"]
    ask(server, "POST", f"/v1/sessions/{made}/frames", frames(smile))
    if spoken:
        ask(server, "POST", f"/v1/sessions/{made}/spans", spans())
    for marker in (
        {"time_s": 3.0, "end_s": 6.0, "label": "joke", "note": "The punch line"},
        {"time_s": 9.0, "end_s": None, "label": "M", "note": ""},
    ):
        if marked:
            ask(server, "POST", f"/v1/sessions/{made}/markers", marker)
    return made


def study(server: Server, marked: bool = True) -> Any:
    """A study of two groups of three, each with a session, marked or not; its id."""
    body = {"name": "Two jokes", "note": "The same film, told warmly or flatly.", "groups": ["warm", "flat"]}
    made = ask(server, "POST", "/v1/studies", body)["id"]
    for number, (group, smile) in enumerate(
        [("warm", 0.95), ("warm", 0.8), ("warm", 0.6), ("flat", 0.3), ("flat", 0.15), ("flat", 0.45)], 1
    ):
        person = {"code": f"P{number:02}", "group": group, "note": ""}
        kept = ask(server, "POST", f"/v1/studies/{made}/people", person)["id"]
        session(server, f"Two jokes: P{number:02}", smile, marked, study_id=made, person_id=kept)
    return made
