"""Voices in pictures: below faces on one axis of time, alone, as shares where there are many."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import cv2
import numpy as np
import pytest
from matplotlib.colors import to_hex

from heard_results import BOTH, VOICES, make_span, write
from mimik.cli.main import main
from mimik.colours import EXPRESSION_COLOURS, OTHER_COLOUR
from mimik.errors import DataError
from mimik.plots.results import draw_people, plot_results
from mimik.plots.series import read_people
from mimik.plots.voices import MOST_BINS, MOST_BLOCKS, bin_length, shares_of, voices_in
from mimik.results.read import read_rows, read_spans
from synthetic_results import make_face, make_result


def blocks(axes: Any) -> list[tuple[float, float, float, str]]:
    """Begin, end, height and colour of what is drawn."""
    found = []
    for patch in axes.patches:
        (x, y), width, height = patch.get_xy(), patch.get_width(), patch.get_height()
        assert y == 0
        colour = to_hex(patch.get_facecolor()) if patch.get_facecolor()[3] else "none"
        found.append((round(x, 3), round(x + width, 3), round(height), colour))
    return found


def talk(path: Path, *, people: int = 1, start_s: float = 0.5) -> Path:
    """Some people on the picture for two seconds, and two utterances, the second beyond its end."""
    frames = [make_result("talk.mp4", i, *map(make_face, range(people)), time_s=i / 10) for i in range(20)]
    spans = [
        make_span("talk.mp4", 0, start_s, 1.0),
        make_span("talk.mp4", 1, 1.5, 2.5, "calm", reason="clipped"),
    ]
    return write(path, [*frames, *spans], BOTH)


def test_voices_stand_below_faces_on_one_axis_of_time(tmp_path: Path) -> None:
    results = talk(tmp_path / "r.jsonl", people=2, start_s=-0.5)
    figure = draw_people(read_people(read_rows(results)), voices=voices_in(read_spans(results)))
    first, second = figure.subfigs
    charts = [axes for axes in figure.get_axes() if axes.get_ylabel() == "probability, %"]
    assert len(charts) == 3
    assert {axes.get_xlim() for axes in charts} == {(-0.5, 2.5)}
    assert [axes.get_xlabel() for axes in charts] == ["seconds", "", "seconds"]
    assert charts[2] in second.get_axes() and charts[2] not in first.get_axes()
    assert blocks(charts[2]) == [
        (-0.5, 1.0, 80, EXPRESSION_COLOURS["happy"]),
        (1.5, 2.5, 8, "none"),
    ]
    assert [text.get_text() for text in charts[2].texts] == ["happy", "not reliable"]


@pytest.mark.parametrize("suffix", [".jsonl", ".csv", ".parquet"])
def test_recordings_alone_have_rows_of_their_own(tmp_path: Path, suffix: str) -> None:
    spans = [
        make_span(f"{name}.wav", 0, 0.0, seconds, "sad", 0.3)
        for name, seconds in zip("abcdefgh", range(1, 9), strict=True)
    ]
    results = write(tmp_path / f"r{suffix}", spans)
    drawn = plot_results(results, tmp_path / "r.png")
    assert (drawn.people, drawn.of, drawn.voices, drawn.of_voices, drawn.notes) == (0, 0, 6, 8, ())
    assert cv2.imread(str(tmp_path / "r.png")).std() > 10
    figure = draw_people([], voices=voices_in(spans_of(results, "h.wav")))
    (part,) = figure.subfigs
    assert part.get_suptitle() == "h.wav"
    assert blocks(figure.get_axes()[0]) == [(0.0, 8.0, 30, OTHER_COLOUR)]


def spans_of(results: Path, source: str) -> list[dict[str, Any]]:
    return [span for span in read_spans(results) if span["source"] == source]


def test_many_utterances_become_shares_of_time(tmp_path: Path) -> None:
    """Two hours: a second of each ten is happy, another sad."""
    spans = [make_span("long.wav", i, 5.0 * i, 5.0 * i + 1, VOICES[3 + i % 2]).to_dict() for i in range(1440)]
    assert len(spans) > MOST_BLOCKS
    (voice,) = voices_in(spans)
    edges, shares = shares_of(voice, (0.0, 7200.0), 60.0)
    assert edges[0] == 0 and edges[-1] == 7200 and len(shares["happy"]) == 120
    assert np.allclose(shares["happy"], 0.1) and np.allclose(shares["sad"], 0.1)
    figure = draw_people([], voices=[voice])
    (chart,) = [axes for axes in figure.get_axes() if axes.get_ylabel() == "% of the time"]
    assert chart.get_title(loc="left") == "voice: what each 60 s hold"
    assert len(chart.patches) == 2 * 120


@pytest.mark.parametrize(("whole_s", "length_s"), [(60, 5), (7200, 60), (36_000, 300), (10_000_000, 3600)])
def test_stretches_of_time_stay_wide_enough(whole_s: float, length_s: float) -> None:
    assert bin_length((0.0, whole_s)) == length_s
    assert whole_s / length_s <= MOST_BINS or length_s == 3600


def test_an_utterance_across_two_stretches_counts_in_both() -> None:
    (voice,) = voices_in([make_span(start_s=3.0, end_s=9.0).to_dict()])
    _, shares = shares_of(voice, (0.0, 9.0), 5.0)
    assert shares["happy"].tolist() == pytest.approx([0.4, 0.8])


def test_a_task_of_ones_own_has_colours_too() -> None:
    span = make_span().to_dict()
    span["accent"] = {"label": "north", "probabilities": {"north": 0.6, "south": 0.4}, "raw": None}
    figure = draw_people([], voices=voices_in([span]))
    titles = [axes.get_title(loc="left") for axes in figure.get_axes()]
    assert [title for title in titles if title] == ["voice: utterances", "accent: utterances"]
    assert [axes.get_xlabel() for axes in figure.get_axes()[::2]] == ["", "seconds"]


def test_the_command_says_what_is_not_drawn(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    results = write(tmp_path / "r.jsonl", [make_span(f"{n}.wav", 0) for n in range(9)])
    assert main(["plot", str(results), "-o", str(tmp_path / "r.svg")]) == 0
    assert capsys.readouterr().err == "the voices of 6 of 9 sources are drawn; choose with --source\n"
    assert main(["plot", str(results), "-o", str(tmp_path / "one.svg"), "--source", "8.wav"]) == 0
    assert capsys.readouterr().err == ""
    with pytest.raises(DataError, match="holds no face to plot"):
        plot_results(results, tmp_path / "x.png", "8.wav", person=0)
    with pytest.raises(DataError, match="holds no face or voice of that source"):
        plot_results(results, tmp_path / "x.png", "10.wav")


def test_a_photo_and_its_sound_stand_apart(tmp_path: Path) -> None:
    """Who is seen at one time has bars, which share no axis of time."""
    results = write(tmp_path / "r.jsonl", [make_result("a.mp4", 0, make_face()), make_span("a.mp4")], BOTH)
    figure = draw_people(read_people(read_rows(results)), voices=voices_in(read_spans(results)))
    assert len(figure.subfigs) == 2
    assert plot_results(results, tmp_path / "r.png").voices == 1
