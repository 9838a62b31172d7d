"""What mesh.base says of CK+'s faces, and what is taken of it: blendshapes, and distances in the face."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from ckplus_faces import Pictures, face_batches
from mimik.mesh.blendshapes import BLENDSHAPES
from mimik.mesh.head import find_head
from mimik.models.card import file_sha256, read_card
from mimik.models.session import Session
from mimik.models.store import PACKAGED
from mimik.storage.whole import whole_file

FILE, KEPT = PACKAGED / "mesh.base.onnx", Path("runs/ckplus_mesh.npz")
POINTS = 478 * 3
"""x, y and z of each point come first, then presence, then the blendshapes."""
EYES = (33, 133, 362, 263)
GAPS = {"lips": (13, 14), "mouth": (61, 291), "brows": (55, 285), "nose": (129, 358)}
"""Distances between two points."""
DROPS = {
    "inner brows": (EYES, (107, 336, 55, 285)),
    "outer brows": (EYES, (70, 300, 46, 276)),
    "upper lids": (EYES, (159, 386, 158, 385)),
    "lower lids": (EYES, (145, 374, 153, 380)),
    "cheeks": (EYES, (50, 280, 101, 330)),
    "wings of the nose": ((133, 362), (129, 358)),
    "corners of the mouth": (EYES, (61, 291)),
    "corners below the lips": ((13, 14), (61, 291)),
    "upper lip, middle": ((2,), (0,)),
    "upper lip, sides": ((2,), (37, 267, 39, 269)),
    "upper lip, height": ((0,), (13,)),
    "lower lip, edge": ((2,), (17,)),
    "lower lip, sides": ((2,), (84, 314, 181, 405)),
    "lower lip, height": ((14,), (17,)),
    "chin below the lips": ((17,), (152,)),
    "chin below the nose": ((2,), (152,)),
}
"""How far points lie below others, as the head is held straight."""


def outputs_of(pictures: Mapping[str, Pictures]) -> dict[str, NDArray[np.float64]]:
    """All that the network says, (N, 1435 + blendshapes), by name; kept in runs/ckplus_mesh.npz."""
    keys = {name: [sample.key for sample in some.samples] for name, some in pictures.items()}
    if not KEPT.exists():
        arrays: dict[str, NDArray[np.generic]] = {"network": np.array(file_sha256(FILE))}
        for name, some in pictures.items():
            arrays |= {f"{name} keys": np.array(keys[name]), name: np.concatenate(list(_said(some)))}
        KEPT.parent.mkdir(exist_ok=True)
        with whole_file(KEPT) as part, part.open("wb") as stream:
            np.savez_compressed(stream, **arrays)
    with np.load(KEPT) as held:
        same = all(held.get(f"{name} keys", np.array([])).tolist() == keys[name] for name in pictures)
        if str(held["network"]) != file_sha256(FILE) or not same:
            raise SystemExit(f"{KEPT}: made of other pictures, or by another network; delete it, and go on")
        return {name: held[name].astype(np.float64) for name in pictures}


def _said(pictures: Pictures) -> Iterator[NDArray[np.float32]]:
    card, session = read_card(FILE.with_suffix(".json")), Session(FILE, "cpu")
    for batch in face_batches(pictures, card.crop, card.mean, card.std):
        yield session.run(batch)[0]


def features_of(outputs: NDArray[np.float64]) -> dict[str, NDArray[np.float64]]:
    """Blendshapes, the mean of both sides, and distances in millimetres of an average head, each (N,)."""
    shapes = dict(zip(BLENDSHAPES, outputs[:, POINTS + 1 :].T, strict=True))
    names = dict.fromkeys(name.removesuffix("Left").removesuffix("Right") for name in shapes)
    both = {n: [shapes[one] for one in (n, f"{n}Left", f"{n}Right") if one in shapes] for n in names}
    points = [row[:POINTS].reshape(-1, 3) for row in outputs]
    heads = np.stack([find_head(own).seen_from_front(own) for own in points])
    gaps = {name: np.linalg.norm(heads[:, a] - heads[:, b], axis=1) for name, (a, b) in GAPS.items()}
    down = heads[..., 1]
    drops = {
        name: down[:, below].mean(axis=1) - down[:, above].mean(axis=1)
        for name, (above, below) in DROPS.items()
    }
    return {name: np.mean(parts, axis=0) for name, parts in both.items()} | gaps | drops
