from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from mimik.data.base import Sample, Skipped, read_samples
from mimik.data.ckplus import CkPlus
from mimik.errors import DataError, SourceNotFoundError
from mimik.facs import ACTION_UNITS


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


def write_facs(root: Path, name: str, text: str) -> None:
    note = root / "FACS" / name[:4] / name[5:8] / f"{name}_facs.txt"
    note.parent.mkdir(parents=True, exist_ok=True)
    note.write_text(text)


def units(sample: Sample) -> set[str]:
    return {name for name, there in zip(ACTION_UNITS, sample.scores["au"], strict=True) if there == 1}


def test_peaks_and_first_frames(published: Path, zipped) -> None:
    for path in (published, published.parent, zipped(published, "CK+")):
        samples = list(CkPlus().read(path))
        assert [(s.key, s.group) for s in samples] == [
            ("neutral/S005_001_00000001.png", "S005"),
            ("disgust/S005_001_00000011.png", "S005"),
            ("surprise/S010_002_00000014.png", "S010"),
        ]
        assert samples[1].labels == {"emotion": "disgust", "posed": "disgust"}
        assert samples[2].load().shape == (48, 48, 3)


def test_crops(crops: Path) -> None:
    samples = list(CkPlus().read(crops))
    assert [(s.labels["emotion"], s.group) for s in samples] == [
        ("contempt", "S138"),
        ("neutral", "S010"),
        ("sad", "S115"),
    ]
    assert next(iter(CkPlus().read(crops.parent, "test"))).key == samples[0].key


def test_pictures_of_other_names_are_skipped(crops: Path, save_picture) -> None:
    save_picture(crops / "sadness" / "readme.png", 4)
    samples, skipped = read_samples(CkPlus(), crops)
    assert len(samples) == 3
    assert skipped == [Skipped("sadness/readme.png")]


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


def test_action_units(published: Path) -> None:
    write_facs(published, "S005_001_00000011", "   9.0000000e+00   0.0000000e+00\n  17 5\n\n  43 1\n")
    write_facs(published, "S010_003_00000009", "12 0")  # A sequence without an emotion.
    first, disgust, surprise, smile = CkPlus().read(published)
    assert units(first) == set()
    assert units(disgust) == {"AU09", "AU17", "AU43"}
    assert "au" not in surprise.scores
    assert units(smile) == {"AU12"}
    assert smile.labels == {}
    assert [s.subgroup["frame"] for s in (first, disgust, surprise, smile)] == ["first", *["peak"] * 3]
    assert np.isnan(first.scores["au"][list(ACTION_UNITS).index("AU43")])
    write_facs(published, "S005_001_00000011", "9 0\nAU17 0")
    with pytest.raises(DataError, match=r"facs\.txt, line 2: expected an action unit, found 'AU17 0'"):
        list(CkPlus().read(published))


def test_crops_have_the_units_of_their_sequence(published: Path, crops: Path) -> None:
    write_facs(published, "S138_008_00000009", "14 3")
    found = {sample.labels["emotion"]: sample for sample in CkPlus().read(crops)}
    assert units(found["contempt"]) == {"AU14"}
    assert units(found["neutral"]) == set()
    assert "au" not in found["sad"].scores
    assert found["sad"].placement is not None


@pytest.mark.parametrize(("inside", "named"), [("", "."), ("contempt", "..")])
def test_units_are_found_from_within(
    published: Path, crops: Path, monkeypatch: pytest.MonkeyPatch, inside: str, named: str
) -> None:
    write_facs(published, "S138_008_00000009", "14 3")
    monkeypatch.chdir(crops / inside)
    found = {sample.labels["emotion"]: sample for sample in CkPlus().read(Path(named))}
    assert units(found["contempt"]) == {"AU14"}


def test_what_a_system_leaves_beside_a_note_is_none(published: Path) -> None:
    (note,) = (published / "Emotion/S005/001").iterdir()
    note.with_name(f"._{note.name}").write_bytes(b"\0\5\x16")
    assert len(list(CkPlus().read(published))) > 1


def test_the_compact_archive(tmp_path: Path, save_picture, zipped) -> None:
    root = tmp_path / "ckplus"
    rows = ["file,subject,sequence,frame,emotion,au_source,AU01,AU12"]
    for file, emotion, cells in (
        ("peak/S010_002_00000014.png", "happy", "0,1"),
        ("apex48/S010_002_00000013.png", "happy", "0,1"),
        ("neutral48/S010_002_00000001.png", "neutral", "0,0"),
    ):
        save_picture(root / file, 1)
        rows.append(f"{file},S010,002,1,{emotion},x,{cells}")
    (root / "labels.csv").write_text("\n".join(rows))
    for path in (root, zipped(root, "ckplus")):
        samples = list(CkPlus().read(path))
        assert [s.subgroup["frame"] for s in samples] == ["peak", "apex", "first"]
        assert [units(s) for s in samples] == [{"AU12"}, {"AU12"}, set()]
        assert [s.scene for s in samples] == [True, False, False]
        assert samples[0].load().shape == (48, 48, 3)
    (root / "labels.csv").write_text("\n".join([*rows, "peak/x.png,S010,002,1,bored,x,0,0"]))
    with pytest.raises(DataError, match="line 5: 'bored' is no emotion"):
        list(CkPlus().read(root))
    (root / "labels.csv").write_text("\n".join([*rows[:3], "peak/x.png,S010,002,1,happy,x,yes,0"]))
    with pytest.raises(DataError, match="line 4: an action unit is 0 or 1"):
        list(CkPlus().read(root))
