from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from faces import gap, rest, seen
from mimik.mesh.eyes import EYES, openness
from mimik.mesh.follow import followed
from mimik.mesh.head import find_head

STEP_S, TAU_S = 1 / 30, 0.1


def run(track: list[NDArray[np.float64]], step_s: float = STEP_S) -> list[NDArray[np.float64]]:
    found = [track[0]]
    for now in track[1:]:
        found.append(followed(found[-1], now, step_s, TAU_S))
    return found


def test_a_still_face_trembles_less() -> None:
    rng = np.random.default_rng(0)
    track = [seen(rest()) + rng.normal(0, 0.3, (478, 3)) for _ in range(60)]
    raw, blended = (np.diff(np.array(one)[10:, :, :2], axis=0).std() for one in (track, run(track)))
    assert blended < 0.4 * raw


def test_a_face_that_moves_as_a_whole_is_not_dragged_behind() -> None:
    track = [seen(rest(), roll_deg=k, at=(100 + 8 * k, 240)) for k in range(30)]
    behind = track[-1][:, 0].mean() - run(track)[-1][:, 0].mean()
    assert 0 <= behind < 2  # Of 8 pixels a frame; plain blending would be 24 behind.


def test_a_blink_of_three_frames_is_not_missed() -> None:
    open_face, shut_face = rest(), rest()
    for side in EYES:
        gap(open_face, side, 0.3)
        gap(shut_face, side, 0.04)
    track = [seen(one) for one in [open_face] * 10 + [shut_face] * 3 + [open_face] * 5]
    least = min(
        openness(find_head(p).seen_from_front(p), eye) for p in run(track) for eye in EYES.values()
    )  # fmt: skip
    assert least < 0.2


def test_what_doesnt_change_stays() -> None:
    points = seen(rest(), 10, 5)
    assert np.allclose(followed(points, points, STEP_S, TAU_S), points)


def test_a_long_step_takes_what_is_new() -> None:
    before, now = seen(rest()), seen(rest(), 20, at=(400.0, 300.0))
    assert np.abs(followed(before, now, 5.0, TAU_S) - now).max() < 2
