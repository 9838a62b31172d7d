"""mimik analyze: pictures, videos and folders in; tables, files and pictures out."""

from __future__ import annotations

import csv
import json
import os
import shutil
import signal
import struct
import subprocess
import sys
import time
import zlib
from collections.abc import Callable, Iterator
from itertools import islice
from pathlib import Path
from typing import Any

import av
import jsonschema
import numpy as np
import pytest
from PIL import Image

import mimik as package
from mimik.models.sets import MODEL_SETS
from mimik.results.read import read_results, read_rows
from mimik.sources.open import open_source
from mimik.sources.video import VideoSource
from mimik.types import Frame

Run = Callable[..., Any]
SCHEMA = json.loads((Path(package.__file__).parent / "schema.json").read_text(encoding="utf-8"))
POINTER = "version https://git-lfs.github.com/spec/v1\noid sha256:0\nsize 1\n"


@pytest.fixture
def portrait(examples: Path, tmp_path: Path) -> Path:
    """One face."""
    return Path(shutil.copy(examples / "astronaut.jpg", tmp_path / "portrait.jpg"))


@pytest.fixture
def group(examples: Path, tmp_path: Path) -> Path:
    """Three faces."""
    return Path(shutil.copy(examples / "group.jpg", tmp_path / "group.jpg"))


@pytest.fixture
def clip(examples: Path, tmp_path: Path) -> Path:
    """Two people, 4.8 s."""
    return Path(shutil.copy(examples / "two_people.mp4", tmp_path / "clip.mp4"))


@pytest.fixture
def nobody(tmp_path: Path) -> Path:
    path = tmp_path / "nobody.png"
    Image.new("RGB", (160, 120), "seagreen").save(path)
    return path


def lines(text: str) -> list[dict[str, Any]]:
    return [json.loads(line) for line in text.splitlines()]


def pixels(path: Path) -> Any:
    with Image.open(path) as image:
        return np.asarray(image.convert("RGB"), np.int16)


def huge_png(path: Path, side: int = 30_000) -> Path:
    """A picture that says it is 30,000 x 30,000; a few hundred bytes."""

    def chunk(kind: bytes, data: bytes) -> bytes:
        return struct.pack(">I", len(data)) + kind + data + struct.pack(">I", zlib.crc32(kind + data))

    header = struct.pack(">IIBBBBB", side, side, 8, 2, 0, 0, 0)
    rows = zlib.compress(bytes(1000))
    path.write_bytes(
        b"\x89PNG\r\n\x1a\n" + chunk(b"IHDR", header) + chunk(b"IDAT", rows) + chunk(b"IEND", b"")
    )
    return path


# What is printed


def test_the_table_has_a_line_a_face(analyze: Run, group: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("COLUMNS", "80")
    ran = analyze(group)
    assert (ran.code, ran.err) == (0, "")
    head, *faces = ran.out.splitlines()
    assert head == f"{group}: 600 x 471, 3 faces"
    below = [face for face in faces if face[2] != "#"]
    rows = [face for face in faces if face not in below]
    assert [row.split()[0] for row in rows] == ["#0", "#1", "#2"]
    assert all("%" in row and "(" in row for row in rows)
    assert max(map(len, faces)) <= 80 and below, "what doesn't fit stands below"
    assert all(line[:5].isspace() for line in below), "a cell goes on in its own column"


def test_the_table_of_a_video_has_a_line_a_person(analyze: Run, clip: Path) -> None:
    ran = analyze(clip, "--max-fps", "4")
    head, *people = ran.out.splitlines()
    assert head.startswith(f"{clip}: 480 x 270, ") and head.endswith(" 2 people")
    rows = [person for person in people if person[2] == "#"]
    assert len(rows) == 2 and all("frames" in row for row in rows)


def test_no_face_is_an_answer(analyze: Run, nobody: Path) -> None:
    ran = analyze(nobody)
    assert (ran.code, ran.out, ran.err) == (0, f"{nobody}: 160 x 120, no faces\n", "")


def test_json_lines_fit_the_schema(analyze: Run, group: Path, clip: Path, nobody: Path) -> None:
    ran = analyze(group, clip, nobody, "--json", "--every", "8")
    assert (ran.code, ran.err) == (0, "")
    frames = lines(ran.out)
    for frame in frames:
        jsonschema.validate(frame, SCHEMA)
    assert [len(frame["faces"]) for frame in frames if frame["source"] == str(group)] == [3]
    assert [frame["faces"] for frame in frames if frame["source"] == str(nobody)] == [[]]
    assert {frame["frame"] % 8 for frame in frames} == {0}


def test_quiet_prints_nothing(analyze: Run, portrait: Path) -> None:
    ran = analyze(portrait, "--quiet")
    assert (ran.code, ran.out, ran.err) == (0, "", "")


def test_a_progress_line_on_a_terminal_only(
    analyze: Run, portrait: Path, group: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert "\x1b" not in analyze(portrait, group).err
    monkeypatch.setenv("COLUMNS", "60")
    monkeypatch.setattr("mimik.cli.show.REDRAW_S", 0)
    monkeypatch.setattr("sys.stderr.isatty", lambda: True)
    drawn = analyze(portrait, group).err.split("\r\x1b[2K")
    bars = [line for line in drawn if line.startswith("[")]
    assert any("1 of 2" in bar and " left" in bar for bar in bars)
    assert all(len(bar) < 60 for bar in bars)


# What is read


def test_only_the_tasks_that_were_asked_for(mimik: Run, model_words: Run, portrait: Path) -> None:
    ran = mimik("analyze", portrait, "--json", "--tasks", "age, emotion", *model_words("emotion", "age"))
    (face,) = lines(ran.out)[0]["faces"]
    assert [key for key in face if key in ("emotion", "gender", "age")] == ["emotion", "age"]


def test_haar_finds_the_face_too(analyze: Run, portrait: Path) -> None:
    yunet = lines(analyze(portrait, "--json").out)[0]
    haar = lines(analyze(portrait, "--json", "--detector", "haar").out)[0]
    assert (yunet["detector"], haar["detector"]) == ("yunet", "haar")
    (face,) = haar["faces"]
    assert face["landmarks_xy"] is None and face["quality"]["pose"] is None
    assert np.abs(np.subtract(face["box_xyxy"], yunet["faces"][0]["box_xyxy"])).max() < 25


def test_small_faces_are_left_out(analyze: Run, group: Path) -> None:
    sizes = [f["quality"]["size_px"] for f in lines(analyze(group, "--json").out)[0]["faces"]]
    least = sorted(sizes)[1]
    kept = lines(analyze(group, "--json", f"--min-face={least:.0f}").out)[0]["faces"]
    assert len(kept) < 3 and all(face["quality"]["size_px"] >= round(least) for face in kept)


def test_below_the_threshold_is_uncertain(analyze: Run, portrait: Path) -> None:
    def emotion(threshold: str) -> Any:
        (frame,) = lines(analyze(portrait, "--json", "--threshold", threshold).out)
        return frame["faces"][0]["emotion"]

    assert emotion("1")["label"] == "uncertain"
    sure = emotion("0")
    assert sure["label"] == max(sure["probabilities"], key=sure["probabilities"].__getitem__)


@pytest.mark.parametrize(
    ("words", "index", "low", "high"),
    [
        (["--every", "10"], lambda i: i % 10 == 0, 0, 9),
        (["--start", "1", "--end", "2"], lambda i: True, 1, 2),
        (["--max-fps", "2"], lambda i: True, 0, 9),
    ],
)
def test_which_frames(
    analyze: Run, clip: Path, words: list[str], index: Callable[[int], bool], low: float, high: float
) -> None:
    frames = lines(analyze(clip, "--json", *words).out)
    times = [frame["time_s"] for frame in frames]
    assert times == sorted(set(times)) and low <= times[0] and times[-1] < high
    assert all(index(frame["frame"]) for frame in frames)
    with open_source(clip) as source:
        true_times = {frame.index: round(frame.time_s, 6) for frame in source}
    assert all(true_times[frame["frame"]] == frame["time_s"] for frame in frames)
    if "--max-fps" in words:
        assert len(frames) <= 2 * max(true_times.values()) + 1


def test_a_range_without_a_frame_fails_for_an_animation_as_for_a_video(
    analyze: Run, clip: Path, tmp_path: Path
) -> None:
    picture = Image.new("RGB", (40, 30), "seagreen")
    other = Image.new("RGB", (40, 30), "navy")
    picture.save(tmp_path / "a.gif", save_all=True, append_images=[other], duration=500)
    for path in (clip, tmp_path / "a.gif"):
        ran = analyze(path, "--start", "60", "-o", tmp_path / f"{path.name}.csv")
        assert ran.code == 1 and "0 read, 1 failed, 0 frames" in ran.err
        assert f"{path}: it has no frame in the time range that was asked for; it is " in ran.err


def test_a_folder_and_a_pattern(analyze: Run, group: Path, portrait: Path, tmp_path: Path) -> None:
    (tmp_path / "notes.txt").write_text("not a picture")
    for spec in (tmp_path, tmp_path / "*.jpg"):
        frames = lines(analyze(spec, "--json").out)
        assert [frame["source"] for frame in frames] == [str(group), str(portrait)]


@pytest.mark.skipif(os.name == "nt", reason="names are Unicode there")
def test_a_name_that_is_not_utf_8(analyze: Run, portrait: Path, tmp_path: Path) -> None:
    odd = tmp_path / os.fsdecode("gr\u00fc\u00dfe \u4eba".encode() + b"\xff.jpg")
    try:
        portrait.rename(odd)
    except OSError:
        pytest.skip("the file system takes UTF-8 only")
    for words in ((), ("--json",), ("-o", str(tmp_path / "o.csv"), "--render", str(tmp_path / "drawn"))):
        ran = analyze(odd, *words)
        assert ran.code == 0 and "\\udcff" in ran.out


# What is written


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_results_files(analyze: Run, group: Path, nobody: Path, tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"out{suffix}"
    ran = analyze(group, nobody, "-o", path)
    assert ran.code == 0 and ran.err.strip() == f"2 read, 2 frames; results in {path}"
    rows = list(read_rows(path))
    assert [row["id"] for row in rows] == [0, 1, 2, None]
    assert {"emotion_happy", "gender_female", "age_years", "emotion_raw_happy"} <= rows[0].keys()
    made = json.loads(Path(f"{path}.run").read_text().splitlines()[0])
    assert made["mimik"] == package.__version__ and len(made["models"]["emotion"]["sha256"]) == 64
    assert made["libraries"]["numpy"] == np.__version__ and all(made["libraries"].values())


def test_the_same_again_repeats_nothing(analyze: Run, group: Path, portrait: Path, tmp_path: Path) -> None:
    path, drawn = tmp_path / "out.jsonl", tmp_path / "drawn"
    words = (group, portrait, "-o", path, "--render", drawn)
    assert analyze(*words).code == 0
    before = path.read_bytes(), {p: p.stat().st_mtime_ns for p in drawn.iterdir()}
    again = analyze(*words)
    assert (again.code, again.out) == (0, "") and "2 done before" in again.err
    assert before == (path.read_bytes(), {p: p.stat().st_mtime_ns for p in drawn.iterdir()})


@pytest.mark.parametrize(
    ("other", "named"),
    [
        (["--every", "2"], "settings.frames.every was 1, now 2"),
        (["--detector", "haar"], 'detector was "yunet", now "haar"'),
        (["--threshold", "0.9"], "threshold"),
    ],
)
def test_other_settings_are_refused(
    analyze: Run, portrait: Path, tmp_path: Path, other: list[str], named: str
) -> None:
    path = tmp_path / "out.csv"
    analyze(portrait, "-o", path)
    before = path.read_bytes()
    ran = analyze(portrait, "-o", path, *other)
    assert ran.code == 2 and named in ran.complaint and "--overwrite" in ran.complaint
    assert path.read_bytes() == before


def test_overwrite(analyze: Run, portrait: Path, group: Path, tmp_path: Path) -> None:
    path, drawn = tmp_path / "out.csv", tmp_path / "drawn.png"
    analyze(portrait, "-o", path, "--render", drawn)
    ran = analyze(group, "-o", path, "--render", drawn, "--min-face", "10", "--overwrite")
    assert ran.code == 0
    assert {row["source"] for row in read_rows(path)} == {str(group)}
    assert pixels(drawn).shape == (471, 600, 3)


def test_what_only_makes_reading_possible_is_no_other_setting(
    analyze: Run, portrait: Path, tmp_path: Path
) -> None:
    big, path = huge_png(tmp_path / "big.png", side=400), tmp_path / "out.csv"
    words = (portrait, big, "-o", path)
    assert "more than the limit of 150000" in analyze(*words, "--max-pixels", "150000").err
    ran = analyze(*words, "--patience", "3")
    assert ran.code == 1 and "out.csv: holds" not in ran.err and str(big) in ran.err


@pytest.mark.parametrize("name", ["out.jpg", "out.png", "out.webp", "new folder"])
def test_a_picture_is_drawn(analyze: Run, portrait: Path, tmp_path: Path, name: str) -> None:
    assert analyze(portrait, "--render", tmp_path / name).code == 0
    path = tmp_path / name
    drawn = path if path.is_file() else path / portrait.name
    change = np.abs(pixels(drawn) - pixels(portrait)).max(2)
    assert change.shape == (512, 512) and (change > 60).mean() > 0.005


def test_pictures_are_drawn_for_results_that_are_there(
    analyze: Run, portrait: Path, group: Path, tmp_path: Path
) -> None:
    path, drawn = tmp_path / "out.jsonl", tmp_path / "drawn"
    analyze(portrait, group, "-o", path)
    before = path.read_bytes()
    assert analyze(portrait, group, "-o", path, "--render", drawn).code == 0
    assert {p.name for p in drawn.iterdir()} == {"portrait.jpg", "group.jpg"}
    assert path.read_bytes() == before


def test_a_run_never_replaces_a_file_that_it_did_not_draw(
    analyze: Run, portrait: Path, group: Path, tmp_path: Path
) -> None:
    path, drawn = tmp_path / "out.jsonl", tmp_path / "drawn"
    drawn.mkdir()
    foreign = Path(shutil.copy(group, drawn / "portrait.jpg"))
    before = foreign.read_bytes()
    for _ in range(2):
        assert analyze(portrait, "-o", path, "--render", drawn).code != 0
        assert foreign.read_bytes() == before


def test_what_was_drawn_is_not_read_the_next_time(
    analyze: Run, portrait: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pictures = tmp_path / "pictures"
    pictures.mkdir()
    shutil.copy(portrait, pictures)
    monkeypatch.chdir(pictures)
    for _ in range(2):
        assert analyze(".", "-o", tmp_path / "out.csv", "--render", "drawn").code == 0
    assert [p.name for p in pictures.rglob("*.jpg")] == ["portrait.jpg"] * 2
    assert analyze("drawn").code == 0


def test_a_file_in_the_way_is_found_before_the_work(
    analyze: Run, portrait: Path, group: Path, tmp_path: Path
) -> None:
    drawn = tmp_path / "drawn"
    drawn.mkdir()
    (drawn / "portrait.jpg").write_bytes(b"mine")
    ran = analyze(group, portrait, "-o", tmp_path / "out.csv", "--render", drawn)
    assert ran.code == 2 and "portrait.jpg: exists" in ran.complaint
    assert not (tmp_path / "out.csv").exists()


def test_an_unknown_option_has_a_nearest_name(mimik: Run, portrait: Path) -> None:
    ran = mimik("analyze", portrait, "--detct-size", "320")
    assert ran.code == 2 and "did you mean '--detect-size'" in ran.complaint


def test_a_clear_picture_is_not_taken_for_a_blurred_one(analyze: Run, portrait: Path, tmp_path: Path) -> None:
    path, drawn = tmp_path / "out.jsonl", tmp_path / "drawn"
    assert analyze(portrait, "-o", path, "--render", drawn).code == 0
    clear = (drawn / "portrait.jpg").read_bytes()
    ran = analyze(portrait, "-o", path, "--render", drawn, "--blur")
    assert ran.code == 0
    assert "not found are not hidden" in ran.err
    assert (drawn / "portrait.jpg").read_bytes() != clear
    elsewhere = tmp_path / "elsewhere"
    assert analyze(portrait, "--render", elsewhere).code == 0
    assert analyze(portrait, "-o", path, "--render", elsewhere, "--blur").code != 0


def test_a_video_stays_one_if_a_single_frame_is_taken(analyze: Run, clip: Path, tmp_path: Path) -> None:
    assert analyze(clip, "--end", "0.05", "--render", tmp_path / "drawn").code == 0
    assert [p.suffix for p in (tmp_path / "drawn").iterdir()] == [".mp4"]


def face_boxes(frame: dict[str, Any]) -> list[tuple[int, int, int, int]]:
    return [tuple(map(round, face["box_xyxy"])) for face in frame["faces"]]  # type: ignore[misc]


def detail(image: Any, box: tuple[int, int, int, int]) -> float:
    """How much neighbouring pixels differ in the middle of a face."""
    left, top, right, bottom = box
    inset = (right - left) // 5
    inner = image[top + inset : bottom - inset, left + inset : right - inset].astype(float)
    return float(np.abs(np.diff(inner, axis=1)).mean() + np.abs(np.diff(inner, axis=0)).mean())


def test_blurred_faces_cannot_be_made_out(analyze: Run, group: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "drawn.png"
    ran = analyze(group, "--render", drawn, "--blur", "--json")
    before, after = pixels(group), pixels(drawn)
    boxes = face_boxes(lines(ran.out)[0])
    assert len(boxes) == 3
    for box in boxes:
        assert detail(after, box) < detail(before, box) / 4
    assert np.abs(after - before)[-60:].max() == 0


def test_small_faces_are_blurred_though_left_out(analyze: Run, group: Path, tmp_path: Path) -> None:
    boxes = face_boxes(lines(analyze(group, "--json").out)[0])
    drawn = tmp_path / "drawn.png"
    ran = analyze(group, "--render", drawn, "--blur", "--json", "--min-face", "500")
    assert lines(ran.out)[0]["faces"] == []
    for box in boxes:
        assert detail(pixels(drawn), box) < detail(pixels(group), box) / 4


def test_every_frame_of_a_blurred_video_is(analyze: Run, clip: Path, tmp_path: Path) -> None:
    drawn = tmp_path / "drawn.mp4"
    ran = analyze(clip, "--render", drawn, "--blur", "--json", "--end", "1")
    frames = lines(ran.out)
    with open_source(clip) as source, open_source(drawn) as blurred:
        pairs = list(zip(frames, source, blurred, strict=False))
    assert len(pairs) == len(frames) > 5
    assert [round(out.time_s, 3) for _, _, out in pairs] == [round(frame["time_s"], 3) for frame, *_ in pairs]
    for frame, before, after in pairs:
        for box in face_boxes(frame):
            assert detail(after.image, box) < detail(before.image, box) / 2


def test_every_frame_of_a_blurred_film_on_its_side_is(analyze: Run, portrait: Path, tmp_path: Path) -> None:
    upright = Image.new("RGB", (320, 240), "grey")
    upright.paste(Image.open(portrait).convert("RGB").crop((70, 0, 370, 300)).resize((100, 100)), (110, 70))
    face = np.asarray(upright.rotate(90, expand=True))
    film, drawn = tmp_path / "film.mkv", tmp_path / "drawn.mp4"
    with av.open(film, "w") as out:
        stream = out.add_stream("ffv1", rate=25)
        stream.height, stream.width, stream.pix_fmt = *face.shape[:2], "bgr0"
        for share in [0.0] * 3 + [1.0] * 17:
            picture = np.asarray(face * share, np.uint8)
            out.mux(stream.encode(av.VideoFrame.from_ndarray(picture, format="rgb24")))
        out.mux(stream.encode(None))
    frames = lines(analyze(film, "--render", drawn, "--blur", "--json").out)
    assert [len(frame["faces"]) for frame in frames] == [0] * 3 + [1] * 17
    with open_source(drawn) as blurred:
        for frame, after in zip(frames, blurred, strict=True):
            for box in face_boxes(frame):
                assert detail(after.image, box) < detail(face, box) / 2


def test_several_processes_write_the_same(
    analyze: Run, group: Path, portrait: Path, clip: Path, tmp_path: Path
) -> None:
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    words = (group, portrait, clip, "--max-fps", "2")
    assert analyze(*words, "-o", one).code == 0
    ran = analyze(*words, "-o", two, "--workers", "2", "--render", tmp_path / "drawn")
    assert ran.code == 0 and "3 read" in ran.err
    assert one.read_bytes() == two.read_bytes()
    assert {p.name for p in (tmp_path / "drawn").iterdir()} == {"group.jpg", "portrait.jpg", "clip.mp4"}


# What bad input gets


def spoil(kind: str, examples: Path, tmp_path: Path) -> Path:
    """A source that can't be read."""
    path = tmp_path / f"{kind}.jpg"
    picture = (examples / "astronaut.jpg").read_bytes()
    contents: dict[str, bytes] = {
        "empty": b"",
        "truncated": picture[: len(picture) // 3],
        "text": b"hello, this is no picture at all",
        "pointer": POINTER.encode(),
        "damaged": picture[:600] + bytes(400) + picture[:300],
    }
    if kind == "huge":
        return huge_png(tmp_path / "huge.png")
    if kind == "header":
        video = tmp_path / "header.mp4"
        video.write_bytes((examples / "two_people.mp4").read_bytes()[:1000])
        return video
    if kind == "video pointer":
        (tmp_path / "pointer.mp4").write_text(POINTER)
        return tmp_path / "pointer.mp4"
    if kind in contents:
        path.write_bytes(contents[kind])
    if kind == "folder":
        (tmp_path / "nothing").mkdir()
        return tmp_path / "nothing"
    return path


BAD = {
    "missing": "no such file",
    "empty": "empty",
    "truncated": "truncated",
    "damaged": "damaged",
    "text": "not a picture",
    "pointer": "git lfs pull",
    "video pointer": "git lfs pull",
    "header": "cut short",
    "huge": "30000 x 30000",
    "folder": "no picture or video",
}


@pytest.mark.parametrize("kind", BAD)
def test_bad_input_is_one_line_and_1(analyze: Run, examples: Path, tmp_path: Path, kind: str) -> None:
    source = spoil(kind, examples, tmp_path)
    start = time.monotonic()
    ran = analyze(source)
    assert time.monotonic() - start < 10
    assert ran.code == 1 and ran.out == ""
    assert BAD[kind] in ran.complaint and str(source) in ran.complaint


@pytest.mark.parametrize("workers", ["1", "2"])
def test_a_batch_goes_on_past_bad_items(
    analyze: Run, examples: Path, portrait: Path, tmp_path: Path, workers: str
) -> None:
    bad = [spoil(kind, examples, tmp_path) for kind in BAD]
    path = tmp_path / "out.jsonl"
    ran = analyze(*bad, portrait, "-o", path, "--workers", workers)
    assert "1 face\n  #0" in ran.out
    assert ran.code == 1 and "Traceback" not in ran.err
    assert ran.err.splitlines()[-1] == f"1 read, {len(bad)} failed, 1 frame; results in {path}"
    assert all(any(str(source) in line for line in ran.err.splitlines()) for source in bad)
    assert [frame["source"] for frame in read_results(path)] == [str(portrait)]
    entries = [json.loads(line) for line in Path(f"{path}.run").read_text().splitlines()[1:]]
    assert {entry["source"] for entry in entries if entry["status"] == "failed"} == {
        str(source) for source in bad if source.name != "nothing"
    }


@pytest.mark.parametrize("workers", ["1", "2"])
def test_what_fails_run_after_run_is_one_failure(
    analyze: Run, examples: Path, portrait: Path, tmp_path: Path, workers: str
) -> None:
    bad, more = spoil("text", examples, tmp_path), spoil("empty", examples, tmp_path)
    path, absent = tmp_path / "out.jsonl", spoil("folder", examples, tmp_path)
    words = (bad, portrait, more, absent, absent, "-o", path, "--workers", workers)
    ends = [analyze(*words).err.splitlines()[-1] for _ in range(3)]
    assert ends[0].startswith("1 read, 3 failed,")
    assert ends[1] == ends[2] == f"0 read, 1 done before, 3 failed, 0 frames; results in {path}"
    told = [json.loads(line) for line in Path(f"{path}.run").read_text().splitlines()[1:]]
    assert sorted((Path(e["source"]).name, e["status"]) for e in told) == [
        ("empty.jpg", "failed"),
        ("portrait.jpg", "done"),
        ("text.jpg", "failed"),
    ]
    bad.write_bytes(portrait.read_bytes())
    assert analyze(*words).err.splitlines()[-1].startswith("1 read, 1 done before, 2 failed,")
    last = json.loads(Path(f"{path}.run").read_text().splitlines()[-1])
    assert (last["source"], last["status"]) == (str(bad), "done")


def test_threads_change_no_result(analyze: Run, mimik: Run, group: Path, clip: Path, tmp_path: Path) -> None:
    one, two = tmp_path / "one.jsonl", tmp_path / "two.jsonl"
    words = ("analyze", group, clip, "--end", "0.5", "--tasks", "emotion,gender,age,au,cover")
    assert mimik(*words, "-o", one).code == 0
    assert mimik(*words, "-o", two, "--threads", "2", "--workers", "2").code == 0
    assert one.read_bytes() == two.read_bytes()
    assert "2 done before" in mimik(*words, "-o", one, "--threads", "3").err
    assert "threads must be 1 to 256, not 0" in analyze(group, "--threads", "0").complaint


def test_a_video_cut_in_half_is_kept_and_reported(
    analyze: Run, clip: Path, tmp_path: Path, examples: Path
) -> None:
    from mimik.render.video import VideoWriter

    whole, cut = tmp_path / "whole.mkv", tmp_path / "cut.mkv"
    with open_source(clip) as source, VideoWriter(whole) as writer:
        for frame in source:
            writer.write(frame.image, frame.time_s)
    cut.write_bytes(whole.read_bytes()[: whole.stat().st_size // 2])
    path = tmp_path / "out.jsonl"
    ran = analyze(cut, "-o", path)
    assert ran.code == 1
    assert "cut short" in ran.err and "1 read, 1 ended early" in ran.err
    assert len(list(read_results(path))) > 1
    again = analyze(cut, "-o", path)
    assert again.code == 1 and "cut short" in again.err and "1 done before" in again.err


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (
            ["--tasks", "emotion,agee"],
            "emotion, filmed, gender, mesh, voice; did you mean 'age'",
        ),
        (["--tasks", ","], "emotion, gender, age"),
        (["--detector", "yunnet"], "unknown detector 'yunnet'.*auto, haar, yunet; did you mean 'yunet'"),
        (
            ["--device", "cudda"],
            "unknown device 'cudda': there is auto, cpu, cuda, cuda:N; did you mean 'cuda'",
        ),
        (["--model", "emotion"], "TASK=FILE"),
        (["--model", "mood=cover.mini"], "unknown task 'mood'"),
        (["--model", "emotion=emotion.large"], "unknown model 'emotion.large'"),
        (["--threshold", "2"], r"threshold \(--threshold\) must be 0 to 1"),
        (["--every", "0"], r"every \(--every\) must be 1 or more"),
        (["--start", "3", "--end", "2"], "time range from 3 s to 2 s .*--start and --end"),
        (["--start", "-1"], "time range from -1 s on is empty or negative"),
        (["--max-fps", "-1"], "--max-fps.* not -1"),
        (["--max-size", "8"], "--max-size"),
        (["--max-pixels", "0"], "--max-pixels"),
        (["--patience", "0"], "--patience.* not 0"),
        (["--min-face", "-5"], "--min-face"),
        (["--detect-size", "3"], "--detect-size"),
        (["--smooth", "-1"], "--smooth"),
        (["--workers", "2"], "--workers needs a results file"),
        (["--workers", "0", "-o", "o.csv"], "workers must be 1 or more"),
        (["--workers", "2", "-o", "o.csv", "--json"], "--json"),
        (["--blur"], "--render"),
        (["--render", "x.gif"], r"x\.gif.*\.png.*\.mp4"),
        (["-o", "o.xlsx"], r"o\.xlsx.*\.jsonl, \.csv, \.parquet"),
        (["-o", "results"], r"results can be written as \.jsonl"),
    ],
)
def test_wrong_options_are_one_line_and_2(
    mimik: Run,
    tiny_models: dict[str, Path],
    portrait: Path,
    words: list[str],
    said: str,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    import re

    monkeypatch.chdir(tmp_path)
    monkeypatch.setitem(MODEL_SETS, "base", {name: str(path) for name, path in tiny_models.items()})
    ran = mimik("analyze", portrait, *words)
    assert ran.code == 2 and ran.out == ""
    assert re.search(said, ran.complaint)
    assert {p.name for p in tmp_path.iterdir()} == {"portrait.jpg"}


def test_the_limit_of_pixels_is_raised_by_its_option(analyze: Run, portrait: Path) -> None:
    ran = analyze(portrait, "--max-pixels", "10")
    assert ran.code == 1 and "raise the limit (max_pixels, --max-pixels)" in ran.complaint


def test_two_models_for_a_task(mimik: Run, model_words: Run, portrait: Path) -> None:
    ran = mimik("analyze", portrait, *model_words("emotion"), *model_words("emotion"))
    assert ran.code == 2 and "two models" in ran.complaint


def test_a_video_cannot_become_a_picture(analyze: Run, clip: Path, group: Path, tmp_path: Path) -> None:
    ran = analyze(clip, "--render", tmp_path / "x.png")
    assert ran.code == 2 and "is a video" in ran.complaint
    ran = analyze(clip, group, "--render", tmp_path / "x.mp4")
    assert ran.code == 2 and "need a folder" in ran.complaint


def test_a_model_that_was_changed(analyze: Run, mimik: Run, portrait: Path, make_model: Run) -> None:
    model = make_model("emotion")
    model.write_bytes(model.read_bytes()[:-4] + b"oops")
    ran = mimik("analyze", portrait, "--tasks=emotion", f"--model=emotion={model}")
    assert ran.code == 1 and str(model) in ran.complaint and "SHA-256" in ran.complaint
    gender = make_model("gender")
    ran = mimik("analyze", portrait, "--tasks=emotion", f"--model=emotion={gender}")
    assert ran.code == 2 and "reads gender, not emotion" in ran.complaint


@pytest.mark.parametrize("where", ["folder", "no folder", "in a file"])
def test_an_output_that_cannot_be_written(analyze: Run, portrait: Path, tmp_path: Path, where: str) -> None:
    (tmp_path / "folder.csv").mkdir()
    path = {
        "folder": tmp_path / "folder.csv",
        "no folder": tmp_path / "absent" / "out.csv",
        "in a file": portrait / "out.csv",
    }[where]
    ran = analyze(portrait, "-o", path)
    assert ran.code == 1 and f"mimik: {path}: " in ran.complaint
    drawn = analyze(portrait, "--render", path.with_suffix(".png"))
    if where != "folder":
        assert drawn.code == 1 and "can't be written" in drawn.complaint


def test_the_source_itself_is_never_replaced(analyze: Run, portrait: Path) -> None:
    before = portrait.read_bytes()
    ran = analyze(portrait, "--render", portrait, "--overwrite")
    assert ran.code == 1 and "is a source itself" in ran.complaint
    assert portrait.read_bytes() == before


def test_an_existing_picture_is_kept(analyze: Run, portrait: Path, tmp_path: Path) -> None:
    path = tmp_path / "mine.png"
    path.write_bytes(b"precious")
    ran = analyze(portrait, "--render", path)
    assert ran.code == 2 and "exists" in ran.complaint
    assert path.read_bytes() == b"precious"


def test_an_unexpected_error_is_one_line(
    analyze: Run, portrait: Path, nobody: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(*args: object, **options: object) -> None:
        raise ZeroDivisionError("by zero")

    monkeypatch.setattr("mimik.pipeline.session.assess", fail)
    ran = analyze(portrait, nobody)
    assert ran.code == 1 and "no faces" in ran.out
    assert f"{portrait}: unexpected ZeroDivisionError: by zero" in ran.err
    assert "Traceback" not in ran.err


# Stopped and resumed


SLOWED = """
import signal, sys, time
signal.signal(signal.SIGINT, signal.default_int_handler)  # a shell in the background has it ignored
import mimik.pipeline.session
from mimik.cli import main
assess = mimik.pipeline.session.assess
mimik.pipeline.session.assess = lambda *face, **clear: (time.sleep(0.1), assess(*face, **clear))[1]
sys.exit(main(sys.argv[1:]))
"""


@pytest.mark.skipif(os.name == "nt", reason="POSIX signals")
def test_interrupted_is_130_and_goes_on(
    analyze: Run, model_words: Run, examples: Path, tmp_path: Path
) -> None:
    folder, path, whole = tmp_path / "in", tmp_path / "out.jsonl", tmp_path / "whole.jsonl"
    folder.mkdir()
    for number in range(5):
        shutil.copy(examples / "two_people.mp4", folder / f"{number}.mp4")
    words = [str(folder), "--max-fps", "2", *model_words()]
    process = subprocess.Popen(
        [sys.executable, "-c", SLOWED, "analyze", "-o", str(path), *words],
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
        text=True,
    )
    journal, deadline = Path(f"{path}.run"), time.monotonic() + 60
    while not (journal.exists() and journal.read_bytes().count(b"\n") > 1) and time.monotonic() < deadline:
        time.sleep(0.01)
    process.send_signal(signal.SIGINT)
    _, err = process.communicate(timeout=20)
    assert process.returncode == 130
    assert err.splitlines()[-1] == "mimik: interrupted; what was finished is kept" and "Trace" not in err
    ran = analyze("-o", path, *words[:3])
    assert ran.code == 0 and "done before" in ran.err
    analyze("-o", whole, *words[:3])
    assert path.read_bytes() == whole.read_bytes()


def test_what_a_camera_showed_is_kept(
    analyze: Run, clip: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Ctrl-C is the only end of a camera; the clip stands for one here."""

    class Camera(VideoSource):
        live = True

        def __iter__(self) -> Iterator[Frame]:
            yield from islice(super().__iter__(), 5)
            raise KeyboardInterrupt

    monkeypatch.setattr("mimik.runs.reading.open_source", lambda name, options: Camera(clip, options))
    path, drawn = tmp_path / "out.jsonl", tmp_path / "drawn.mp4"
    ran = analyze("0", "-o", path, "--render", drawn)
    assert ran.code == 130 and "1 read, 5 frames" in ran.err
    assert len(list(read_results(path))) == 5
    with open_source(drawn) as source:
        assert len(list(source)) == 5


def test_rows_of_a_csv_are_quoted(analyze: Run, portrait: Path, tmp_path: Path) -> None:
    odd = portrait.rename(tmp_path / 'a, "b".jpg')
    analyze(odd, "-o", tmp_path / "o.csv")
    with (tmp_path / "o.csv").open(newline="") as stream:
        assert [row["source"] for row in csv.DictReader(stream)] == [str(odd)]


def test_a_password_in_an_address_is_never_shown_or_written(analyze: Run, tmp_path: Path) -> None:
    out = tmp_path / "out.jsonl"
    ran = analyze("rtsp://user:secret@127.0.0.1:9/live", "-o", out)
    assert ran.code == 1
    assert "127.0.0.1:9/live" in ran.err
    assert "secret" not in ran.err + ran.out + (tmp_path / "out.jsonl.run").read_text()
    assert "secret" not in ran.err + ran.out + (tmp_path / "out.jsonl.run").read_text()


def test_why_a_source_failed_wraps_in_the_summary(
    analyze: Run, mimik: Run, examples: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "no.jpg").write_text("no")
    results = tmp_path / "out.csv"
    assert analyze(tmp_path / "no.jpg", examples / "group.jpg", "-o", results, "--quiet").code == 1
    monkeypatch.chdir(tmp_path)
    whole = mimik("summary", results).out
    monkeypatch.setenv("COLUMNS", "80")
    (line,) = [line for line in whole.splitlines() if "failed: " in line]
    lines = mimik("summary", results).out.splitlines()
    (first,) = [number for number, line in enumerate(lines) if "failed: " in line]
    assert len(line) > 80 >= max(map(len, lines[first : first + 2]))
    assert " ".join("".join(lines[first : first + 2]).split()) == " ".join(line.split())
