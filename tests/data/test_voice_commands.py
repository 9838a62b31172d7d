"""What is counted, divided and audited of sounds."""

from __future__ import annotations

from pathlib import Path

import pytest

from mimik.cli.main import main
from mimik.data.audit.audit import audit_sets
from mimik.data.audit.page import audit_page
from mimik.data.base import load_reader
from mimik.data.info import describe_set
from mimik.data.split_file import read_divided, read_split_file
from mimik.errors import DataError


@pytest.fixture
def spoken(tmp_path: Path, save_sound) -> Path:
    """Four actors of RAVDESS, each in two emotions; one clip comes twice, one is silent, one is damaged."""
    root = tmp_path / "RAVDESS"
    for actor in (1, 2, 3, 4):
        for code, pitch in (("04", 100), ("05", 200)):
            name = f"03-01-{code}-01-01-01-{actor:02d}.wav"
            save_sound(root / f"Actor_{actor:02d}" / name, pitch_hz=pitch + 7 * actor)
    save_sound(root / "Actor_01/03-01-05-01-02-01-01.wav", pitch_hz=107)
    save_sound(root / "Actor_02/03-01-05-01-02-01-02.wav", size=0.0)
    (root / "Actor_03/03-01-05-01-02-01-03.wav").write_bytes(b"no sound")
    return root


def test_sounds_are_counted(spoken: Path, capsys: pytest.CaptureFixture[str]) -> None:
    found = describe_set(spoken)
    assert (found["n"], found["holds"], found["pictures"]) == (11, "clips", None)
    assert found["sounds"]["seconds"] == {"total": 5.0, "least": 0.5, "median": 0.5, "most": 0.5}
    assert found["sounds"]["silent"] == ["Actor_02/03-01-05-01-02-01-02.wav"]
    assert [item["key"] for item in found["sounds"]["undecodable"]] == ["Actor_03/03-01-05-01-02-01-03.wav"]
    assert describe_set(spoken, decode=False)["sounds"] is None
    assert main(["data", "info", str(spoken)]) == 0
    told = capsys.readouterr().out
    for line in ("11 clips", "length: 0.1 minutes in all; 0.5 to 0.5 s", "silent: 1", "can't be decoded: 1"):
        assert line in told
    assert main(["data", "info", str(spoken), "--quick"]) == 0
    assert "nor whether the clips can be decoded" in capsys.readouterr().out


def test_one_fold_a_person(spoken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    file = tmp_path / "splits.csv"
    assert (
        main(["data", "split", str(spoken), "--reader", "ravdess", "--leave-one-out", "-o", str(file)]) == 0
    )
    assert "11 clips in 4 groups" in capsys.readouterr().out
    folds = {key[:8]: part.fold for key, part in read_split_file(file).items()}
    assert sorted(folds.values()) == [0, 1, 2, 3]
    samples, _ = read_divided(load_reader("ravdess"), spoken, "fold2", file)
    assert {sample.group for sample in samples} == {"RAVDESS 03"}
    assert main(["data", "split", str(spoken), "--shares", "train=0.5,test=0.5", "-o", str(file)]) == 0
    sides = {(key[:8], part.split) for key, part in read_split_file(file).items()}
    assert len(sides) == 4


def test_a_split_file_that_parts_a_person_is_refused(spoken: Path, tmp_path: Path) -> None:
    file = tmp_path / "splits.csv"
    file.write_text(
        "key,split\nActor_01/03-01-04-01-01-01-01.wav,train\nActor_01/03-01-05-01-01-01-01.wav,test\n"
    )
    with pytest.raises(DataError, match=r"RAVDESS 01 is heard in several splits \(test, train\)"):
        read_divided(load_reader("ravdess"), spoken, "train", file)
    file.write_text(
        "key,split,fold\nActor_01/03-01-04-01-01-01-01.wav,train,0\nActor_01/03-01-05-01-01-01-01.wav,train,1\n"
    )
    with pytest.raises(
        DataError, match=r"RAVDESS 01 is heard in several splits \(train, fold0, train, fold1\)"
    ):
        read_divided(load_reader("ravdess"), spoken, "fold0", file)


def test_voices_of_nobody_in_particular_are_not_divided(
    tmp_path: Path, save_sound, capsys: pytest.CaptureFixture[str]
) -> None:
    for name in "ab":
        save_sound(tmp_path / f"{name}.wav")
    (tmp_path / "m.csv").write_text("path,voice\na.wav,happy\nb.wav,sad\n")
    assert main(["data", "split", str(tmp_path / "m.csv"), "-o", str(tmp_path / "s.csv")]) != 0
    assert "it isn't known who speaks in 2 clips (a.wav, b.wav)" in capsys.readouterr().err


def test_sounds_are_audited(spoken: Path) -> None:
    found = audit_sets([spoken], [None])
    report = found.to_dict()
    assert "near_copies" not in report["counts"] and "blank" not in report["counts"]
    assert report["counts"]["exact_copies"] == report["counts"]["conflicts"] == 1
    assert report["counts"]["both_sides"] == report["counts"]["empty_classes"] == 0
    assert [one["key"] for one in report["findings"]["silent"]["pictures"]] == [
        "Actor_02/03-01-05-01-02-01-02.wav"
    ]
    assert report["leave_out"]["reasons"] == {
        "equal pictures, other labels": 2,
        "silent": 1,
        "undecodable": 1,
    }
    assert "11 clips" in audit_page(found)


def test_sounds_are_not_drawn(spoken: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["data", "sheet", str(spoken), "-o", str(tmp_path / "s.png")]) != 0
    assert "holds clips of sound, and a sheet draws pictures" in capsys.readouterr().err
