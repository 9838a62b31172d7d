"""``mimik data``, as its users call it."""

from __future__ import annotations

import csv
import json
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from PIL import Image as Pillow

from mimik.cli.completion import command_words
from mimik.cli.parser import build_parser
from mimik.data.audit.audit import AuditOptions
from mimik.data.divide import DivideOptions
from mimik.data.sheet import SheetOptions

Run = Callable[..., object]
NEVER = "2999-12-31"


@pytest.fixture
def faces(tmp_path: Path) -> Path:
    """Two classes of four people with five pictures each, a damaged one and a note."""
    root = tmp_path / "faces"
    for number in range(40):
        name, person = ("happy", "sad")[number % 2], f"P{number // 2 % 4}"
        pixels = np.random.default_rng(number).integers(0, 256, (24, 24, 3), np.uint8)
        (root / name / person).mkdir(parents=True, exist_ok=True)
        Pillow.fromarray(pixels).save(root / name / person / f"{number}.png")
    (root / "happy/P0/broken.png").write_bytes(b"no picture")
    (root / "happy/notes.txt").write_text("")
    return root


def test_info(mimik: Run, faces: Path, tmp_path: Path) -> None:
    ran = mimik("data", "info", faces, "--json", tmp_path / "i.json")
    assert (ran.code, ran.err) == (0, "")
    assert "pictures read by folder: 41 pictures" in ran.out
    assert [line.split() for line in ran.out.splitlines() if line.startswith("happy")] == [
        ["happy", "21", "51.2", "%", "4"]
    ]
    assert "people or groups: 4, the largest P0 11, P1 10, P2 10, P3 10\n" in ran.out
    assert "sizes: 24x24 40\n" in ran.out
    assert "can't be decoded: 1 (happy/P0/broken.png)\n" in ran.out
    assert "left out, not a picture: 1 (happy/notes.txt)\n" in ran.out
    found = json.loads((tmp_path / "i.json").read_text())
    assert json.loads(mimik("data", "info", faces, "--json", "-").out) == found
    assert "not looked at" in mimik("data", "info", faces, "--quick").out


def test_sheet(mimik: Run, faces: Path, tmp_path: Path) -> None:
    ran = mimik("data", "sheet", faces, "-o", tmp_path / "s.png", "--limit", "21")
    assert (ran.code, ran.err) == (0, "")
    assert "s.png: 41 of 41 pictures, 2 classes by emotion, folder\n" in ran.out
    assert "can't be decoded: 1 (happy/P0/broken.png)\n" in ran.out
    with Pillow.open(tmp_path / "s.png") as sheet:
        assert sheet.size[0] == 12 * 102 + 6
    assert "ends in .png" in mimik("data", "sheet", faces, "-o", tmp_path / "s.jpg").complaint
    ran = mimik("data", "sheet", faces, "-o", tmp_path / "s.png", "--limit", "2", "--json", "-")
    told = json.loads(ran.out)
    assert told["n"] == sum(own["n"] for own in told["classes"].values())
    assert all(len(own["shown"]) == 2 for own in told["classes"].values())


def test_split(mimik: Run, faces: Path, tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    words = ("data", "split", faces, "--shares", "train=0.5,val=0.25,test=0.25", "-o", file)
    ran = mimik(*words)
    assert (ran.code, ran.err) == (0, "")
    assert "s.csv: 41 pictures in 4 groups (people or groups that the set names)\n" in ran.out
    with file.open(newline="") as text:
        rows = list(csv.DictReader(text))
    assert list(rows[0]) == ["key", "split", "fold", "group"]
    sides = {(row["group"], row["split"]) for row in rows}
    assert len(sides) == 4 and {side for _, side in sides} == {"train", "val", "test"}
    before = file.read_bytes()
    assert "held the same division" in mimik(*words).out
    assert file.read_bytes() == before


def test_split_says_what_changes(mimik: Run, faces: Path, tmp_path: Path) -> None:
    file = tmp_path / "s.csv"
    mimik("data", "split", faces, "--leave-one-out", "-o", file)
    (faces / "happy/P0/broken.png").rename(faces / "happy/P0/new.png")
    said = mimik("data", "split", faces, "--leave-one-out", "-o", file).out
    assert "4 folds" in said or "fold3" in said
    assert "against the file that was there: 0 changed sides, 1 new, 1 gone\n" in said
    file.write_text("key,split\nanother/1.png,train\n")
    ran = mimik("data", "split", faces, "-o", file)
    assert ran.code == 2 and "divides another set; name another file with -o" in ran.complaint
    assert file.read_text() == "key,split\nanother/1.png,train\n"


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["data", "split", "DATA", "--shares", "train"], "shares are written train=0.8,val=0.1,test=0.1"),
        (["data", "split", "DATA", "--by", "age"], "no picture has a label 'age': there is emotion"),
        (["data", "info", "nowhere"], "nowhere: no such file or folder"),
        (["data", "info", "DATA", "--split", "val"], "unknown split 'val'"),
        (["data", "info", "DATA", "--josn", "x"], "did you mean '--json'?; see 'mimik data info --help'"),
        (["data", "sheet", "DATA", "--class", "happi"], "did you mean 'happy'"),
        (["data", "info", "DATA", "--json", "none/x.json"], "its folder isn't there"),
        (["data", "record", "R", "--classes", "a/b", "--person", "P"], "class 'a/b' can't be the name"),
        (
            ["data", "record", "R", "--classes", "a,b", "--person", "P", "--source", "x"],
            "a video of one class, not",
        ),
    ],
)
def test_wrong_use_is_one_line(mimik: Run, faces: Path, words: list[str], said: str) -> None:
    ran = mimik(*(faces if word == "DATA" else word for word in words))
    assert ran.code in (1, 2)
    assert said in ran.complaint


@pytest.fixture
def answers(monkeypatch: pytest.MonkeyPatch) -> Callable[..., None]:
    """``answers("Ann", "y")`` is what is typed; then there is nobody to ask."""

    def typed(*lines: str) -> None:
        left = iter(lines)

        def read(question: str) -> str:
            try:
                return next(left)
            except StopIteration:
                raise EOFError from None

        monkeypatch.setattr("builtins.input", read)

    return typed


def test_record_asks_first(mimik: Run, tmp_path: Path, answers: Callable[..., None]) -> None:
    portrait = Path(__file__).parents[2] / "src/mimik/example/astronaut.jpg"
    words = ("data", "record", tmp_path / "set", "--person", "P01", "--source", portrait)
    answers("Ann", "a study", NEVER, "n")
    refused = mimik(*words, "--classes", "happy")
    assert refused.code == 1 and "P01 has not agreed, so nothing was recorded" in refused.err
    answers("Ann", "a study", "2000-01-01", "y")
    assert "2000-01-01 is past" in mimik(*words, "--classes", "happy").err
    answers()
    assert "write the consent with --consent" in mimik(*words, "--classes", "happy").err
    assert not (tmp_path / "set").exists()
    answers("Ann", "a study", NEVER, "y")
    ran = mimik(*words, "--classes", "happy")
    assert ran.code == 0 and "happy: 1 of 20 pictures in" in ran.out and "(0001.png to 0001.png)" in ran.out
    answers()
    ran = mimik(*words, "--classes", "sad", "--per-class", "1")
    assert f"until {NEVER}" in ran.out and "sad: 1 of 1 pictures" in ran.out
    assert "emotion  pictures  share   groups\nhappy    1" in mimik("data", "info", tmp_path / "set").out
    ran = mimik(*words, "--classes", "happy", "--consent", "form 7")
    assert "(0002.png to 0002.png)" in ran.out
    assert (tmp_path / "set/consent.csv").read_text().endswith(",,,,form 7\n")


def test_completion_knows_the_commands_of_a_command() -> None:
    words = command_words()
    assert {"info", "sheet", "split", "record"} <= set(words["data"])
    assert "--leave-one-out" in words["data split"] and "--leave-one-out" not in words["data"]


def test_what_the_help_calls_a_default_is_that_of_the_options() -> None:
    parser = build_parser()
    audit = parser.parse_args(["data", "audit", "SET"])
    assert audit.smallest == AuditOptions().judged
    sheet, options = parser.parse_args(["data", "sheet", "SET"]), SheetOptions()
    assert (sheet.limit, sheet.size, sheet.seed) == (options.per_class, options.side, options.seed)
    split, division = parser.parse_args(["data", "split", "SET"]), DivideOptions()
    assert (split.folds, split.seed, split.leave_one_out) == (0, division.seed, division.leave_one_out)
    assert (
        ",".join(f"{name}={share}" for name, share in division.splits.items()) == "train=0.8,val=0.1,test=0.1"
    )
