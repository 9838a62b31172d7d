from __future__ import annotations

from pathlib import Path

import pytest

from mimik.data.ckplus import CkPlus
from mimik.errors import DataError, SourceNotFoundError


@pytest.fixture
def published(tmp_path: Path, save_picture) -> Path:
    root = tmp_path / "CK+"
    frames = root / "cohn-kanade-images"
    for name in ("S005/001/S005_001_00000001.png", "S005/001/S005_001_00000011.png"):
        save_picture(frames / name, 1)
    save_picture(frames / "S010/002/S010_002_00000014.png", 2)
    save_picture(frames / "S010/003/S010_003_00000009.png", 3)  # A sequence without an emotion.
    for name, code in (("S005/001/S005_001_00000011", "3.0"), ("S010/002/S010_002_00000014", "7")):
        note = root / "Emotion" / f"{name}_emotion.txt"
        note.parent.mkdir(parents=True)
        note.write_text(f"   {code}000000e+00\n" if "." in code else code)
    return root


@pytest.fixture
def crops(tmp_path: Path, save_picture) -> Path:
    root = tmp_path / "CK+48"
    for name in ("contempt/S138_008_00000007", "neutral/S010_002_00000001", "sadness/S115_004_00000015"):
        save_picture(root / f"{name}.png", 4)
    return root


def test_peaks_and_first_frames(published: Path, zipped) -> None:
    for path in (published, published.parent, zipped(published, "CK+")):
        samples = list(CkPlus().read(path))
        assert [(s.key, s.group) for s in samples] == [
            ("neutral/S005_001_00000001.png", "S005"),
            ("disgust/S005_001_00000011.png", "S005"),
            ("surprise/S010_002_00000014.png", "S010"),
        ]
        assert samples[1].labels == {"emotion": "disgust"}
        assert samples[2].load().shape == (48, 48, 3)


def test_crops(crops: Path) -> None:
    samples = list(CkPlus().read(crops))
    assert [(s.labels["emotion"], s.group) for s in samples] == [
        ("contempt", "S138"),
        ("neutral", "S010"),
        ("sad", "S115"),
    ]
    assert next(iter(CkPlus().read(crops.parent, "test"))).key == samples[0].key


def test_other_folders_of_emotions_are_not_taken_for_it(crops: Path) -> None:
    next((crops / "contempt").iterdir()).rename(crops / "contempt" / "00001.png")
    assert not CkPlus().fits(crops)


@pytest.mark.parametrize("text", ["8", "-1", "happy", "", "nan", "2.5"])
def test_a_damaged_note_is_named(published: Path, text: str) -> None:
    (published / "Emotion/S010/002/S010_002_00000014_emotion.txt").write_text(text)
    with pytest.raises(DataError, match=r"S010_002_00000014_emotion\.txt: expected an emotion"):
        list(CkPlus().read(published))


def test_stray_files_are_passed_over(published: Path) -> None:
    for name in ("Emotion/.DS_Store", "Emotion/S005/notes.txt", "cohn-kanade-images/x.txt"):
        (published / name).touch()
    assert len(list(CkPlus().read(published))) == 3


def test_a_missing_peak_is_named(published: Path) -> None:
    (published / "cohn-kanade-images/S010/002/S010_002_00000014.png").unlink()
    with pytest.raises(SourceNotFoundError, match="S010_002_00000014"):
        list(CkPlus().read(published))[-1].load()
