"""Results read back, and summed up."""

from __future__ import annotations

import csv
import json
import re
import statistics
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pyarrow.compute as compute
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from pyarrow import parquet

from mimik.errors import DataError, MimikWarning, SourceNotFoundError
from mimik.readings import AuReading
from mimik.results.dataframe import to_dataframe
from mimik.results.read import is_named, read_results, read_rows
from mimik.results.rows import BASE_COLUMNS, is_face
from mimik.results.summarise import summarise
from mimik.runs.writer import open_writer
from mimik.types import FrameResult
from synthetic_results import INFO, make_face, make_result, random_results


def write(path: Path, results: list[FrameResult]) -> Path:
    with open_writer(path, INFO) as writer:
        for result in results:
            writer.write(result)
    return path


@pytest.mark.parametrize("name", ["clips/a/b.mp4", "a/b.mp4", "b.mp4", "a\\b.mp4"])
def test_a_source_is_named_by_the_last_parts_of_its_path(name: str) -> None:
    assert is_named("clips/a/b.mp4", name) and is_named("clips\\a\\b.mp4", name)
    assert not is_named("clips/a/ab.mp4", name) and not is_named(f"clips/x{name}", name)


def test_half_a_last_line_is_left_out(tmp_path: Path) -> None:
    path = write(tmp_path / "o.jsonl", list(random_results("a", 5)))
    path.write_bytes(path.read_bytes()[:-30])
    for read in (read_results, read_rows):
        with pytest.warns(MimikWarning, match=r"o\.jsonl: ends in half a line, .* again$"):
            assert {entry["frame"] for entry in read(path)} == {0, 1, 2, 3}


def test_a_last_line_without_its_newline_is_read(tmp_path: Path) -> None:
    path = write(tmp_path / "o.jsonl", list(random_results("a", 3)))
    path.write_bytes(path.read_bytes().rstrip(b"\n"))
    assert [frame["frame"] for frame in read_results(path)] == [0, 1, 2]
    path.write_text(path.read_text() + "\n{}")
    with pytest.raises(DataError, match=r"line 4: not a line of mimik's results"):
        list(read_results(path))


def write_csv(path: Path, *names: str) -> tuple[Path, bytes, int]:
    """A frame of each source, the whole file, and how much of it comes before the last row."""
    write(path, [make_result(name, n, make_face()) for n, name in enumerate(names)])
    whole = path.read_bytes()
    return path, whole, whole.rindex(names[-1].partition("\n")[0].encode())


def test_a_csv_that_was_cut_anywhere_in_its_last_row_has_the_rows_before(tmp_path: Path) -> None:
    path, whole, last = write_csv(tmp_path / "o.csv", "größe.mp4", "läufer.mp4")
    first, _ = read_rows(path)
    for size in range(last + 1, len(whole)):
        path.write_bytes(whole[:size])
        with pytest.warns(MimikWarning, match=r"o\.csv: ends in half a line, .* again$"):
            assert list(read_rows(path)) == [first]
    path.write_bytes(whole[:last])
    assert list(read_rows(path)) == [first]


def test_a_cut_row_of_several_lines_is_left_out_whole(tmp_path: Path) -> None:
    path, whole, _ = write_csv(tmp_path / "o.csv", "a\nb\rc.mp4", "d\ne\rf.mp4")
    assert [row["source"] for row in read_rows(path)] == ["a\nb\rc.mp4", "d\ne\rf.mp4"]
    for size in (whole.rindex(b"e\r") + 1, len(whole) - 3, len(whole) - 1):
        path.write_bytes(whole[:size])
        with pytest.warns(MimikWarning, match="half a line"):
            assert [row["source"] for row in read_rows(path)] == ["a\nb\rc.mp4"]


@pytest.mark.parametrize("mark", [b"", b"\xef\xbb\xbf"])
def test_a_last_row_without_newline_is_read_where_another_program_wrote_it(
    tmp_path: Path, mark: bytes
) -> None:
    path, whole, _ = write_csv(tmp_path / "o.csv", "a", "b")
    rows = list(read_rows(path))
    for end in (b"\r\n", b"\r"):
        path.write_bytes(mark + whole.replace(b"\n", end).rstrip())
        assert list(read_rows(path)) == rows


@pytest.mark.parametrize(
    "line",
    [
        "nonsense",
        "3",
        "[]",
        "{}",
        '{"source": "a"}',
        '{"source": "a", "frame": 0, "time_s": 0, "faces": [{"id": 0}]}',
        "\xff",
    ],
)
def test_a_line_that_is_no_result_is_named(tmp_path: Path, line: str) -> None:
    path = write(tmp_path / "o.jsonl", list(random_results("a", 2)))
    with path.open("ab") as stream:
        stream.write(line.encode("latin-1") + b"\n")
    with pytest.raises(DataError, match=r"o\.jsonl, line 3: not a line"):
        list(read_results(path))


FACE: dict[str, object] = {
    "id": 0,
    "box_xyxy": None,
    "landmarks_xy": None,
    "score": 0.5,
    "quality": None,
}
DAMAGED_FRAMES = [{"frame": "x"}, {"frame": 1.5}, {"frame": True}, {"source": None}, {"time_s": "now"}]
DAMAGED_FACES: list[dict[str, object]] = [
    {"emotion": 3},
    {"au": [1]},
    {"gender": None},
]
DAMAGED_VALUES: list[dict[str, object]] = [
    {"box_xyxy": [1, 2]},
    {"box_xyxy": ["a", 1, 2, 3]},
    {"quality": "good"},
    {"quality": {"pose": 3}},
    {"id": "me"},
    {"score": True},
    {"emotion": {"label": 3}},
    {"emotion": {"label": "happy", "probabilities": {"happy": "much"}}},
    {"emotion": {"label": "happy", "probabilities": [0.5]}},
    {"au": {"active": 3, "probabilities": None}},
]


def one_line(path: Path, frame: object, *faces: object) -> Path:
    assert isinstance(frame, dict)
    line = {"source": "a", "frame": 0, "time_s": 0, "faces": list(faces)} | frame
    path.write_text(json.dumps(line) + "\n")
    return path


@pytest.mark.parametrize("frame", DAMAGED_FRAMES)
def test_a_damaged_frame_is_named(tmp_path: Path, frame: dict[str, object]) -> None:
    path = one_line(tmp_path / "o.jsonl", frame, FACE)
    with pytest.raises(DataError, match=r"o\.jsonl, line 1: not a line"):
        list(read_results(path))


@pytest.mark.parametrize("damage", DAMAGED_FACES + DAMAGED_VALUES)
def test_a_damaged_face_is_named(tmp_path: Path, damage: dict[str, object]) -> None:
    path = one_line(tmp_path / "o.jsonl", {}, {**FACE, **damage})
    with pytest.raises(DataError, match=r"o\.jsonl, line 1: not a line") as caught:
        list(read_rows(path))
    assert "\n" not in str(caught.value)
    with pytest.raises(DataError, match=r"o\.jsonl, line 1"):
        summarise(path)
    if damage in DAMAGED_FACES:
        with pytest.raises(DataError, match="must be an object"):
            list(read_results(path))


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"box_xyxy": [1, 2]}, "box_xyxy must be four numbers or null"),
        ({"box_xyxy": ["a", 1, 2, 3]}, "x1 can't be 'a'"),
        ({"quality": "good"}, "quality must be an object or null"),
        ({"quality": {"pose": 3}}, "quality.pose must be an object or null"),
    ],
)
def test_the_field_that_is_damaged_is_named(tmp_path: Path, damage: dict[str, object], message: str) -> None:
    path = one_line(tmp_path / "o.jsonl", {}, {**FACE, **damage})
    with pytest.raises(DataError, match=f"mimik's results: {message}$"):
        list(read_rows(path))


def test_a_task_of_a_later_version_is_read(tmp_path: Path) -> None:
    path = one_line(tmp_path / "o.jsonl", {}, {**FACE, "voice": {"said": "hello"}})
    assert len(list(read_results(path))) == 1


def test_faces_of_other_tools_without_a_box_are_summed_up(tmp_path: Path) -> None:
    emotion = {"label": "happy", "probabilities": {"happy": 1.0}, "raw": None}
    path = one_line(tmp_path / "o.jsonl", {"time_s": None}, {**FACE, "id": None, "emotion": emotion})
    (person,) = summarise(path)
    assert (person["id"], person["frames"], person["emotion_label"]) == (None, 1, "happy")
    assert (person["first_s"], person["last_s"], person["seconds"]) == (None, None, None)
    assert (person["emotion_happy_share"], person["emotion_happy_activations"]) == (1.0, 1)
    assert [is_face(row) for row in read_rows(path)] == [True]
    assert [is_face(row) for row in read_rows(one_line(tmp_path / "p.jsonl", {}))] == [False]


HEAD = "source,frame,time_s,id,x1,reason\n"


@pytest.mark.parametrize("write", [str.upper, str.title, str.lower])
def test_true_and_false_are_read_as_other_programs_write_them(
    tmp_path: Path, write: Callable[[str], str]
) -> None:
    path = tmp_path / "o.csv"
    cells = ",".join((write("true"), write("false"), ""))
    path.write_text(f"{HEAD.strip()},reliable,au_reliable,au_against_neutral\na,0,0,0,,,{cells}\n")
    (row,) = read_rows(path)
    assert [row[name] for name in ("reliable", "au_reliable", "au_against_neutral")] == [True, False, None]


@pytest.mark.parametrize("separator", [";", "\t"])
def test_a_table_that_a_spreadsheet_saved_again(tmp_path: Path, separator: str) -> None:
    """Semicolons or tabs, decimal commas, a byte order mark, CRLF, and true in its own language."""
    path, saved = tmp_path / "o.csv", tmp_path / "saved.csv"
    write(path, [make_result("a", i, make_face(), time_s=i / 2) for i in range(3)])
    with path.open(newline="") as ours, saved.open("w", encoding="utf-8-sig", newline="") as theirs:
        pen = csv.writer(theirs, delimiter=separator, lineterminator="\r\n")
        for row in csv.reader(ours):
            local = (re.sub(r"^(-?\d+)\.(\d+)$", r"\1,\2", cell) for cell in row)
            pen.writerow({"true": "WAHR", "false": "FALSCH"}.get(cell, cell) for cell in local)
    assert list(read_rows(saved)) == list(read_rows(path))
    assert summarise(saved) == summarise(path)


@pytest.mark.parametrize("declared", [True, False])
def test_a_table_that_pandas_or_r_saved_again_with_columns_of_ones_own(
    tmp_path: Path, declared: bool
) -> None:
    path, saved = tmp_path / "o.csv", tmp_path / "saved.csv"
    frames = [make_result("a", i, make_face(2), time_s=i / 2) for i in range(3)]
    write(path, [*frames, make_result("a", 3, time_s=1.5)])
    wanted = summarise(path)
    if declared:
        saved.with_name("saved.csv.run").write_bytes(path.with_name("o.csv.run").read_bytes())
    with path.open(newline="") as ours, saved.open("w", newline="") as theirs:
        pen = csv.writer(theirs)
        head, *rows = csv.reader(ours)
        pen.writerow(["", *head, "code", "trial"])
        for number, row in enumerate(rows):
            cells = [{"2": "2.0", "": "NA"}.get(cell, cell) for cell in row]
            pen.writerow([number, *cells, ("7", "7b", "7b", "7")[number], "3"])
    assert [is_face(row) for row in read_rows(saved)] == [True, True, True, False]
    assert [{**row, "code": "7b", "trial": "3"} for row in wanted] == summarise(saved)


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_nan_is_a_missing_value(tmp_path: Path, suffix: str) -> None:
    """NumPy, R and others write NaN where nothing is known: into frames without a face, too."""
    path, theirs = tmp_path / f"o{suffix}", tmp_path / f"theirs{suffix}"
    frames = [make_result("a", i, *([make_face()] if i != 2 else []), time_s=i / 2) for i in range(5)]
    write(path, frames)
    wanted = summarise(path)
    if suffix == ".parquet":
        table = parquet.read_table(path)
        for at, field in enumerate(table.schema):
            if str(field.type) == "double":
                filled = table.column(at).fill_null(float("nan"))
                table = table.set_column(at, field.name, filled)
        assert compute.any(compute.is_nan(table.column("x1"))).as_py()
        parquet.write_table(table, theirs)
    else:
        text = path.read_text()
        if suffix == ".csv":
            head, *rows = text.splitlines()
            cells = [[cell or "NaN" for cell in row.split(",")] for row in rows]
            theirs.write_text("\n".join([head, *map(",".join, cells)]) + "\n")
        else:
            before, _, after = text.rpartition('"age": {"years": 34.0')
            path.write_text(f'{before}"age": {{"years": null{after}')
            theirs.write_text(f'{before}"age": {{"years": NaN{after}')
            assert "age_years_mean" in summarise(path)[0]
            wanted = summarise(path)
    theirs.with_name(theirs.name + ".run").write_bytes(path.with_name(path.name + ".run").read_bytes())
    assert summarise(theirs) == wanted


def test_empty_rows_of_a_spreadsheet_are_no_sources(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    write(path, [make_result("a", i, make_face(), time_s=i / 2) for i in range(3)])
    rows = list(read_rows(path))
    with path.open("a") as stream:
        stream.write(("," * (len(rows[0]) - 1) + "\n") * 2)
    assert list(read_rows(path)) == rows


def test_a_table_in_another_encoding_says_so(tmp_path: Path) -> None:
    (tmp_path / "o.csv").write_bytes(f"{HEAD}ä.mp4,0,0,0,,\n".encode("cp1252"))
    with pytest.raises(DataError, match="not in UTF-8: save it as 'CSV UTF-8'"):
        list(read_rows(tmp_path / "o.csv"))


@pytest.mark.parametrize("text", ["1", "yes", "WAHRR", "0.0", "tru"])
def test_what_is_neither_true_nor_false_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "o.csv").write_text(f"{HEAD.strip()},au_reliable\na,0,0,0,,,{text}\n")
    with pytest.raises(DataError, match=rf"o\.csv, line 2: .*: au_reliable can't be '{text}'$"):
        list(read_rows(tmp_path / "o.csv"))


@pytest.mark.parametrize(
    ("line", "why"),
    [
        ("a,1", "it has fewer cells than the first line"),
        ("a,1,0,0,0,,7", "it has more cells than the first line"),
        ("a,1.5,0,0,0,", "frame can't be '1.5'"),
        ("a,1,soon,0,0,", "time_s can't be 'soon'"),
    ],
)
def test_a_damaged_row_says_what_is_wrong(tmp_path: Path, line: str, why: str) -> None:
    (tmp_path / "o.csv").write_text(f"{HEAD}{line}\n")
    with pytest.raises(DataError, match=rf"line 2: not a row of mimik's results: {why}$"):
        list(read_rows(tmp_path / "o.csv"))


def test_files_that_are_no_results(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError, match=r"no\.jsonl: no such"):
        list(read_results(tmp_path / "no.jsonl"))
    with pytest.raises(DataError, match=r"are \.jsonl, \.csv, \.parquet"):
        read_rows(tmp_path / "o.txt")
    (tmp_path / "other.csv").write_text("a,b\n1,2\n")
    with pytest.raises(DataError, match="no column frame, id, reason"):
        list(read_rows(tmp_path / "other.csv"))
    (tmp_path / "bad.csv").write_text(HEAD + "a,x,0,0,0,\n")
    with pytest.raises(DataError, match=r"bad\.csv, line 2"):
        list(read_rows(tmp_path / "bad.csv"))
    (tmp_path / "short.csv").write_text(HEAD + "a,1\n")
    with pytest.raises(DataError, match=r"short\.csv, line 2"):
        list(read_rows(tmp_path / "short.csv"))
    (tmp_path / "o.parquet").write_text("no")
    with pytest.raises(DataError, match=r"o\.parquet"):
        list(read_rows(tmp_path / "o.parquet"))
    (tmp_path / "d.jsonl").mkdir()
    with pytest.raises(DataError, match=r"only \.jsonl results hold whole frames"):
        list(read_results(tmp_path / "d.jsonl"))


@pytest.mark.filterwarnings("ignore:.*half a line")
@settings(max_examples=30)
@given(data=st.binary(max_size=200), suffix=st.sampled_from((".jsonl", ".csv", ".parquet")))
def test_any_bytes_give_rows_or_a_data_error(tmp_path_factory, data: bytes, suffix: str) -> None:  # type: ignore[no-untyped-def]
    path = tmp_path_factory.mktemp("any") / f"o{suffix}"
    path.write_bytes(data)
    try:
        list(read_rows(path))
    except DataError as error:
        assert "\n" not in str(error)


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_a_dataframe_from_every_format(tmp_path: Path, suffix: str) -> None:
    results = list(random_results("a", 30))
    table = to_dataframe(write(tmp_path / f"o{suffix}", results))
    direct = to_dataframe(results)
    assert (table["emotion_happy"].dtype, str(table["id"].dtype)) == ("float64", "Int64")
    assert table[list(direct.columns)].equals(direct)
    faces = sum(len(result.faces) for result in results)
    assert table["id"].notna().sum() == faces


def clip() -> list[FrameResult]:
    """Two seconds happy, one sad, one in which nothing can be trusted; a second person halfway."""
    frames = []
    for frame in range(8):
        emotion = "happy" if frame < 4 else "sad"
        faces = [make_face(0, emotion=emotion, years=30 + frame, reason="too small" if frame >= 6 else None)]
        if frame >= 4:
            faces.append(make_face(1, (100, 20, 150, 80), emotion="fear", share=0.3, female=0.1))
        frames.append(make_result("a.mp4", frame, *faces, time_s=frame * 0.5))
    return frames


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_a_summary_by_person(tmp_path: Path, suffix: str) -> None:
    first, second = summarise(write(tmp_path / f"o{suffix}", clip()))
    assert (first["source"], first["id"], first["frames"]) == ("a.mp4", 0, 8)
    assert (first["first_s"], first["last_s"], first["seconds"]) == (0.0, 3.5, 4.0)
    assert first["untrusted"] == {"too small": 2} and first["untrusted_frames"] == 2
    assert (first["emotion_happy_share"], first["emotion_sad_share"]) == (0.666667, 0.333333)
    assert (first["emotion_happy_activations"], first["emotion_fear_activations"]) == (1, 0)
    assert (first["emotion_happy_seconds"], first["emotion_fear_seconds"]) == (2.0, 0.0)
    assert first["emotion_label_seconds"] == {"happy": 2.0, "sad": 1.0}
    assert first["emotion_label_share"] == {"happy": 0.666667, "sad": 0.333333}
    assert first["emotion_label"] == "happy" and first["gender_label"] == "female"
    assert first["age_years_median"] == 32.5 and first["age_low_median"] == 24.5
    assert first["emotion_happy_median"] == 0.9
    assert not any("raw" in name for name in first)
    assert second["emotion_label"] == "uncertain" and second["gender_label"] == "male"
    assert (second["first_s"], second["seconds"]) == (2.0, 2.0)


@pytest.mark.parametrize("known_from", [0, 3, 9])
def test_a_summary_is_of_changes_from_the_face_at_rest_once_it_is_known(
    tmp_path: Path, known_from: int
) -> None:
    lines = []
    for frame in range(6):
        moved = frame >= known_from
        shares = {"happy": 0.6, "sad": 0.4} if moved else {"happy": 0.9, "sad": 0.1}
        emotion = {"label": "happy", "probabilities": shares, "raw": shares, "against_neutral": moved}
        face = {**FACE, "emotion": emotion}
        one_line(tmp_path / "o.jsonl", {"frame": frame, "time_s": frame / 2}, face)
        lines.append((tmp_path / "o.jsonl").read_text())
    (tmp_path / "o.jsonl").write_text("".join(lines))
    (person,) = summarise(tmp_path / "o.jsonl")
    assert person["frames"] == 6 and person["emotion_happy_median"] == (0.6 if known_from < 6 else 0.9)
    assert person["emotion_before_neutral_frames"] == (known_from if known_from < 6 else None)
    assert person["seconds"] == 3.0 and person["emotion_happy_share"] == 1.0


def test_a_picture_has_shares_without_time(tmp_path: Path) -> None:
    (person,) = summarise(write(tmp_path / "o.csv", [make_result("a.jpg", 0, make_face())]))
    assert person["seconds"] == 0 and person["emotion_happy_share"] == 1.0


def test_the_time_of_a_frame_ends_with_the_next_even_if_nobody_is_there(tmp_path: Path) -> None:
    frames = [make_result("a", 0, make_face(), time_s=0), make_result("a", 1, time_s=0.5)]
    frames.append(make_result("a", 9, make_face(), time_s=2.5))
    (person,) = summarise(write(tmp_path / "o.csv", frames))
    assert person["seconds"] == 0.5 + 2.0


def test_nobody_is_seen_through_a_gap_in_the_recording(tmp_path: Path) -> None:
    """A camera that pauses for a minute; each of the two was seen for half a second."""
    times = [i / 30 for i in range(15)] + [60 + i / 30 for i in range(15)]
    frames = [make_result("a", i, make_face(i // 15), time_s=t) for i, t in enumerate(times)]
    for person in summarise(write(tmp_path / "o.csv", frames)):
        assert person["seconds"] == pytest.approx(0.5, abs=0.002)
        assert (person["source_frames"], person["emotion_happy_activations"]) == (30, 1)


def test_nobody_trusted_has_no_medians(tmp_path: Path) -> None:
    (person,) = summarise(write(tmp_path / "o.csv", [make_result("a", 0, make_face(reason="dark"))]))
    assert person["untrusted"] == {"dark": 1} and person["age_years_median"] is None
    assert person["emotion_happy_share"] is None and person["emotion_happy_activations"] is None


def test_rows_of_a_source_that_lie_apart_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "o.csv", [make_result(name, 0, make_face()) for name in "ab"])
    # As two tables joined by hand would have them.
    path.write_text(path.read_text() + path.read_text().splitlines(keepends=True)[1])
    with pytest.raises(DataError, match="lie apart"):
        summarise(path)


@settings(max_examples=25)
@given(years=st.lists(st.floats(0, 100), min_size=1, max_size=30))
def test_medians_are_exact(tmp_path_factory, years: list[float]) -> None:  # type: ignore[no-untyped-def]
    frames = [make_result("a", n, make_face(years=value)) for n, value in enumerate(years)]
    path = write(tmp_path_factory.mktemp("m") / "o.jsonl", frames)
    (person,) = summarise(path)
    wanted = statistics.median([round(value, 2) for value in years])
    assert person["age_years_median"] == pytest.approx(wanted, abs=1e-6)


def test_the_summary_is_json_safe(tmp_path: Path) -> None:
    json.dumps(summarise(write(tmp_path / "o.csv", list(random_results("a", 20)))), allow_nan=False)


def test_a_dataframe_has_its_columns_without_faces() -> None:
    assert list(to_dataframe([]).columns) == list(BASE_COLUMNS)
    assert to_dataframe([make_result("a", 0)])["reliable"].isna().all()


def test_one_frame_is_a_dataframe() -> None:
    (result,) = random_results("a", 1)
    assert to_dataframe(result).equals(to_dataframe([result]))


def test_units_are_summed_up_one_by_one(tmp_path: Path) -> None:
    shares = {"AU06": 0.5, "AU12": 0.9}
    readings = [
        AuReading(("AU06", "AU12"), shares, shares),
        AuReading(("AU12",), shares, shares),
        AuReading((), shares, shares),
        AuReading(("AU06",), shares, shares, "turned away"),
    ]
    path = tmp_path / "r.jsonl"
    lines = [
        make_result("a", n, replace(make_face(), readings={"au": reading})).to_dict()
        for n, reading in enumerate(readings)
    ]
    path.write_text("".join(json.dumps(line) + "\n" for line in lines))
    (person,) = summarise(path)
    assert person["frames"] == 4
    assert person["au_active"] == "AU12"
    shares = [person[f"au_{state}_share"] for state in ("AU06", "AU12", "none")]
    assert shares == [0.333333, 0.666667, 0.333333]
    assert person["au_AU12_median"] == 0.9
    assert (person["untrusted_frames"], person["untrusted"]) == (0, {})
    assert (person["au_untrusted_frames"], person["au_untrusted"]) == (1, {"turned away": 1})
    assert not {"au_reliable_median", "au_reason"} & set(person)
