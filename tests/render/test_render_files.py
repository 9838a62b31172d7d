"""Where annotated pictures and videos go."""

from __future__ import annotations

import json
import os
from pathlib import Path

import av
import numpy as np
import pytest
from PIL import Image as Pictures

from mimik.errors import OptionError, OutputError, OutputExistsError
from mimik.render.plan import plan_render
from mimik.render.video import PICTURES, VIDEOS, ImageWriter, VideoWriter, fit
from mimik.types import Image


def grey(value: int, width: int = 64, height: int = 48) -> Image:
    return np.full((height, width, 3), value, np.uint8)


def read(path: Path) -> tuple[list[float], list[Image]]:
    with av.open(str(path)) as container:
        frames = list(container.decode(video=0))
    return [float(f.time) for f in frames if f.time is not None], [
        f.to_ndarray(format="rgb24") for f in frames
    ]


@pytest.mark.parametrize("suffix", VIDEOS)
def test_a_video_keeps_its_own_times(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"o{suffix}"
    times = [2.0, 2.04, 2.08, 2.5, 2.533, 4.0]
    with VideoWriter(path, fps=25) as writer:
        for number, time_s in enumerate(times):
            writer.write(grey(40 * number), time_s)
    got, frames = read(path)
    assert got == pytest.approx([t - 2.0 for t in times], abs=0.0011)
    assert [f.mean() for f in frames] == pytest.approx([40 * n for n in range(6)], abs=4)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("size", [(63, 47), (64, 47), (63, 48), (2, 2), (1, 1)])
def test_odd_sizes(tmp_path: Path, size: tuple[int, int]) -> None:
    path = tmp_path / "o.mp4"
    with VideoWriter(path) as writer:
        for number in range(3):
            writer.write(grey(100, *size), number / 25)
    _, frames = read(path)
    assert frames[0].shape[:2] == (size[1] + size[1] % 2, size[0] + size[0] % 2)
    assert np.abs(frames[0].astype(int) - 100).max() <= 6


def test_the_first_frame_gives_the_size(tmp_path: Path) -> None:
    with VideoWriter(tmp_path / "o.mp4") as writer:
        writer.write(grey(200), 0)
        writer.write(grey(200, 480, 64), 0.1)
        writer.write(grey(200), 0.1)
        writer.write(grey(200), 0.05)
    times, frames = read(tmp_path / "o.mp4")
    assert {f.shape for f in frames} == {(48, 64, 3)} and len(times) == 4
    assert times == sorted(set(times))
    wide = fit(grey(200, 480, 64), 64, 48)
    assert wide[24].mean() == 200 and wide[0].max() == 0


def test_a_video_that_fails_leaves_nothing_behind(tmp_path: Path) -> None:
    with pytest.raises(KeyError), VideoWriter(tmp_path / "o.mp4") as writer:
        writer.write(grey(1), 0)
        raise KeyError
    assert list(tmp_path.iterdir()) == []
    with VideoWriter(tmp_path / "o.mp4"):
        pass
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_is_missing_is_named(tmp_path: Path) -> None:
    with (
        pytest.raises(OutputError, match=r"o\.mp4: can't be written"),
        VideoWriter(tmp_path / "no" / "o.mp4") as writer,
    ):
        writer.write(grey(1), 0)
    with pytest.raises(OutputError, match=r"o\.png: can't be written"):
        ImageWriter(tmp_path / "no" / "o.png").write(grey(1))


@pytest.mark.parametrize("suffix", PICTURES)
def test_a_picture_of_each_kind(tmp_path: Path, suffix: str) -> None:
    path = tmp_path / f"ü{suffix}"
    with ImageWriter(path) as writer:
        writer.write(grey(90, 33, 21), 0.0)
        with pytest.raises(OptionError, match="one frame"):
            writer.write(grey(90), 0.1)
    with Pictures.open(path) as picture:
        assert picture.format == PICTURES[suffix] and picture.size == (33, 21)
        assert np.abs(np.asarray(picture.convert("RGB")).astype(int) - 90).max() <= 3
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


def test_one_source_one_file(tmp_path: Path) -> None:
    plan = plan_render(tmp_path / "o.png", ["a.jpg"])
    assert plan.target("a.jpg", moving=False) == tmp_path / "o.png"
    with pytest.raises(OptionError, match="is a video"):
        plan.target("a.jpg", moving=True)
    assert isinstance(plan.open("a.jpg", moving=False), ImageWriter)
    assert isinstance(plan_render(tmp_path / "o.mp4", ["0"]).open("0", moving=True), VideoWriter)


def test_several_sources_keep_their_names_and_never_meet(tmp_path: Path) -> None:
    sources = [
        "x/a.jpg",
        "y/a.png",
        "A.webp",
        "clip.MKV",
        "http://cam/1?x=2",
        "0",
        "b.tiff",
        "a-2.jpg",
        "x/a.jpg",
    ]
    plan = plan_render(tmp_path / "out", sources)
    names = [plan.target(s, moving=s in ("clip.MKV", "0")).name for s in dict.fromkeys(sources)]
    assert names[:2] == ["a.jpg", "a-2.png"] and names[3] == "clip.mkv"
    assert names[5] == "0.mp4" and names[6] == "b.png"
    stems = [Path(name).stem.casefold() for name in names]
    assert len(set(stems)) == len(stems) == 8
    with plan.open("b.tiff", moving=False) as writer:
        writer.write(grey(1), 0)
    assert (tmp_path / "out" / "b.png").exists()


def test_no_source_is_drawn_over(tmp_path: Path) -> None:
    for name in ("a.bmp", "a.png", "b.gif"):
        Pictures.new("RGB", (8, 8)).save(tmp_path / name)
    sources = sorted(map(str, tmp_path.iterdir()))
    plan = plan_render(tmp_path, sources, overwrite=True)
    assert plan.target(sources[0], moving=False) == tmp_path / "a.png"
    with pytest.raises(OutputError, match=r"a\.png: is a source itself"):
        plan.open(sources[0], moving=False)
    with pytest.raises(OutputError, match=r"a\.png: is a source itself"):
        plan.check(dict.fromkeys(sources, False))


def test_links_keep_their_place(tmp_path: Path) -> None:
    for number, name in enumerate(("anna", "ben")):
        real = tmp_path / "store" / str(number) / "x.png"
        real.parent.mkdir(parents=True)
        ImageWriter(real).write(grey(1))
        link = tmp_path / "photos" / f"{name}.png"
        link.parent.mkdir(exist_ok=True)
        link.symlink_to(real)
    sources = sorted(map(str, (tmp_path / "photos").iterdir()))
    assert list((plan_render(tmp_path / "out", sources).stems or {}).values()) == ["anna", "ben"]


def test_folders_below_the_common_one_are_kept(tmp_path: Path) -> None:
    for name in ("in/anna/1.png", "in/ben/1.png", "in/ben/late/1.png", "in/ANNA: b/1.png"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        ImageWriter(path).write(grey(1))
    sources = sorted(map(str, tmp_path.glob("in/**/*.png")))
    plan = plan_render(tmp_path / "out", [*sources, "rtsp://cam"])
    targets = {str(plan.target(s, moving=False).relative_to(tmp_path / "out")) for s in plan.stems or ()}
    assert targets == {"anna/1.png", "ben/1.png", "ben/late/1.png", "ANNA_ b/1.png", "cam.png"}
    with plan.open(sources[-1], moving=False) as writer:
        writer.write(grey(1), 0)
    assert (tmp_path / "out" / "ben" / "late" / "1.png").exists()
    one_folder = plan_render(tmp_path / "out", [s for s in sources if "late" in s])
    assert list((one_folder.stems or {}).values()) == ["1"]


def test_what_can_not_be(tmp_path: Path) -> None:
    with pytest.raises(OptionError, match="2 sources need a folder"):
        plan_render(tmp_path / "o.png", ["a", "b"])
    with pytest.raises(OptionError, match=r"\.png.*\.mp4"):
        plan_render(tmp_path / "o.avi", ["a"])
    mine = tmp_path / "a.png"
    ImageWriter(mine).write(grey(7))
    with pytest.raises(OutputError, match="is a source itself"):
        plan_render(mine, [str(mine)], overwrite=True).open(str(mine), moving=False)
    with pytest.raises(OutputExistsError, match="overwrite"):
        plan_render(mine, ["b.jpg"]).open("b.jpg", moving=False)
    plan_render(mine, ["b.jpg"], overwrite=True).open("b.jpg", moving=False).write(grey(9), 0)
    with Pictures.open(mine) as picture:
        assert picture.getpixel((0, 0)) == (9, 9, 9)


def test_a_drawing_of_another_source_is_not_replaced(tmp_path: Path) -> None:
    record, folder = tmp_path / "o.jsonl.drawn", tmp_path / "drawn"
    first = plan_render(folder, ["day1/a.jpg"], record=record)
    with first.drawing("day1/a.jpg", moving=False) as writer:
        writer.write(grey(9), 0)
    plan_render(folder, ["./day1/a.jpg"], record=record).check({"./day1/a.jpg": False})
    assert first.undrawn(["day1/a.jpg"]) == []
    second = plan_render(folder, ["day2/a.jpg"], record=record)
    assert second.undrawn(["day2/a.jpg"]) == ["day2/a.jpg"]
    for attempt in (lambda: second.check({"day2/a.jpg": False}), lambda: second.open("day2/a.jpg", False)):
        with pytest.raises(OutputExistsError, match=r"a\.jpg: shows .*day1/a\.jpg; choose another folder"):
            attempt()


def test_notes_that_were_cut_cost_their_own_file_only(tmp_path: Path) -> None:
    record = tmp_path / "o.jsonl.drawn"
    plan = plan_render(tmp_path / "drawn", ["a.jpg", "b.jpg", "c.jpg"], record=record)
    for name in ("a.jpg", "b.jpg"):
        with plan.drawing(name, moving=False) as writer:
            writer.write(grey(9), 0)
    record.write_bytes(record.read_bytes()[:-12])
    with plan.drawing("c.jpg", moving=False) as writer:
        writer.write(grey(9), 0)
    assert plan.undrawn(["a.jpg", "b.jpg", "c.jpg"]) == ["b.jpg"]
    assert len(record.read_text().splitlines()) == 6


def test_what_another_process_draws_is_seen(tmp_path: Path) -> None:
    ours, theirs = (
        plan_render(tmp_path / "drawn", ["a.jpg", "b.jpg"], record=tmp_path / "o.jsonl.drawn")
        for _ in range(2)
    )
    for done, plan in enumerate((ours, theirs, ours)):
        name = ("a.jpg", "b.jpg", "a.jpg")[done]
        with plan.drawing(name, moving=False) as writer:
            writer.write(grey(9), 0)
        assert ours.undrawn(["a.jpg", "b.jpg"]) == (["b.jpg"] if done == 0 else [])


def test_notes_of_before_sources_were_kept_are_read(tmp_path: Path) -> None:
    record = tmp_path / "o.jsonl.drawn"
    plan = plan_render(tmp_path / "a.png", ["a.jpg"], record=record)
    with plan.open("a.jpg", moving=False) as writer:
        writer.write(grey(9), 0)
    record.write_text(json.dumps([str(tmp_path / "a.png"), True, None]) + "\n")
    plan.check({"a.jpg": False})
    assert plan.undrawn(["a.jpg"]) == []


@pytest.mark.parametrize("letter", ["a", "字", "é"])
def test_long_names_are_cut_and_stay_apart(tmp_path: Path, letter: str) -> None:
    names = [letter * (240 // len(letter.encode())) + end for end in ("a.jpg", "b.jpg")]
    plan = plan_render(tmp_path / "out", names)
    for name in names:
        with plan.open(name, moving=False) as writer:
            writer.write(grey(1), 0)
    assert len(list((tmp_path / "out").iterdir())) == 2


@pytest.mark.skipif(os.name == "nt", reason="Windows has no flock")
def test_two_runs_on_one_video_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "o.mp4"
    with VideoWriter(path) as first:
        first.write(grey(9), 0.0)
        with pytest.raises(OutputError, match=r"o\.mp4: another run is writing"), VideoWriter(path) as second:
            second.write(grey(9), 0.0)
        first.write(grey(9), 0.04)
    assert [file.name for file in tmp_path.iterdir()] == ["o.mp4"]
    assert len(read(path)[1]) == 2
