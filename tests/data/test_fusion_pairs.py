"""Clips with a face and a voice, as benchmarks/fusion.py finds them: what lacks a side is named."""

from __future__ import annotations

from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from mimik.errors import DataError, ModelError
from voiced import speech, write_wav

UNITS = ("AU06_r", "AU12_r")


@pytest.fixture
def reader(monkeypatch: pytest.MonkeyPatch) -> ModuleType:
    monkeypatch.syspath_prepend(str(Path(__file__).parents[2] / "benchmarks"))
    import fusion_pairs

    return fusion_pairs


def row(code: int, actor: int, emotion: str, units: str = "0.5,1.5") -> str:
    return f"03-01-{code:02d}-01-01-01-{actor:02d},{actor},{emotion},{units}"


def make(folder: Path, rows: list[str], heard: list[tuple[int, int]], head: str = "AU06_r,AU12_r") -> Path:
    table = folder / "RAVDESS" / "face" / "clips.csv"
    table.parent.mkdir(parents=True)
    table.write_text("\n".join([f"voice,actor,emotion,{head}", *rows]) + "\n")
    for code, actor in heard:
        place = folder / "RAVDESS" / f"Actor_{actor:02d}"
        place.mkdir(exist_ok=True)
        write_wav(place / f"03-01-{code:02d}-01-01-01-{actor:02d}.wav", speech(0.3))
    return folder


def test_pairs_are_joined_and_the_rest_is_named(reader: ModuleType, tmp_path: Path) -> None:
    rows = [
        row(3, 10, "happy"),
        row(4, 10, "sad"),
        row(3, 10, "happy"),
        row(5, 10, "angry", "x,1"),
        row(6, 11, "fearful"),
        row(8, 10, "happy"),
    ]
    data = make(tmp_path, rows, [(3, 10), (4, 10), (8, 10), (2, 12)])
    pairs = reader.read_pairs(data, UNITS)
    reader.one_sided(pairs)
    assert pairs.clips() == ["03-01-03-01-01-01-10", "03-01-04-01-01-01-10"]
    assert pairs.faces["03-01-03-01-01-01-10"] == reader.Face("RAVDESS 10", "happy", (0.5, 1.5))
    assert pairs.left_out == {
        reader.TWICE: ["03-01-03-01-01-01-10"],
        reader.BAD: ["line 5"],
        reader.OTHERWISE: ["03-01-08-01-01-01-10"],
        reader.NO_SOUND: ["03-01-06-01-01-01-11"],
        reader.NO_FACE: ["03-01-02-01-01-01-12"],
    }


def test_a_sound_that_cannot_be_heard_is_named(reader: ModuleType, tmp_path: Path) -> None:
    data = make(tmp_path, [row(3, 10, "happy"), row(4, 10, "sad")], [(3, 10), (4, 10)])
    (data / "RAVDESS" / "Actor_10" / "03-01-04-01-01-01-10.wav").write_bytes(b"RIFFxxxx")
    pairs = reader.read_pairs(data, UNITS)
    said = reader.heard(pairs, lambda samples, clip: len(samples))
    assert list(said) == pairs.clips() == ["03-01-03-01-01-01-10"]
    assert pairs.left_out == {reader.SILENT: ["03-01-04-01-01-01-10"]}


def test_both_sides_of_a_person_are_taken_together(reader: ModuleType, tmp_path: Path) -> None:
    data = make(tmp_path, [row(3, 10, "happy"), row(4, 10, "sad")], [(3, 10), (4, 10)])
    pairs, names = reader.read_pairs(data, UNITS), (*reader.LABELS, "bored")
    logits = {clip: np.arange(9, dtype=np.float32) for clip in pairs.clips()}
    curves = {clip: np.zeros(3, np.float32) for clip in pairs.clips()}
    sides = reader.sides_of(pairs, curves, logits, names)
    assert sides.heard.all() and sides.units == pytest.approx(np.sqrt([[0.5, 1.5]] * 2))
    assert sides.network.sum(axis=1) == pytest.approx([1, 1])
    assert sides.network[0, 6] > sides.network[0, 5] * 5  # bored counts as neutral
    assert np.ptp(sides.own_network[0]) < np.ptp(sides.network[0])
    assert not reader.sides_of(pairs, curves, {}, names).heard.any()


def test_a_table_that_lacks_columns_is_refused(reader: ModuleType, tmp_path: Path) -> None:
    data = make(tmp_path, [], [(3, 10)], head="AU06_r")
    with pytest.raises(ModelError, match="lacks AU12_r"):
        reader.read_pairs(data, UNITS)
    (data / "RAVDESS" / "face" / "clips.csv").unlink()
    with pytest.raises(DataError, match="no readable table of faces"):
        reader.read_pairs(data, UNITS)
