"""The real sets: their counts, and the traps that are known of them."""

from __future__ import annotations

import hashlib
from collections import Counter, defaultdict
from pathlib import Path

import cv2
import numpy as np
import pytest

from mimik.data.audit.audit import audit_sets
from mimik.data.base import Sample, load_reader, read_samples
from mimik.data.guess import guess_reader
from mimik.data.labels import EMOTIONS
from mimik.data.same_photo import near_duplicates

pytestmark = pytest.mark.data

BLANK = [6458, 7629, 10423, 11286, 13148, 13402, 13988, 15894, 22198, 22927, 28601, 30002]


@pytest.fixture(scope="module")
def fer(data_root: Path) -> list[Sample]:
    return [s for s in load_reader("fer2013").read(data_root) if s.split != "private"]


def test_fer2013_counts(fer: list[Sample]) -> None:
    assert Counter(s.split for s in fer) == {"train": 28_709, "public": 3_589}
    train = Counter(s.labels["emotion"] for s in fer if s.split == "train")
    assert [train[name] for name in EMOTIONS] == [3995, 436, 4097, 7215, 4830, 3171, 4965]


def test_fer2013_blank_and_twin_rows(fer: list[Sample]) -> None:
    rows = defaultdict(list)
    blank = []
    for sample in fer:
        image = sample.load()
        if not image.any():
            blank.append(int(sample.key))
        rows[hashlib.sha256(image.tobytes()).digest()].append(sample)
    assert blank == BLANK
    train = [[s for s in same if s.split == "train"] for same in rows.values()]
    public = [[s for s in same if s.split == "public"] for same in rows.values()]
    assert sum(len(same) - 1 for same in train if same) == 1236
    assert sum(len(same) - 1 for same in public if same) == 26
    assert sum(len(b) for a, b in zip(train, public, strict=True) if a) == 280


def test_an_audit_finds_what_is_known_of_fer2013(data_root: Path) -> None:
    found = audit_sets([data_root], ["fer2013"], "all").to_dict()["findings"]
    exact = found["exact_copies"]
    assert (exact["within"]["train"], exact["within"]["public"]) == (1236, 26)
    assert exact["across"]["public"]["train"] == 280
    public = [{p["split"] for p in group} >= {"train", "public"} for group in found["conflicts"]["groups"]]
    assert sum(public) == 13
    assert [int(p["key"]) for p in found["blank"]["pictures"] if p["split"] != "private"] == BLANK
    assert {"2171", "29447"} <= {p["key"] for p in found["nearly_blank"]["pictures"]}
    assert any(name.startswith("emotion disgust in train: 436") for name in found["small_classes"]["names"])


def test_ferplus_agrees_with_fer2013_as_often_as_published(fer: list[Sample], data_root: Path) -> None:
    agreeing = Counter()
    counted = Counter()
    own = {s.key: s.labels["emotion"] for s in fer}
    for sample in read_samples(load_reader("ferplus"), data_root)[0]:
        if sample.votes["emotion"].max() > 5 and sample.key in own:
            counted[sample.split] += 1
            agreeing[sample.split] += sample.labels["emotion"] == own[sample.key]
    assert agreeing["train"] / counted["train"] == pytest.approx(0.717, abs=0.004)
    assert agreeing["public"] / counted["public"] == pytest.approx(0.695, abs=0.004)


def test_utkface_split_tears_no_duplicates_apart(data_root: Path) -> None:
    samples, skipped = read_samples(load_reader("utkface"), data_root)
    assert len(samples) + len(skipped) >= 20_374
    sides = defaultdict(set)
    for sample in samples:
        sides[sample.group].add(sample.split)
    assert all(len(found) == 1 for found in sides.values())
    share = Counter(s.split for s in samples)
    assert share["train"] / len(samples) == pytest.approx(0.8, abs=0.01)
    # A tenth of the set against itself is quick; the whole takes minutes (benchmarks/utkface_groups.py).
    part = [s for s in samples if s.key.startswith(("3_", "26_", "60_"))]
    grey = [np.asarray(cv2.cvtColor(s.load(), cv2.COLOR_RGB2GRAY), np.uint8) for s in part]
    for a, b in near_duplicates(grey, coarse=0.7, fine=0.85):
        assert part[a].split == part[b].split, (part[a].key, part[b].key)


def test_fairface_counts(data_root: Path) -> None:
    samples = list(load_reader("fairface").read(data_root))
    counts = Counter(s.split for s in samples)
    assert counts["train"] >= 22_000
    assert counts["val"] >= 2_500
    assert len({s.subgroup["ethnicity"] for s in samples}) == 7
    assert len({s.labels["age_group"] for s in samples}) == 9
    assert samples[0].load().ndim == 3


def test_ckplus_counts(data_root: Path) -> None:
    peaks = list(load_reader("ckplus").read(data_root / "CK+"))
    assert Counter(s.labels["emotion"] for s in peaks) == {
        "surprise": 72, "happy": 62, "disgust": 49, "angry": 37, "sad": 22, "fear": 20, "contempt": 17,
    }  # fmt: skip
    crops = read_samples(load_reader("ckplus"), data_root / "CK+48")[0]
    assert len(crops) == 837 + 498
    assert len({s.group for s in crops}) == 108


VOICES = {
    "ravdess": ("RAVDESS", 1140, 19, {"fold0": 300, "fold1": 300, "fold3": 300, "fold4": 240}),
    "nemo": ("nEMO", 3403, 7, {"fold0": 1080, "fold1": 1078, "fold2": 450, "fold3": 539, "fold4": 256}),
    "emodb": ("EMO-DB", 418, 8, {"fold0": 107, "fold1": 81, "fold2": 55, "fold3": 104, "fold4": 71}),
    "emospeech": (
        "EmoSpeech",
        1665,
        84,
        {"fold0": 593, "fold1": 248, "fold2": 339, "fold3": 222, "fold4": 263},
    ),
}


@pytest.mark.parametrize("reader", VOICES)
def test_sets_of_voices(data_root: Path, reader: str) -> None:
    folder, clips, people, folds = VOICES[reader]
    if not (data_root / folder).is_dir():
        pytest.skip(f"no {folder}")
    samples, skipped = read_samples(load_reader(reader), data_root)
    assert (len(samples), skipped, Counter(sample.split for sample in samples)) == (clips, [], folds)
    assert len({sample.group for sample in samples}) == people
    assert len({(sample.group, sample.split) for sample in samples}) == people
    assert guess_reader(data_root / folder) == reader
    assert samples[0].hear is not None and len(samples[0].hear()) > 16_000


def test_an_audit_finds_what_is_known_of_voices(data_root: Path) -> None:
    for name in ("RAVDESS", "EmoSpeech"):
        if not (data_root / name).is_dir():
            pytest.skip(f"no {name}")
    (twins,) = audit_sets([data_root / "RAVDESS"], ["ravdess"]).to_dict()["findings"]["exact_copies"][
        "groups"
    ]
    assert [one["key"][9:] for one in twins] == ["03-01-03-01-02-01-07.wav", "03-01-03-01-02-02-07.wav"]
    found = audit_sets([data_root / "EmoSpeech"], ["emospeech"]).to_dict()
    assert (found["counts"]["conflicts"], found["counts"]["silent"]) == (2, 1)
