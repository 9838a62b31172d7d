from __future__ import annotations

import errno
import json
from dataclasses import replace
from pathlib import Path

import cv2
import numpy as np
import pytest

from mimik.cli.main import main
from mimik.colours import EXPRESSION_COLOURS
from mimik.errors import DataError, MissingExtraError, OptionError, OutputError
from mimik.facs import ACTION_UNITS
from mimik.plots.face import AREAS
from mimik.plots.results import NAMES, Drawn, draw_people, plot_results
from mimik.plots.series import MOST_COLUMNS, Person, read_people, thinned
from mimik.plots.titles import titles
from mimik.readings import AuReading, ClassReading
from mimik.results.read import read_rows
from mimik.results.summarise import summarise
from mimik.types import Face, FrameResult
from synthetic_results import EMOTIONS, make_face, make_result

UNITS = ("AU01", "AU06", "AU12")


def with_units(face: Face, value: float, reason: str | None = None) -> Face:
    units = dict.fromkeys(UNITS, value)
    return replace(face, readings={**face.readings, "au": AuReading((), units, units, reason)})


def write(path: Path, frames: int, people: int = 1, step: int = 1) -> Path:
    lines = [
        make_result("clip.mp4", n * step, *(with_units(make_face(p), 0.3) for p in range(people)))
        for n in range(frames)
    ]
    path.write_text("".join(json.dumps(line.to_dict()) + "\n" for line in lines))
    return path


def counts(drawn: Drawn) -> tuple[int, int]:
    return drawn.people, drawn.of


def test_a_video_and_a_photo(tmp_path: Path) -> None:
    for frames, people in ((40, 2), (1, 1)):
        results = write(tmp_path / f"{frames}.jsonl", frames, people)
        assert counts(plot_results(results, tmp_path / f"{frames}.png")) == (people, people)
        picture = cv2.imread(str(tmp_path / f"{frames}.png"))
        assert picture.std() > 20
    assert counts(plot_results(results, tmp_path / "x.svg")) == (1, 1)


def test_lines_and_bars_have_the_colours_of_their_expressions(tmp_path: Path) -> None:
    from matplotlib.colors import to_hex

    over_time, at_once = (
        draw_people(read_people(read_rows(write(tmp_path / "r.jsonl", frames)))).get_axes()
        for frames in (5, 1)
    )
    lines = {str(line.get_label()): line.get_color() for line in over_time[0].get_lines()}
    assert {name: lines[name] for name in EMOTIONS} == {name: EXPRESSION_COLOURS[name] for name in EMOTIONS}
    names = [label.get_text() for label in at_once[0].get_yticklabels()]
    bars = {name: to_hex(bar.get_facecolor()) for name, bar in zip(names, at_once[0].patches, strict=True)}
    assert bars == {name: EXPRESSION_COLOURS[name] for name in EMOTIONS}


def test_people_are_chosen(tmp_path: Path) -> None:
    results = write(tmp_path / "r.jsonl", 3, 9)
    assert counts(plot_results(results, tmp_path / "a.png")) == (6, 9)
    assert counts(plot_results(results, tmp_path / "b.png", source="clip.mp4", person=4)) == (1, 1)
    with pytest.raises(DataError, match=r"no face of that source and id .* #0, #1, #2, #3 and 5 more$"):
        plot_results(results, tmp_path / "c.png", person=50)
    with pytest.raises(DataError, match=r"no face of that source and id .* there is clip\.mp4$"):
        plot_results(results, tmp_path / "c.png", source="lip.mp4")
    assert not (tmp_path / "c.png").exists()


def test_untrusted_values_are_not_drawn(tmp_path: Path) -> None:
    faces = [
        with_units(make_face(), 0.4),
        with_units(make_face(), 0.4, "turned away"),
        with_units(make_face(reason="too small"), 0.4, "too small"),
    ]
    lines = [make_result("a", n, face).to_dict() for n, face in enumerate(faces)]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (person,) = read_people(read_rows(tmp_path / "r.jsonl"))
    assert person.labels("au") == list(UNITS)
    assert np.isnan(person.table("au")).all(axis=1).tolist() == [False, True, True]
    assert np.isnan(person.table("emotion")).all(axis=1).tolist() == [False, False, True]
    lines = [make_result("a", n, make_face(reason="too dark")).to_dict() for n in range(3)]
    (tmp_path / "dark.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    assert counts(plot_results(tmp_path / "dark.jsonl", tmp_path / "dark.png")) == (1, 1)


def save(path: Path, *results: FrameResult) -> Path:
    path.write_text("".join(json.dumps(result.to_dict()) + "\n" for result in results))
    return path


def words_in(results: Path) -> list[str]:
    """All that is written into the picture of a results file."""
    from matplotlib.text import Text

    figure = draw_people(read_people(read_rows(results)))
    return [text.get_text() for text in figure.findobj(Text)]


@pytest.mark.parametrize("frames", [1, 4])
def test_units_that_cannot_be_trusted_are_not_drawn_as_none(tmp_path: Path, frames: int) -> None:
    face = with_units(make_face(), 0.4, "turned away")
    results = save(tmp_path / "r.jsonl", *(make_result("a", n, face) for n in range(frames)))
    assert words_in(results).count("action units\nnot reliable") == 2
    assert counts(plot_results(results, tmp_path / "p.png")) == (1, 1)


def test_a_unit_that_is_not_known_is_not_drawn_as_none(tmp_path: Path) -> None:
    face = with_units(make_face(), 0.4)
    results = save(tmp_path / "r.jsonl", make_result("a", 0, face))
    assert "not known" not in words_in(results)
    hidden = AuReading((), {"AU25": 0.9}, {}, "turned away")
    other = replace(face, readings={"au": hidden})
    results = save(tmp_path / "r.jsonl", make_result("a", 0, face), make_result("a", 0, other))
    assert words_in(results).count("not known") == 1


def test_the_columns_are_those_of_all_rows(tmp_path: Path) -> None:
    bare = replace(make_face(), readings={"age": make_face().readings["age"]})
    eighth = ClassReading("contempt", {"contempt": 0.9, "very happy": 0.06, "very sad": 0.04}, {}, True)
    faces = [bare, make_face(), replace(make_face(), readings={"emotion": eighth}), with_units(bare, 0.4)]
    results = save(tmp_path / "r.jsonl", *(make_result("a", n, face) for n, face in enumerate(faces)))
    (person,) = read_people(read_rows(results))
    assert person.labels("emotion") == [*EMOTIONS, "contempt", "very happy", "very sad"]
    table = person.table("emotion")
    assert np.isnan(table[:, 0]).tolist() == [True, False, True, True]
    assert table[2, -3:].tolist() == pytest.approx([0.9, 0.06, 0.04])
    assert np.isnan(person.table("au")[:, 0]).tolist() == [True, True, True, False]
    assert counts(plot_results(results, tmp_path / "p.png")) == (1, 1)


def test_people_with_different_tasks(tmp_path: Path) -> None:
    ages = replace(make_face(3), readings={"age": make_face().readings["age"]})
    units = replace(make_face(1), readings=with_units(make_face(), 0.4).readings | {})
    only_units = replace(units, readings={"au": units.readings["au"]})
    results = save(tmp_path / "r.jsonl", make_result("a", 0, make_face(0), only_units, ages))
    people = read_people(read_rows(results))
    assert [(p.id, bool(p.labels("emotion")), bool(p.labels("au"))) for p in people] == [
        (0, True, False),
        (1, False, True),
    ]
    assert counts(plot_results(results, tmp_path / "p.png")) == (2, 2)


@pytest.mark.parametrize("frames", [1, 3])
def test_intensities_of_another_tool(tmp_path: Path, frames: int) -> None:
    face = {"id": 0, "box_xyxy": None, "landmarks_xy": None, "score": 0.9, "quality": None}
    units = {"active": ["AU12"], "probabilities": None, "raw": None, "reliable": None, "reason": None}
    face["au"] = units | {"intensities": {"AU12": 2.5, "AU45": 1.0}}
    lines = [{"source": "of.csv", "frame": n, "time_s": n / 30, "faces": [face]} for n in range(frames)]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (person,) = read_people(read_rows(tmp_path / "r.jsonl"))
    assert person.labels("au") == ["AU12", "AU45"]
    assert person.table("au") == pytest.approx(np.array([[0.5, 0.2]] * frames))
    words = " ".join(words_in(tmp_path / "r.jsonl"))
    assert "intensity" in words and "lip corner puller AU12" in words and "blink AU45" in words
    assert counts(plot_results(tmp_path / "r.jsonl", tmp_path / "p.png")) == (1, 1)
    (summary,) = summarise(tmp_path / "r.jsonl")
    assert (summary["frames"], summary["au_active"], summary["au_intensities_AU12_median"]) == (
        frames,
        "AU12",
        2.5,
    )


@pytest.mark.parametrize("suffix", [".png", ".svg", ".pdf"])
def test_a_picture_is_whole_or_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, suffix: str
) -> None:
    results, picture = write(tmp_path / "r.jsonl", 1), tmp_path / f"p{suffix}"
    picture.write_bytes(b"old")
    real = Path.open

    def full(self: Path, mode: str = "r", *args: object, **kwargs: object) -> object:
        if "w" in mode:
            stream = real(self, "wb")
            stream.write(b"half")
            stream.close()
            raise OSError(errno.ENOSPC, "No space left on device")
        return real(self, mode, *args, **kwargs)  # type: ignore[call-overload]

    with monkeypatch.context() as patch:
        patch.setattr(Path, "open", full)
        patch.setattr("builtins.open", lambda name, *args, **kwargs: full(Path(name), *args, **kwargs))
        with pytest.raises(OutputError, match="free some space") as caught:
            plot_results(results, picture)
    assert "\n" not in str(caught.value)
    assert picture.read_bytes() == b"old"
    assert {path.name for path in tmp_path.iterdir()} == {"r.jsonl", picture.name}
    plot_results(results, picture)
    assert picture.stat().st_size > 1000


def test_an_absence_breaks_the_lines() -> None:
    times, table = thinned([0.0, 0.1, 0.2, 3.0, 3.1], np.ones((5, 2), np.float32))
    assert times.tolist() == pytest.approx([0, 0.1, 0.2, 0.3, 3.0, 3.1])
    assert np.isnan(table[:, 0]).tolist() == [False, False, False, True, False, False]


def test_long_results_are_thinned_by_means() -> None:
    values = np.tile(np.float32([[0.0], [1.0]]), (5000, 1))
    times, table = thinned(list(np.arange(10_000) / 25), values)
    assert len(times) == len(table) <= MOST_COLUMNS
    assert table[:-1, 0] == pytest.approx(np.full(len(table) - 1, 0.5), abs=0.1)


def test_an_absence_in_long_results_is_left_white() -> None:
    times = [n / 10 for n in range(36_000) if not 12_000 <= n < 12_120]
    drawn, table = thinned(times, np.ones((len(times), 1), np.float32))
    (gap,) = np.flatnonzero(np.isnan(table[:, 0]))
    assert drawn[gap] == pytest.approx(1200.0) and drawn[gap + 1] == pytest.approx(1212.0)
    assert len(drawn) <= MOST_COLUMNS + 3


def test_the_last_frame_lasts_as_long_as_others() -> None:
    person = Person("a", 0, [*(n / 10 for n in range(10)), *(100 + n / 10 for n in range(10))])
    assert person.span_s == pytest.approx((0.0, 101.0))


@pytest.mark.parametrize("known_from", [0, 5, 99])
def test_where_the_face_at_rest_becomes_known_is_marked(tmp_path: Path, known_from: int) -> None:
    lines = []
    for n in range(10):
        face, moved = make_face(share=0.6 if n >= known_from else 0.9), n >= known_from
        emotion = replace(face.readings["emotion"], against_neutral=moved)  # type: ignore[type-var]
        face = replace(face, readings={"emotion": emotion})
        lines.append(json.dumps(make_result("a", n, face).to_dict()) + "\n")
    (tmp_path / "r.jsonl").write_text("".join(lines))
    (person,) = people = read_people(read_rows(tmp_path / "r.jsonl"))
    assert person.means("emotion").max() == pytest.approx(0.9 if known_from == 99 else 0.6)
    (axes,) = draw_people(people).get_axes()
    assert [text.get_text() for text in axes.texts] == (
        ["from here on against the face at rest"] if known_from == 5 else []
    )


def test_frames_that_stand_alone_are_drawn(tmp_path: Path) -> None:
    faces = [make_face(reason="blurred" if n % 2 else None) for n in range(20)]
    lines = [make_result("a", n, face).to_dict() for n, face in enumerate(faces)]
    (tmp_path / "r.jsonl").write_text("".join(json.dumps(line) + "\n" for line in lines))
    (axes,) = draw_people(read_people(read_rows(tmp_path / "r.jsonl"))).get_axes()
    points = [line for line in axes.get_lines() if line.get_marker() == "."]
    assert [len(line.get_xdata()) for line in points] == [10] * 7
    assert len(axes.get_legend().get_texts()) == 7


@pytest.mark.parametrize(
    "name", ["$5^ and $6.jpg", "a$\\frac$b.jpg", "bad\udcff.jpg", "two\nlines\x1b.jpg", "照片.jpg", "x" * 250]
)
def test_any_name_can_be_a_title(tmp_path: Path, name: str) -> None:
    results = tmp_path / "r.jsonl"
    results.write_text(json.dumps(make_result(name, 0, make_face()).to_dict()) + "\n")
    people = read_people(read_rows(results))
    assert counts(plot_results(results, tmp_path / "a.png")) == (1, 1)
    (part,) = draw_people(people).subfigs
    title = part.get_suptitle()
    assert title.endswith(".jpg, #0" if len(name) < 99 else "xxx, #0") and len(title) < 120
    assert title.isprintable() and (len(name) > 99 or name[0] in title)


def test_nothing_to_plot(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    (tmp_path / "empty.jsonl").write_text(json.dumps(make_result().to_dict()) + "\n")
    with pytest.raises(DataError, match="holds no face to plot"):
        plot_results(tmp_path / "empty.jsonl", tmp_path / "p.png")
    ages = replace(make_face(), readings={"age": make_face().readings["age"]})
    (tmp_path / "ages.jsonl").write_text(json.dumps(make_result("a", 0, ages).to_dict()) + "\n")
    with pytest.raises(DataError, match=r"ages\.jsonl: neither emotions, action units nor meshes"):
        plot_results(tmp_path / "ages.jsonl", tmp_path / "p.png")
    results = write(tmp_path / "r.jsonl", 1)
    with pytest.raises(OptionError, match=r"\.png, \.svg or \.pdf"):
        plot_results(results, tmp_path / "p.txt")
    with pytest.raises(OutputError, match="can't be written"):
        plot_results(results, tmp_path / "none" / "p.png")
    monkeypatch.setattr("importlib.util.find_spec", lambda name: None)
    with pytest.raises(MissingExtraError, match=r"mimik\[plots\]"):
        plot_results(results, tmp_path / "p.png")


def test_command_line(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results, picture = write(tmp_path / "r.jsonl", 3, 9), tmp_path / "p.png"
    assert main(["plot", str(results), "-o", str(picture)]) == 0
    assert "6 of 9 people are drawn" in capsys.readouterr().err
    before = picture.read_bytes()
    assert main(["plot", str(results), "-o", str(picture)]) == 2
    assert "--overwrite" in capsys.readouterr().err
    assert picture.read_bytes() == before
    assert main(["plot", str(tmp_path / "none.jsonl"), "-o", str(tmp_path / "q.png")]) != 0


def test_a_unit_without_a_name_is_drawn_by_its_number(tmp_path: Path) -> None:
    units = {"AU12": 0.5, "AU61": 0.7}
    face = replace(make_face(), readings={"au": AuReading((), units, units)})
    results = save(tmp_path / "r.jsonl", make_result("a.jpg", 0, face))
    assert "AU61" in words_in(results)


def test_every_unit_has_a_place_on_the_face() -> None:
    assert set(AREAS) == set(NAMES) > set(ACTION_UNITS)
    assert all(abs(x) < 0.4 and 0 < y < 1.03 for x, y, _, _ in AREAS.values())


def test_titles_tell_files_of_the_same_name_apart() -> None:
    def of(*sources: str) -> list[str]:
        return titles([Person(source, 0) for source in sources])

    one, two = "videos/a/one.mp4", "videos/b/one.mp4"
    assert of(one, two, "videos/b/two.mp4") == [
        str(Path("a/one.mp4, #0")),
        str(Path("b/one.mp4, #0")),
        "two.mp4, #0",
    ]
    assert of("one.mp4", str(Path("a/one.mp4"))) == ["one.mp4, #0", str(Path("a/one.mp4, #0"))]
    assert of(one, one) == ["one.mp4, #0"] * 2
    assert titles([Person("", None)]) == [""]


def test_the_charts_share_their_time_and_the_heat_map_has_a_scale(tmp_path: Path) -> None:
    figure = draw_people(read_people(read_rows(write(tmp_path / "r.jsonl", 5))))
    lines, heat = (
        a for a in figure.get_axes() if a.get_ylabel() == "probability, %" or a.get_xlabel() == "seconds"
    )
    assert lines.get_xlim() == heat.get_xlim() == pytest.approx((0, 0.2))
    figure.draw_without_rendering()
    above, below = lines.get_window_extent(), heat.get_window_extent()
    assert (above.x0, above.x1) == pytest.approx((below.x0, below.x1))
    assert [a.get_ylabel() for a in figure.get_axes()].count("probability") == 1
