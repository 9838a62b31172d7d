"""Columns hold what their task says, whatever they are called; results of a later mimik are refused."""

from __future__ import annotations

import json
import warnings
from collections.abc import Callable
from dataclasses import dataclass, field, replace
from pathlib import Path
from typing import Any

import pyarrow.parquet
import pytest

from mimik.errors import DataError, MimikWarning, OutputExistsError
from mimik.readings import Column, columns
from mimik.results.base import FORMATS
from mimik.results.dataframe import to_dataframe
from mimik.results.read import read_results, read_rows
from mimik.results.summarise import summarise
from mimik.runs.results import Results
from mimik.runs.writer import open_writer
from mimik.types import SCHEMA_VERSION
from synthetic_results import INFO, class_columns, class_reading, make_face, make_result

CLASSES = ("unreliable", "over_active", "no_label", "peer_group", "years")
"""Names of classes that look like names of other columns."""


@dataclass(frozen=True)
class Tone:
    """The answer of a task from outside, with a text that isn't called label."""

    speaker: str | None
    label: str = "anna"
    word: str = "anna"
    text: str = "anna"
    raw: dict[str, Any] = field(default_factory=lambda: {"loud": 0.25, "near": True})

    def to_dict(self) -> dict[str, Any]:
        return {"speaker": self.speaker, "loud": 0.5, "near": False, "raw": self.raw}


TONE = (
    *(Column("speaker", "text"), Column("loud", "number"), Column("near", "truth")),
    *(Column("raw_loud", "number"), Column("raw_near", "truth")),
)


def write(path: Path, speakers: tuple[str | None, ...] = ("anna", "7", None)) -> Path:
    info = replace(
        INFO, tasks=("emotion", "tone"), columns={"emotion": class_columns(*CLASSES), "tone": TONE}
    )
    with open_writer(path, info) as writer:
        for number, speaker in enumerate(speakers):
            emotion = class_reading("unreliable", 0.6, CLASSES)
            face = replace(make_face(), readings={"emotion": emotion, "tone": Tone(speaker)})
            writer.write(make_result("a", number, face))
    return path


def check(rows: list[dict[str, Any]]) -> None:
    assert [row["tone_speaker"] for row in rows] == ["anna", "7", None]
    assert [row["frame"] for row in rows] == [0, 1, 2]
    for row in rows:
        assert [row[f"emotion_{name}"] for name in CLASSES] == [0.6, 0.1, 0.1, 0.1, 0.1]
        assert [row[f"emotion_raw_{name}"] for name in CLASSES] == [0.6, 0.1, 0.1, 0.1, 0.1]
        assert (row["emotion_label"], row["tone_loud"], row["tone_near"]) == ("unreliable", 0.5, False)
        assert (row["tone_raw_loud"], row["tone_raw_near"]) == (0.25, True)


@pytest.mark.parametrize("suffix", FORMATS)
def test_columns_are_read_as_they_were_written_whatever_they_are_called(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"o{suffix}")
    check(list(read_rows(path)))
    table = to_dataframe(path)
    assert [str(table[name].dtype) for name in ("emotion_unreliable", "tone_near")] == ["float64", "boolean"]
    (person,) = summarise(path)
    assert person["tone_speaker"] == "anna" and person["tone_loud_median"] == 0.5
    assert (person["emotion_label"], person["emotion_unreliable_share"]) == ("unreliable", 1.0)
    assert [person[f"emotion_{name}_median"] for name in CLASSES] == [0.6, 0.1, 0.1, 0.1, 0.1]
    assert person["untrusted_frames"] == 0 and not [n for n in person if n.endswith("_untrusted_frames")]


@pytest.mark.parametrize("suffix", [".jsonl", ".parquet"])
def test_jsonl_and_parquet_need_no_head(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"o{suffix}")
    path.with_name(f"{path.name}.run").unlink()
    check(list(read_rows(path)))


def test_a_csv_without_a_head_is_read_by_names(tmp_path: Path) -> None:
    path = write(tmp_path / "o.csv")
    run = path.with_name("o.csv.run")
    old = json.loads(run.read_text().splitlines()[0])
    del old["columns"], old["schema_version"]
    for spoil in (lambda: run.write_text(json.dumps(old) + "\n"), run.unlink):
        spoil()
        with pytest.raises(
            DataError,
            match=r"line 2: .*: tone_speaker can't be 'anna'; .* OUT\.run .* put that beside the file, or",
        ):
            list(read_rows(path))


@pytest.mark.parametrize(
    "head",
    ["nonsense", "3", '{"mimik": "1", "columns": {"a": {"b": "colour"}}}', '{"mimik": "1", "columns": 3}'],
)
def test_a_damaged_head_is_told(tmp_path: Path, head: str) -> None:
    path = tmp_path / "o.csv"
    with open_writer(path, INFO) as writer:
        writer.write(make_result("a", 0, make_face()))
    wanted = list(read_rows(path))
    path.with_name("o.csv.run").write_text(head + "\n")
    with pytest.warns(MimikWarning, match=r"o\.csv\.run: damaged, so it can't say what the columns hold;"):
        assert list(read_rows(path)) == wanted


def test_the_head_of_a_session_has_a_line_a_change_of_settings(tmp_path: Path) -> None:
    path = write(tmp_path / "o.csv")
    run = path.with_name("o.csv.run")
    head = json.loads(run.read_text().splitlines()[0])
    parts = [{**head, "columns": {task: own}} for task, own in head["columns"].items()]
    run.write_text("".join(json.dumps(part) + "\n" for part in parts))
    check(list(read_rows(path)))


def test_the_head_says_the_schemas_version_and_what_columns_hold(tmp_path: Path) -> None:
    path = write(tmp_path / "o.csv")
    head = json.loads(path.with_name("o.csv.run").read_text().splitlines()[0])
    assert head["schema_version"] == SCHEMA_VERSION
    assert head["columns"]["tone"] == {column.name: column.kind for column in TONE}
    assert list(head["columns"]["emotion"])[:2] == ["label", "unreliable"]


READERS: list[Callable[[Path], object]] = [
    lambda path: list(read_results(path)),
    lambda path: list(read_rows(path)),
    summarise,
]
SPAN = {"type": "span", "source": "a", "start_s": 0.0, "end_s": 1.5, "person": 0, "modality": "voice"}


@pytest.mark.parametrize("read", READERS)
@pytest.mark.parametrize("kind", ["gesture", 3, None])
def test_a_line_of_another_type_is_refused_in_words(
    tmp_path: Path, read: Callable[[Path], object], kind: object
) -> None:
    path = write(tmp_path / "o.jsonl")
    with path.open("a") as stream:
        stream.write(json.dumps({**SPAN, "type": kind}) + "\n")
    with pytest.raises(DataError) as caught:
        read(path)
    assert str(caught.value) == (
        f"{path}, line 4: not a line of mimik's results: it is of type {json.dumps(kind)}, "
        "and this mimik reads frames and spans: update mimik"
    )


@pytest.mark.parametrize("read", READERS)
def test_a_line_may_say_that_it_is_a_frame(tmp_path: Path, read: Callable[[Path], object]) -> None:
    path = tmp_path / "o.jsonl"
    path.write_text(json.dumps({"type": "frame", **make_result("a", 0, make_face()).to_dict()}) + "\n")
    assert read(path)


@pytest.mark.parametrize("version", [SCHEMA_VERSION + 1, "x", 0, None])
@pytest.mark.parametrize(
    ("suffix", "read"), [(".jsonl", READERS[0]), *((s, r) for s in FORMATS for r in READERS[1:])]
)
def test_results_of_a_later_schema_are_refused_in_words(
    tmp_path: Path, suffix: str, read: Callable[[Path], object], version: object
) -> None:
    path = write(tmp_path / f"o{suffix}")
    if suffix == ".parquet":
        table = pyarrow.parquet.read_table(path)
        made_by = {**json.loads(table.schema.metadata[b"mimik"]), "schema_version": version}
        table = table.replace_schema_metadata({"mimik": json.dumps([made_by])})
        pyarrow.parquet.write_table(table, path)
    else:
        run = path.with_name(f"{path.name}.run")
        head, *entries = run.read_text().splitlines()
        run.write_text("\n".join([json.dumps({**json.loads(head), "schema_version": version}), *entries, ""]))
    with pytest.raises(DataError) as caught:
        read(path)
    assert str(caught.value) == (
        f"{path}: holds results of schema version {json.dumps(version)}, and this mimik reads version "
        f"{SCHEMA_VERSION}: update mimik"
    )


def test_a_run_of_mimik_0_1_is_gone_on_with(tmp_path: Path) -> None:
    """Its head lacks what columns hold; other columns than before are refused."""
    path = tmp_path / "o.csv"
    with open_writer(path, INFO) as writer:
        writer.write(make_result("a", 0, make_face()))
    run = path.with_name("o.csv.run")
    head, *entries = run.read_text().splitlines()
    old = {
        name: value for name, value in json.loads(head).items() if name not in ("schema_version", "columns")
    }
    run.write_text("\n".join([json.dumps(old), *entries, ""]))
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        with Results(path, INFO) as results:
            assert results.done == {"a"}
            results.begin("b")
            results.write(make_result("b", 0, make_face()))
            results.finish("b")
    assert [row["source"] for row in read_rows(path)] == ["a", "b"]
    run.write_text("\n".join([head, *entries, ""]))
    other = replace(INFO, columns={**INFO.columns, "age": columns("text", "years")})
    with (
        pytest.raises(OutputExistsError, match=r'columns\.age\.years was "number", now "text"'),
        Results(path, other),
    ):
        pass
