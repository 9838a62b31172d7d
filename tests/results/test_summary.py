"""A summary's figures against pandas, its columns, and the sources that gave nobody."""

from __future__ import annotations

import json
import re
from collections.abc import Iterable
from dataclasses import replace
from pathlib import Path
from types import SimpleNamespace

import pandas
import pytest

from mimik.cli.main import main
from mimik.errors import DataError, MimikWarning, OptionError, SourceNotFoundError
from mimik.models.store import find_model
from mimik.readings import AuReading
from mimik.results.read import read_rows
from mimik.results.short_names import short_names
from mimik.results.summarise import sum_up, summarise
from mimik.results.tally import States
from mimik.runs.results import Results
from mimik.runs.writer import open_writer
from mimik.tasks.au import ActionUnits
from mimik.types import Face, FrameResult, RunInfo
from synthetic_results import EMOTIONS, INFO, make_face, make_result, random_results

UNITS = ("AU06", "AU12")
WITH_UNITS = replace(
    INFO,
    tasks=(*INFO.tasks, "au"),
    columns={**INFO.columns, "au": ActionUnits().columns(SimpleNamespace(labels=UNITS))},  # type: ignore[arg-type]
)

_CARDS = {task: find_model(f"{task}.mini")[0] for task in INFO.tasks}
MODELS = {task: {"name": card.name, "sha256": card.sha256} for task, card in _CARDS.items()}


def write(path: Path, frames: Iterable[FrameResult], info: RunInfo = INFO) -> Path:
    with open_writer(path, info) as writer:
        for frame in frames:
            writer.write(frame)
    return path


def with_units(face: Face, *active: str, raw: tuple[float, float] = (0.1, 0.1)) -> Face:
    shares = {unit: 0.9 if unit in active else 0.2 for unit in UNITS}
    reading = AuReading(active, shares, dict(zip(UNITS, raw, strict=True)))
    return replace(face, readings={**face.readings, "au": reading})


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
@pytest.mark.parametrize("raw", [False, True])
def test_the_figures_are_those_of_pandas(tmp_path: Path, suffix: str, raw: bool) -> None:
    info = replace(INFO, models=MODELS)
    path = write(tmp_path / f"o{suffix}", list(random_results("a.mp4", 60)), info)
    rows = pandas.DataFrame(read_rows(path))
    people = {row["id"]: row for row in summarise(path, raw=raw)}
    for number, seen in rows[rows["reason"].isna() & rows["id"].notna()].groupby("id"):
        for name in ("emotion_happy", "gender_male", "age_years", *(["emotion_raw_sad"] if raw else [])):
            values = pandas.to_numeric(seen[name])
            wanted = (values.mean(), values.std(), values.median(), values.max())
            found = [people[number][f"{name}_{figure}"] for figure in ("mean", "sd", "median", "peak")]
            assert found == pytest.approx(wanted, abs=2e-6, nan_ok=True) or found[1] is None
    assert any("_raw_" in name for name in people[0]) is raw


def test_an_activation_is_a_beginning(tmp_path: Path) -> None:
    """On, off, on; a frame that can't be trusted ends nothing, and a pause of the camera does."""
    labels = ["happy", "happy", "sad", "happy", None, "happy", "happy"]
    times = [0.0, 0.1, 0.2, 0.3, 0.4, 0.5, 60.0]
    frames = []
    for index, (label, time_s) in enumerate(zip(labels, times, strict=True)):
        face = make_face(emotion=label or "sad", reason=None if label else "blurred")
        frames.append(make_result("a.mp4", index, face, time_s=time_s))
    (person,) = summarise(write(tmp_path / "o.jsonl", frames))
    assert (person["emotion_happy_activations"], person["emotion_sad_activations"]) == (3, 1)
    assert person["emotion_happy_share"] == pytest.approx(5 / 6, abs=1e-6)
    assert (person["emotion_angry_share"], person["emotion_angry_activations"]) == (0.0, 0)


@pytest.mark.parametrize("fps", [10, 24, 25, 30, 50, 60])
def test_five_usual_frames_are_no_pause_wherever_they_are(tmp_path: Path, fps: int) -> None:
    """Times in files are rounded: five steps must not be longer here than there."""
    frames = []
    for start in range(30, 120):
        away = range(start + 1, start + 5)
        there = (n for n in range(start - 3, start + 9) if n not in away)
        frames += [make_result(f"{start:03}.mp4", n, make_face(), time_s=round(n / fps, 6)) for n in there]
    found = summarise(write(tmp_path / "o.jsonl", frames))
    assert [row["emotion_happy_activations"] for row in found] == [1] * 90


def test_units_are_on_at_once_and_before_smoothing_by_their_thresholds(tmp_path: Path) -> None:
    shown = [(("AU06", "AU12"), (0.6, 0.4)), ((), (0.6, 0.6)), (("AU12",), (0.1, 0.2))]
    frames = [
        make_result("a.mp4", index, with_units(make_face(), *active, raw=raw), time_s=index / 10)
        for index, (active, raw) in enumerate(shown)
    ]
    path = write(tmp_path / "o.jsonl", frames, WITH_UNITS)
    with pytest.warns(MimikWarning, match="thresholds of emotion, gender, au aren't known"):
        (person,) = summarise(path, raw=True)
    assert [person[f"au_{unit}_activations"] for unit in UNITS] == [1, 2]
    assert [person[f"au_{state}_share"] for state in (*UNITS, "none")] == [0.333333, 0.666667, 0.333333]
    assert [person[f"au_raw_{state}_share"] for state in (*UNITS, "none")] == [0.666667, 0.333333, 0.333333]
    assert [person[f"au_raw_{unit}_activations"] for unit in UNITS] == [1, 1]


def test_before_smoothing_the_cards_own_threshold_counts(tmp_path: Path) -> None:
    card, _ = find_model("au.base")
    own = dict(zip(card.labels, card.thresholds, strict=True))
    unit = min(own, key=own.__getitem__)
    assert own[unit] < 0.5
    just = (own[unit] + 0.001,)
    info = replace(
        WITH_UNITS,
        tasks=("au",),
        models={"au": {"name": card.name, "version": card.version, "sha256": card.sha256}},
        columns={"au": ActionUnits().columns(SimpleNamespace(labels=(unit,)))},  # type: ignore[arg-type]
    )
    reading = AuReading((), {unit: 0.0}, {unit: just[0]})
    path = write(
        tmp_path / "o.jsonl", [make_result("a", 0, replace(make_face(), readings={"au": reading}))], info
    )
    (person,) = summarise(path, raw=True)
    assert (person[f"au_raw_{unit}_share"], person[f"au_{unit}_share"]) == (1.0, 0.0)
    journal = path.with_name("o.jsonl.run")
    head, *rest = map(json.loads, journal.read_text().splitlines())
    del head["columns"]  # as mimik 0.1 wrote it
    journal.write_text("".join(json.dumps(line) + "\n" for line in (head, *rest)))
    assert summarise(path, raw=True) == [person]


def test_the_columns_are_the_same_whatever_was_found(tmp_path: Path) -> None:
    nobody = write(tmp_path / "a.csv", [make_result("a.mp4", 0)], WITH_UNITS)
    one = write(tmp_path / "b.csv", [make_result("b.mp4", 0, with_units(make_face(), "AU12"))], WITH_UNITS)
    doubted = write(tmp_path / "c.jsonl", [make_result("c", 0, make_face(reason="blurred"))], WITH_UNITS)
    empty = write(tmp_path / "d.parquet", [], WITH_UNITS)
    names = {sum_up(path).columns for path in (nobody, one, doubted, empty)}
    assert len(names) == 1
    for path in (nobody, one, doubted):
        (row,) = summarise(path)
        objects = ("untrusted", "au_untrusted", "emotion_label_share", "au_active_seconds")
        assert {*row} > {*next(iter(names))} and all(isinstance(row[name], dict) for name in objects)
    assert {f"emotion_{name}_peak" for name in EMOTIONS} < {*next(iter(names))}


def test_names_are_taken_by_every_statistics_program(tmp_path: Path) -> None:
    columns = sum_up(
        write(tmp_path / "o.csv", [make_result("a", 0, make_face())], WITH_UNITS), raw=True
    ).columns
    assert all(re.fullmatch(r"[A-Za-z][A-Za-z0-9_]{0,31}", name) for name in columns)
    assert len({name.lower() for name in columns}) == len(columns)


def test_long_and_foreign_names_are_made_short_and_stay_apart() -> None:
    names = [
        "a_task_with_a_long_name_first_label_mean", "a_task_with_a_long_name_first_label_share",
        "a_task_with_a_long_name_first_other_mean", "Überraschung", "überraschung", "2nd",
        "щастя", "A b", "a-b",
    ]  # fmt: skip
    assert list(short_names(names).values()) == [
        "a_task_with_a_long_name_fir_mean", "a_task_with_a_long_name_fi_share",
        "a_task_with_a_long_name_fi2_mean", "Uberraschung", "uberraschung2", "v2nd", "v_____", "A_b", "a2_b",
    ]  # fmt: skip


def test_sources_without_a_face_and_those_that_failed_have_a_row(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    with Results(path, INFO) as results:
        for source, frames in (("a.mp4", [make_face()]), ("empty.mp4", []), ("cut.mp4", [make_face()])):
            results.begin(source)
            results.write(make_result(source, 0, *frames))
            results.finish(source, "cut.mp4: ends early" if source == "cut.mp4" else None)
        results.begin("bad.mp4")
        results.fail("bad.mp4", "bad.mp4: no video")
        results.begin("late.mp4")
        results.finish("late.mp4")
    for _ in range(2):  # tried again, and failed again: one row
        with Results(path, INFO) as results:
            results.begin("bad.mp4")
            results.fail("bad.mp4", "bad.mp4: still no video")
    rows = summarise(path)
    assert [(row["source"], row["id"], row["status"], row["problem"], row["frames"]) for row in rows] == [
        ("a.mp4", 0, "done", None, 1),
        ("empty.mp4", None, "no face", None, 0),
        ("cut.mp4", 0, "partial", "cut.mp4: ends early", 1),
        ("bad.mp4", None, "failed", "bad.mp4: still no video", 0),
        ("late.mp4", None, "no frame", None, 0),
    ]
    assert [row["source_frames"] for row in rows] == [1, 1, 1, 0, 0]
    assert rows[3]["emotion_happy_share"] is None


def test_a_source_that_failed_and_was_then_read_is_done(tmp_path: Path) -> None:
    path = tmp_path / "o.jsonl"
    with Results(path, INFO) as results:
        results.begin("a.mp4")
        results.fail("a.mp4", "a.mp4: no such file")
    with Results(path, INFO) as results:
        results.begin("./a.mp4")
        results.write(make_result("./a.mp4", 0, make_face()))
        results.finish("./a.mp4")
    assert [(row["source"], row["status"]) for row in summarise(path)] == [("./a.mp4", "done")]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv"])
def test_a_source_that_was_begun_and_not_ended_is_partial(
    tmp_path: Path, suffix: str, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / f"o{suffix}"
    with Results(path, INFO) as run:
        for source in ("a.mp4", "b.mp4"):
            run.begin(source)
            run.write(make_result(source, 0, make_face(0)))
            run.finish(source)
    journal = tmp_path / f"o{suffix}.run"
    journal.write_text("".join(journal.read_text().splitlines(keepends=True)[:-1]))  # as when it is killed
    why = f"not finished, says o{suffix}.run: run the same analyze command again"
    assert [(row["status"], row["problem"]) for row in summarise(path)] == [("done", None), ("partial", why)]
    assert main(["summary", str(path)]) == 0
    assert f"b.mp4\n  partial: {why}\n  0 " in capsys.readouterr().out
    journal.write_text(journal.read_text().splitlines(keepends=True)[0])  # in the first source
    assert sum_up(path).notes == (
        f"{path}: o{suffix}.run names no source that is finished: if mimik analyze was stopped, run the same "
        "command again",
    )


def test_frames_that_are_there_twice_are_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "o.csv", [make_result("a.mp4", i, make_face(0)) for i in range(3)])
    head, *lines = path.read_text().splitlines(keepends=True)
    (tmp_path / "joined.csv").write_text("".join([head, *lines, *lines]))
    with pytest.raises(DataError, match=r"a\.mp4: frame 0 comes after frame 2: leave out rows"):
        sum_up(tmp_path / "joined.csv")
    (tmp_path / "sorted.csv").write_text("".join([head, *sorted(lines * 2)]))
    with pytest.raises(DataError, match=r"a\.mp4: frame 0 has two rows of id 0: leave out rows"):
        sum_up(tmp_path / "sorted.csv")


def test_a_parquet_file_whose_run_is_not_finished(tmp_path: Path) -> None:
    (tmp_path / "o.parquet.rows").touch()
    with pytest.raises(SourceNotFoundError, match="its run isn't finished: run the same"):
        sum_up(tmp_path / "o.parquet")


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_without_its_run_file_columns_are_the_same_and_thresholds_are_told(
    tmp_path: Path, suffix: str
) -> None:
    faces = [with_units(make_face(0, reason=reason), "AU12") for reason in (None, "blurred")]
    frames = [make_result("a", i, face) for i, face in enumerate(faces)]
    path = write(tmp_path / f"o{suffix}", frames, replace(WITH_UNITS, models=MODELS))
    before = sum_up(path, raw=True)
    path.with_name(f"{path.name}.run").unlink()
    after = sum_up(path, raw=True)
    assert after.columns == before.columns
    tasks = "au" if suffix == ".parquet" else "emotion, gender, au"  # whose metadata name the models
    assert after.notes[0].startswith(f"thresholds of {tasks} aren't known, as OUT.run doesn't lie beside")
    assert before.notes[0].startswith("thresholds of au aren't known")


def test_without_its_run_file_a_note_says_what_is_missing(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(tmp_path / "o.csv", [make_result("a", 0, make_face())])
    assert main(["summary", str(path)]) == 0 and capsys.readouterr().err == ""
    run = path.with_name("o.csv.run")
    run.write_text(run.read_text() + '{"source": \n')
    assert main(["summary", str(path)]) == 0
    told = f"mimik: {path}: o.csv.run is damaged, so sources that failed have no row\n"
    assert capsys.readouterr().err == told
    run.unlink()
    assert main(["summary", str(path)]) == 0
    told = f"mimik: {path}: no o.csv.run lies beside it, so sources that failed have no row\n"
    assert capsys.readouterr().err == told


def test_age_groups_of_another_width(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    frames = [make_result("a", 0, make_face(years=y), time_s=i) for i, y in enumerate((22.3, 24.99, 25.0))]
    path = write(tmp_path / "o.csv", [replace(f, frame=i) for i, f in enumerate(frames)])
    groups = [summarise(path, age_groups=width)[0]["age_group"] for width in (None, 5, 10)]
    assert groups == ["20-29", "20-24", "20-29"]
    assert main(["summary", str(path), "--age-groups", "5", "-o", str(tmp_path / "s.csv")]) == 0
    assert ",20 to 24\n" in (tmp_path / "s.csv").read_text()
    with pytest.raises(SystemExit, match="2"):
        main(["summary", str(path), "--age-groups", "many"])
    assert "age groups are 5 or 10 years wide, not 'many'" in capsys.readouterr().err
    with pytest.raises(OptionError, match=r"--age-groups.* must be 5 or 10"):
        summarise(path, age_groups=7)


def test_a_studys_table_says_whose_face_it_is(tmp_path: Path) -> None:
    path = write(tmp_path / "o.csv", [make_result("session-1", 0, make_face())])
    head, line = path.read_text().splitlines()
    path.write_text(f"person,group,session,marker,{head}\nP01,young,1,,{line}\n")
    (row,) = summarise(path)
    assert (row["person"], row["group"], row["session"]) == ("P01", "young", "1")
    assert list(row)[:5] == ["source", "id", "person", "group", "session"]


def test_a_state_that_lasts_is_counted_once_where_no_time_passes() -> None:
    states = States()
    for on in ("happy", "happy", "sad", "happy"):
        states.add([on], None, None)
    assert states.activity() == {
        "happy": {"share": 0.75, "seconds": None, "activations": 2},
        "sad": {"share": 0.25, "seconds": None, "activations": 1},
    }  # fmt: skip


def test_the_summary_is_json(tmp_path: Path) -> None:
    json.dumps(summarise(write(tmp_path / "o.csv", list(random_results("a", 20)))), allow_nan=False)
