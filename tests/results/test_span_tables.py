"""Utterances in tables of their own, and read back from each format."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path
from typing import Any

import jsonschema
import pytest

import mimik
from mimik.errors import DataError, MimikWarning, OptionError, SourceNotFoundError
from mimik.readings import ClassReading
from mimik.results.base import FORMATS
from mimik.results.csv import csv_line
from mimik.results.dataframe import to_dataframe
from mimik.results.frames import read_frames
from mimik.results.read import read_results, read_rows, read_span_rows, read_spans
from mimik.results.span_rows import flatten_span, kinds_of_spans, span_of
from mimik.runs.writer import open_writer
from mimik.types import FrameResult, RunInfo, SpanQuality, SpanResult
from synthetic_results import INFO, make_face, make_result, random_results
from synthetic_spans import BOTH, HEARD, VOICES, make_span, random_spans, seen_and_heard

SUFFIXES = tuple(FORMATS)
TABLES = SUFFIXES[1:]


def write(path: Path, results: Sequence[FrameResult | SpanResult], info: RunInfo = BOTH) -> Path:
    with open_writer(path, info) as writer:
        for result in results:
            writer.write(result)
    return path


def dicts(results: Sequence[FrameResult | SpanResult]) -> list[dict[str, Any]]:
    """The utterances among results, as they are read back."""
    return [json.loads(json.dumps(one.to_dict())) for one in results if isinstance(one, SpanResult)]


RESULTS = [*seen_and_heard("in/a.mp4"), *seen_and_heard('ä, "b"\n.mp4'), *random_spans("c.wav", 2)]


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_every_format_gives_the_utterances_back(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"talk{suffix}", RESULTS)
    assert list(read_spans(path)) == dicts(RESULTS)
    assert [span_of(row) for row in read_span_rows(path)] == dicts(RESULTS)
    beside = {f"talk.spans{suffix}"} if suffix in TABLES else set()
    assert {file.name for file in tmp_path.iterdir()} == {path.name, f"{path.name}.run", *beside}
    for name in beside:
        assert list(read_spans(tmp_path / name)) == dicts(RESULTS)


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_faces_are_read_as_if_nobody_had_spoken(tmp_path: Path, suffix: str) -> None:
    frames = [result for result in RESULTS if isinstance(result, FrameResult)]
    both, alone = write(tmp_path / f"both{suffix}", RESULTS), write(tmp_path / f"alone{suffix}", frames, INFO)
    assert list(read_rows(both)) == list(read_rows(alone))
    assert list(read_frames(both)) == list(read_frames(alone))
    if suffix == ".csv":
        assert both.read_bytes() == alone.read_bytes()
    assert list(read_spans(alone)) == []


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_voices_alone_are_the_table_itself(tmp_path: Path, suffix: str) -> None:
    spans = [*random_spans("a.wav", 4), *random_spans("b.wav", 1)]
    path = write(tmp_path / f"talk{suffix}", spans, HEARD)
    assert list(read_spans(path)) == dicts(spans)
    assert {file.name for file in tmp_path.iterdir()} == {path.name, f"{path.name}.run"}
    if suffix == ".jsonl":
        assert list(read_rows(path)) == list(read_results(path)) == []
    else:
        with pytest.raises(DataError, match=rf"talk\{suffix}: a table of utterances, .* mimik\.read_spans$"):
            list(read_rows(path))


def test_a_line_fits_the_schema() -> None:
    schema = json.loads((Path(mimik.__file__).parent / "schema.json").read_text(encoding="utf-8"))
    fits = jsonschema.Draft202012Validator(schema)
    reading = ClassReading("sad", {"sad": 0.5, "calm": 0.5}, {"sad": 0.4, "calm": 0.6}, None, True)
    against = SpanResult("a", 0, -0.5, 1.0, SpanQuality(1, -3), {"voice": reading})
    for line in dicts([*RESULTS, against]):
        fits.validate(line)
    good = against.to_dict()
    for wrong in (
        {"start_s": None},
        {"extra": 1},
        {"voice": {"label": "sad"}},
        {"quality": {**good["quality"], "size_px": 3}},
        {"type": "word"},
    ):
        assert not fits.is_valid({**good, **wrong})
    assert fits.is_valid({**good, "accent": {"label": "north"}})


def test_the_columns_are_those_of_the_run() -> None:
    row = flatten_span(make_span().to_dict())
    assert list(row) == list(kinds_of_spans(BOTH)) == list(kinds_of_spans(HEARD))
    assert list(row)[:10] == [
        *("source", "span", "start_s", "end_s", "speech", "level_db", "reliable", "reason"),
        *("voice_label", "voice_angry"),
    ]


@pytest.mark.parametrize("suffix", TABLES)
def test_a_reading_against_a_reference_comes_back(tmp_path: Path, suffix: str) -> None:
    from dataclasses import replace

    from mimik.readings import AGAINST_REFERENCE, Column

    columns = {"voice": (*HEARD.columns["voice"], Column(AGAINST_REFERENCE, "truth"))}
    reading = replace(make_span().readings["voice"], against_reference=True)  # type: ignore[type-var]
    span = replace(make_span(), readings={"voice": reading})
    path = write(tmp_path / f"o{suffix}", [span], replace(HEARD, columns=columns))
    assert list(read_spans(path)) == dicts([span])
    with pytest.raises(OptionError, match="a reference of the voice"):
        write(tmp_path / f"p{suffix}", [span], HEARD)


@pytest.mark.parametrize("suffix", TABLES)
def test_what_the_writer_was_not_told_of_is_refused(tmp_path: Path, suffix: str) -> None:
    with pytest.raises(OptionError, match=r"SpanResult can't be written: .* that voices were heard"):
        write(tmp_path / f"o{suffix}", [make_span()], INFO)
    with pytest.raises(OptionError, match=r"FrameResult can't be written: .* that faces are looked for"):
        write(tmp_path / f"p{suffix}", [make_result()], HEARD)


@pytest.mark.parametrize("suffix", TABLES)
def test_utterances_that_are_gone_are_missed(tmp_path: Path, suffix: str) -> None:
    path = write(tmp_path / f"talk{suffix}", RESULTS)
    (tmp_path / f"talk.spans{suffix}").unlink()
    with pytest.raises(
        SourceNotFoundError, match=rf"talk\.spans\{suffix}: .* the run of talk\{suffix} heard"
    ):
        list(read_spans(path))
    with pytest.raises(SourceNotFoundError, match="no such results file"):
        list(read_spans(tmp_path / f"other{suffix}"))


def test_a_table_of_another_run_is_not_taken_for_this_ones(tmp_path: Path) -> None:
    path = write(tmp_path / "talk.csv", list(random_results("a", 3)), INFO)
    write(tmp_path / "talk.spans.csv", list(random_spans("b.wav", 2)), HEARD)
    assert list(read_spans(path)) == []
    Path(f"{path}.run").unlink()
    assert len(list(read_spans(path))) == 2, "nothing says that they aren't of it"


@pytest.mark.parametrize("run", [True, False])
def test_a_table_that_a_spreadsheet_saved_is_read(tmp_path: Path, run: bool) -> None:
    path = write(tmp_path / "talk.csv", list(random_spans("a, b.wav", 3)), HEARD)
    rows = list(read_span_rows(path))
    names = ["", *rows[0], "note"]
    cells = [["1", *row.values(), "mine"] for row in rows]
    texts = [[csv_line([cell]).strip().strip('"') for cell in line] for line in cells]
    german = [
        [
            text.replace(".", ",").replace("true", "WAHR") if place > 1 else text
            for place, text in enumerate(line)
        ]
        for line in texts
    ]
    path.write_text("\ufeff" + "\r\n".join(";".join(line) for line in [names, *german, []]), newline="")
    if not run:
        Path(f"{path}.run").unlink()
    assert [{**row, "note": "mine"} for row in rows] == list(read_span_rows(path))


@pytest.mark.parametrize("name", ["talk.jsonl", "talk.csv"])
def test_half_a_last_line_is_left_out(tmp_path: Path, name: str) -> None:
    path = write(tmp_path / name, list(random_spans("a.wav", 3)), HEARD)
    path.write_bytes(path.read_bytes()[:-4])
    with pytest.warns(MimikWarning, match="ends in half a line"):
        assert [span["span"] for span in read_spans(path)] == [0, 1]


@pytest.mark.parametrize(
    ("damage", "message"),
    [
        ({"start_s": "soon"}, "start_s can't be 'soon'"),
        ({"span": 1.5}, "span can't be 1.5"),
        ({"end_s": None}, "end_s must be there"),
        ({"quality": 3}, "quality must be an object or null"),
        ({"voice": []}, "voice must be an object"),
        ({"voice": {"label": 3}}, "voice_label can't be 3"),
        ({"quality": {"speech": "much"}}, "speech can't be 'much'"),
        ({"type": "word"}, 'it is of type "word", and this mimik reads frames and spans: update mimik'),
    ],
)
def test_a_damaged_line_is_named(tmp_path: Path, damage: dict[str, Any], message: str) -> None:
    path = tmp_path / "o.jsonl"
    path.write_text(json.dumps({**make_span().to_dict(), **damage}) + "\n")
    with pytest.raises(DataError, match=rf"o\.jsonl, line 1: not a line of mimik's results: {message}$"):
        list(read_span_rows(path))


@pytest.mark.parametrize("suffix", SUFFIXES)
def test_a_dataframe_has_a_row_an_utterance(tmp_path: Path, suffix: str) -> None:
    both = write(tmp_path / f"both{suffix}", RESULTS)
    spans = [result for result in RESULTS if isinstance(result, SpanResult)]
    alone = write(tmp_path / f"alone{suffix}", spans, HEARD)
    wanted = to_dataframe(spans)
    assert list(wanted.columns) == list(kinds_of_spans(HEARD)) and len(wanted) == len(spans)
    assert [str(wanted[name].dtype) for name in ("span", "reliable", "voice_sad")] == [
        *("Int64", "boolean", "float64")
    ]
    for table in (to_dataframe(alone), to_dataframe(both, spans=True), to_dataframe(RESULTS, spans=True)):
        assert table.equals(wanted)
    assert to_dataframe(spans[0]).equals(wanted[:1])
    assert to_dataframe(both).equals(to_dataframe([r for r in RESULTS if isinstance(r, FrameResult)]))
    assert "voice_sad" not in to_dataframe(RESULTS)


def test_a_face_that_a_reading_of_voice_was_added_to_is_one(tmp_path: Path) -> None:
    face = {**make_face().to_dict(), "voice": make_span().readings["voice"].to_dict()}
    path = tmp_path / "o.jsonl"
    path.write_text(json.dumps({**make_result().to_dict(), "faces": [face]}) + "\n")
    (row,) = read_rows(path)
    assert [row[f"voice_{name}"] for name in VOICES] == [0.075, 0.075, 0.7, 0.075, 0.075]
