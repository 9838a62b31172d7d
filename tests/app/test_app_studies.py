"""Studies: people and groups, averages against numbers worked out by hand, tables."""

from __future__ import annotations

import csv
import io
import math
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from app_server import Served
from scipy.stats import t as student  # ships with scikit-learn, which tests need anyway
from scipy.stats import ttest_ind

from mimik.app.store.exports import marker_at
from mimik.results.groups import group_rows, group_timeline, interval, interval_row, stepped
from mimik.results.read import read_rows
from mimik.results.student import t_quantile, welch
from mimik.results.summarise import summarise
from mimik.tasks.years import GROUPS
from synthetic_results import make_face, make_result


@pytest.fixture
def study(served: Served) -> Iterator[int]:
    answer = served.http.post("/v1/studies", json={"name": "humour", "groups": ["old", "young", "old"]})
    assert answer.status_code == 201 and answer.json()["groups"] == ["old", "young"]
    yield answer.json()["id"]
    served.http.delete(f"/v1/studies/{answer.json()['id']}", params={"sessions": True})


def add_person(served: Served, study: int, code: str, group: str = "") -> int:
    answer = served.http.post(f"/v1/studies/{study}/people", json={"code": code, "group": group})
    assert answer.status_code == 201, answer.text
    return int(answer.json()["id"])


def record(
    served: Served,
    study: int,
    person: int | None,
    shares: list[float],
    step_s: float = 0.25,
    source: str = "",
) -> int:
    """A session in which the share of "happy" goes through some values."""
    number = served.session(study_id=study, person_id=person, source=source)
    frames = []
    for i, share in enumerate(shares):
        small = make_face(1, (0.0, 0.0, 9.0, 9.0), emotion="sad", share=1.0)
        frames.append(make_result("x", i, make_face(share=share), small, time_s=i * step_s).to_dict())
    assert served.http.post(f"/v1/sessions/{number}/frames", json=frames).status_code == 200
    return number


def test_studies_and_people(served: Served, study: int) -> None:
    address = f"/v1/studies/{study}"
    ann, bob = add_person(served, study, "P01", "old"), add_person(served, study, "P02")
    taken = served.http.post(f"{address}/people", json={"code": "P01"})
    assert taken.status_code == 409 and taken.json()["error"]["code"] == "taken"
    assert served.http.patch(f"{address}/people/{bob}", json={"code": "P01"}).status_code == 409
    assert served.http.post(f"{address}/people", json={"code": "P9", "group": "none"}).status_code == 422
    assert served.http.patch(f"{address}/people/{bob}", json={"group": "young"}).json()["group"] == "young"
    assert [p["code"] for p in served.http.get(f"{address}/people").json()] == ["P01", "P02"]
    assert served.http.patch(address, json={"groups": ["old"]}).status_code == 422  # P02 is young
    film = {"name": "film.mp4", "kind": "video/mp4", "duration_s": 61.5}
    assert served.http.patch(address, json={"stimulus": film}).json()["stimulus"] == film
    assert served.http.patch(address, json={"note": "n"}).json()["stimulus"] == film
    assert served.http.patch(address, json={"stimulus": None}).json()["stimulus"] is None
    number = served.session(study_id=study, person_id=ann)
    assert [s["id"] for s in served.http.get("/v1/sessions", params={"study": study}).json()] == [number]
    assert served.http.get(address).json()["people"] == 2
    other = served.http.post("/v1/studies", json={"name": "other"}).json()["id"]
    for bad in ({"study_id": other, "person_id": ann}, {"study_id": None, "person_id": ann}):
        assert served.http.patch(f"/v1/sessions/{number}", json=bad).status_code == 422
    assert served.http.delete(f"{address}/people/{ann}").status_code == 204
    assert served.http.get(f"/v1/sessions/{number}").json()["person_id"] is None
    served.http.delete(f"/v1/studies/{other}")
    assert served.http.get(f"/v1/studies/{other}").status_code == 404


def test_deleting_a_study_keeps_its_sessions_unless_told(served: Served) -> None:
    for sessions, status in ((False, 200), (True, 404)):
        study = served.http.post("/v1/studies", json={"name": "x"}).json()["id"]
        number = served.session(study_id=study)
        answer = served.http.delete(f"/v1/studies/{study}", params={"sessions": sessions})
        assert answer.status_code == 204
        left = served.http.get(f"/v1/sessions/{number}")
        assert left.status_code == status
        if status == 200:
            assert left.json()["study_id"] is None
            served.http.delete(f"/v1/sessions/{number}")


def test_the_timeline_is_that_of_people_not_of_frames(served: Served, study: int) -> None:
    """Two people are old: one with two sessions, whose mean comes first; one is young."""
    ann, bob, cat = (
        add_person(served, study, code, group)
        for code, group in (("P01", "old"), ("P02", "old"), ("P03", "young"))
    )
    record(served, study, ann, [0.2, 0.4, 0.6, 0.6])  # steps of 0.5 s: 0.3, 0.6
    record(served, study, ann, [0.5, 0.5])  # 0.5
    record(served, study, bob, [0.8, 0.8, 0.8, 0.8])
    record(served, study, cat, [0.1, 0.1])
    record(served, study, None, [1.0] * 4)  # nobody's
    answer = served.http.get(f"/v1/studies/{study}/timeline", params={"signal": "emotion:happy"})
    old, young = answer.json()["groups"]
    # Ann: (0.3 + 0.5) / 2 = 0.4, then 0.6. Bob: 0.8. Means 0.6 and 0.7.
    assert old["group"] == "old" and old["n"] == 2 and old["time_s"] == [0.25, 0.75]
    assert old["mean"] == pytest.approx([0.6, 0.7], abs=1e-4) and old["seen"] == [2, 2]
    # Two people tell little: their intervals reach beyond what a probability can be, and are cut there.
    assert (old["low"], old["high"]) == ([0, 0], [1, 1])
    assert young["mean"] == pytest.approx([0.1], abs=1e-4) and young["low"] == [None]
    only = served.http.get(
        f"/v1/studies/{study}/timeline", params={"signal": "valence", "group": "young", "step": 1}
    ).json()["groups"]
    assert [g["group"] for g in only] == ["young"]
    for bad in ({"signal": "soul"}, {"signal": "au:AU99"}, {"signal": "valence", "group": "no"}, {}):
        assert served.http.get(f"/v1/studies/{study}/timeline", params=bad).status_code == 422
    assert served.http.get("/v1/studies/99999/timeline", params={"signal": "valence"}).status_code == 404


def test_intervals(served: Served, study: int) -> None:
    person = add_person(served, study, "P01", "old")
    number = record(served, study, person, [0.2, 0.9, 0.9, 0.3, 0.9])
    address = f"/v1/sessions/{number}/markers"
    served.http.post(address, json={"time_s": 0.25, "end_s": 1.0, "label": "joke"})
    served.http.post(address, json={"time_s": 50, "end_s": 60, "label": "later"})
    served.http.post(address, json={"time_s": 0.5, "label": "a moment"})
    answer = served.http.get(f"/v1/studies/{study}/intervals", params={"signal": "emotion:happy"}).json()
    whole, *rows = answer["rows"]
    # Of 0, 0.25, ... 1 s, to the end of the last frame: 0.2, 0.9, 0.9, 0.3, 0.9.
    assert (whole["label"], whole["start_s"], whole["end_s"], whole["mean"]) == ("(whole)", 0, 1.25, 0.64)
    assert rows[0] == {
        "signal": "emotion:happy",
        "counts": True,
        "person": "P01",
        "group": "old",
        "session": number,
        "label": "joke",
        "start_s": 0.25,
        "end_s": 1.0,
        "mean": pytest.approx(0.7),
        "max": pytest.approx(0.9),
        "share_active": pytest.approx(2 / 3, abs=1e-5),  # below 0.4 the label is "uncertain"
        "seconds_seen": 0.75,
    }
    assert len(rows) == 2 and rows[1]["mean"] is None and rows[1]["seconds_seen"] == 0
    _, joke, later = answer["groups"]
    assert joke["mean"] == pytest.approx(0.7) and joke["sd"] is joke["low"] is joke["high"] is None
    assert (later["label"], later["n"], later["seen"], later["mean"]) == ("later", 1, 0, None)


def test_intervals_of_groups_are_over_people(served: Served, study: int) -> None:
    """Two people are young, one with two sessions, whose mean comes first; one is old."""
    ann, bob, cat = (
        add_person(served, study, code, group)
        for code, group in (("P01", "young"), ("P02", "young"), ("P03", "old"))
    )
    for person, share in ((ann, 0.2), (ann, 0.4), (bob, 0.7), (cat, 0.5), (None, 1.0)):
        number = record(served, study, person, [share, share])
        mark = {"time_s": 0, "end_s": 0.5, "label": "joke"}
        assert served.http.post(f"/v1/sessions/{number}/markers", json=mark).status_code == 201
    answer = served.http.get(f"/v1/studies/{study}/intervals", params={"signal": "emotion:happy"}).json()
    assert len([row for row in answer["rows"] if row["label"] == "joke"]) == 5
    # Nobody's session is in none.
    old, young = (row for row in answer["groups"] if row["label"] == "joke")
    assert (old["group"], old["n"], old["seen"], old["low"]) == ("old", 1, 1, None)
    # Ann 0.3, Bob 0.7: standard deviation 0.2828, standard error 0.2; t for one degree is 12.706.
    assert (young["group"], young["n"], young["seen"]) == ("young", 2, 2)
    assert young["mean"] == pytest.approx(0.5, abs=1e-4) and young["sd"] == pytest.approx(0.08**0.5, abs=1e-4)
    assert (young["low"], young["high"]) == (0, 1)
    assert young["max"] == pytest.approx(0.5, abs=1e-4)


def test_a_study_is_saved_as_one_table(served: Served, study: int, tmp_path: Path) -> None:
    people = [add_person(served, study, f"P0{i}", "old" if i else "young") for i in range(2)]
    numbers = [record(served, study, person, [0.5, 0.6, 0.7]) for person in people]
    served.http.post(f"/v1/sessions/{numbers[0]}/markers", json={"time_s": 0.2, "label": "from here"})
    for kind in ("csv", "parquet"):
        answer = served.http.get(f"/v1/studies/{study}/export", params={"format": kind})
        assert answer.status_code == 200
        path = tmp_path / f"study.{kind}"
        path.write_bytes(answer.content)
        rows = list(read_rows(path))
        assert {row["age_group"] for row in rows} <= {*GROUPS, None}
        assert kind == "parquet" or re.search(r",\d+ to \d+,", answer.text)
        assert len(rows) == 12 and rows[0]["person"] == "P00" and rows[-1]["group"] == "old"
        assert [row["marker"] for row in rows[:6:2]] == [None, "from here", "from here"]
        assert {row["counts"] for row in rows} == {"true"}
        assert {row["source"] for row in rows} == {f"session-{n}" for n in numbers}
        assert len(summarise(path)) == 4
    assert served.http.get(f"/v1/studies/{study}/export", params={"format": "jsonl"}).status_code == 422


def test_a_studys_numbers_are_saved_as_tables(served: Served, study: int) -> None:
    for i, code in enumerate(("P00", "P01")):
        session = record(served, study, add_person(served, study, code, "young"), [0.5 + i / 50] * 3)
        mark = {"time_s": 0, "end_s": 1, "label": "joke, told"}
        assert served.http.post(f"/v1/sessions/{session}/markers", json=mark).status_code == 201
    answers = {}
    for table in ("timeline", "groups", "intervals"):
        query = {"signal": "emotion:happy", "table": table}
        answer = served.http.get(f"/v1/studies/{study}/numbers", params=query)
        assert answer.status_code == 200 and "csv" in answer.headers["content-type"]
        assert f"study-{study}-{table}-emotion-happy.csv" in answer.headers["content-disposition"]
        answers[table] = list(csv.DictReader(io.StringIO(answer.text)))
    first = answers["timeline"][0]
    assert (first["group"], first["time_s"], first["seen"]) == ("young", "0.25", "2")
    (joke,) = (row for row in answers["groups"] if row["label"] != "(whole)")
    assert (joke["label"], joke["group"], joke["n"]) == ("joke, told", "young", "2")
    # 0.5 and 0.52: t for one degree is 12.706, the standard error 0.01.
    assert float(joke["mean"]) == pytest.approx(0.51, abs=1e-3)
    assert float(joke["high"]) == pytest.approx(0.51 + 0.127062, abs=1e-3)
    assert [row["person"] for row in answers["intervals"]] == ["P00", "P00", "P01", "P01"]
    refused = served.http.get(f"/v1/studies/{study}/numbers", params={"table": "timeline"})
    assert refused.status_code == 422 and "signal=emotion:happy" in refused.json()["error"]["message"]


def test_a_film_is_an_interval_by_itself(served: Served, study: int) -> None:
    """Four runs of one second without a marker: numbers of everyone, of groups, and their difference."""
    film = {"name": "film.mp4", "kind": "video", "duration_s": 1.0}
    served.http.patch(f"/v1/studies/{study}", json={"stimulus": film})
    shares = {"old": ([0.2] * 4 + [0.99], [0.4] * 4), "young": ([0.8] * 4, [0.9, 0.7, 0.9, 0.7])}
    for group, runs in shares.items():
        for i, values in enumerate(runs):
            person = add_person(served, study, f"{group}{i}", group)
            record(served, study, person, values, source="film.mp4")
    answer = served.http.get(f"/v1/studies/{study}/intervals").json()
    assert answer["signal"] is None
    happy = [row for row in answer["rows"] if row["signal"] == "emotion:happy"]
    told = [
        (row["person"], row["label"], row["end_s"], row["mean"], row["max"], row["share_active"])
        for row in happy
    ]
    # What was recorded after the film's second is none of it.
    assert told == [
        ("old0", "(whole)", 1.0, 0.2, 0.2, 0.0),
        ("old1", "(whole)", 1.0, 0.4, 0.4, 1.0),
        ("young0", "(whole)", 1.0, 0.8, 0.8, 1.0),
        ("young1", "(whole)", 1.0, 0.8, 0.9, 1.0),
    ]
    signals = {row["signal"] for row in answer["rows"]}
    assert {"emotion:sad", "valence", "arousal"} <= signals
    old, young = (row for row in answer["groups"] if row["signal"] == "emotion:happy")
    assert (old["n"], old["mean"], young["mean"], young["sd"]) == (2, 0.3, 0.8, 0.0)
    (difference,) = (row for row in answer["differences"] if row["signal"] == "emotion:happy")
    # Standard error 0.1, all of it old's, so one degree of freedom: t is 12.706.
    assert difference == {
        **{"signal": "emotion:happy", "label": "(whole)", "group": "old", "other": "young"},
        **{"difference": -0.5, "freedom": 1.0},
        "low": -1.0,  # no two probabilities differ by more than that
        "high": pytest.approx(-0.5 + 1.27062, abs=1e-4),
    }
    for table in ("groups", "differences", "intervals"):
        text = served.http.get(f"/v1/studies/{study}/numbers", params={"table": table}).text
        rows = list(csv.DictReader(io.StringIO(text)))
        assert {row["signal"] for row in rows} == signals and rows[0]["label"] == "(whole)"


def test_a_person_of_whom_nothing_was_seen_is_counted(served: Served, study: int) -> None:
    for code, frames in (("P01", [make_face(share=0.5)]), ("P02", [])):
        number = served.session(study_id=study, person_id=add_person(served, study, code, "old"))
        results = [make_result("x", i, *frames, time_s=i / 4).to_dict() for i in range(3)]
        assert served.http.post(f"/v1/sessions/{number}/frames", json=results).status_code == 200
    answer = served.http.get(f"/v1/studies/{study}/intervals").json()
    assert {(row["n"], row["seen"]) for row in answer["groups"]} == {(2, 1)}
    unseen = [row for row in answer["rows"] if row["person"] == "P02"]
    assert unseen and all(row["mean"] is None and row["seconds_seen"] == 0 for row in unseen)


def test_a_run_that_was_broken_off_stays_out_of_averages_until_it_is_let_in(
    served: Served, study: int
) -> None:
    people = [add_person(served, study, f"P0{i}", "old") for i in range(3)]
    numbers = [record(served, study, person, [0.2 + 0.3 * i] * 4) for i, person in enumerate(people)]
    address = f"/v1/sessions/{numbers[2]}"
    assert served.http.get(address).json()["counts"] is True
    broken = served.http.patch(address, json={"broken_off": True}).json()
    assert (broken["broken_off"], broken["counts"]) == (True, False)

    def mean() -> tuple[float, float, list[bool]]:
        query = {"signal": "emotion:happy"}
        line = served.http.get(f"/v1/studies/{study}/timeline", params=query).json()["groups"][0]
        spans = served.http.get(f"/v1/studies/{study}/intervals", params=query).json()
        return line["mean"][0], spans["groups"][0]["mean"], [row["counts"] for row in spans["rows"]]

    assert mean() == (pytest.approx(0.35), pytest.approx(0.35), [True, True, False])
    assert served.http.patch(address, json={"counts": True}).json()["counts"] is True
    assert mean() == (pytest.approx(0.5), pytest.approx(0.5), [True, True, True])
    # Any run can be taken out.
    served.http.patch(f"/v1/sessions/{numbers[0]}", json={"counts": False})
    assert mean()[0] == pytest.approx(0.65)
    under_way = served.session(study_id=study, person_id=people[0], broken_off=True)
    assert served.http.get(f"/v1/sessions/{under_way}").json()["counts"] is False
    ended = served.http.patch(f"/v1/sessions/{under_way}", json={"broken_off": False}).json()
    assert (ended["broken_off"], ended["counts"]) == (False, True)


def test_the_difference_of_two_means() -> None:
    """Welch's t against scipy's."""
    first, second = [0.2, 0.4, 0.5, 0.9], [0.1, 0.15, 0.3]
    told = ttest_ind(first, second, equal_var=False)
    difference, half, freedom = welch(first, second)
    assert half is not None and freedom == pytest.approx(told.df)
    assert [difference - half, difference + half] == pytest.approx(list(told.confidence_interval(0.95)))
    assert welch([1.0], [0.0, 2.0]) == (0.0, None, None)
    assert welch([1.0, 1.0], [0.5, 0.5]) == (0.5, 0.0, None)


@pytest.mark.parametrize("freedom", [1, 1.05, 2, 2.7, 7, 30, 31, 60.5, 500])
def test_student(freedom: float) -> None:
    assert t_quantile(freedom) == pytest.approx(student.ppf(0.975, freedom), rel=1e-6)


def test_interval_of_a_mean() -> None:
    assert interval([3.0]) == (3.0, None)
    middle, half = interval([1.0, 2.0, 3.0])
    assert middle == 2 and half == pytest.approx(4.30265 / math.sqrt(3))


def test_stepped_leaves_out_what_comes_before_the_start() -> None:
    values: list[tuple[float, float, bool | None]] = [
        (-0.1, 9, None),
        (0, 1, None),
        (0.4, 2, None),
        (1.2, 5, None),
    ]
    assert stepped(values, 0.5) == {0: 1.5, 2: 5}
    table = group_timeline([{0: 0.2}, {0: 0.4, 1: 0.6}], 0.5, "au:AU12")
    assert table["seen"] == [2, 1] and table["mean"] == [0.3, 0.6] and table["high"][1] is None


@pytest.mark.parametrize(
    ("signal", "values", "low", "high"),
    [
        ("emotion:happy", (0.01, 0.02, 0.3), 0.0, 0.518940),
        ("au:AU12", (0.99, 0.98, 0.7), 0.481060, 1.0),
        ("emotion:happy", (0.0, 1.0), 0.0, 1.0),
        # The standard error is |0.52 - 0.5| / 2 = 0.01; t for one degree of freedom is 12.7062.
        ("emotion:happy", (0.5, 0.52), 0.51 - 0.127062, 0.51 + 0.127062),
        ("emotion:happy", (0.4, 0.5, 0.6), 0.251586, 0.748414),
        ("valence", (-0.9, -0.95, -0.2), -1.0, 0.358327),
        ("arousal", (0.9, 0.95, 0.2), -0.358327, 1.0),
    ],
)
def test_the_interval_of_a_mean_stays_where_means_can_lie(
    signal: str, values: tuple[float, ...], low: float, high: float
) -> None:
    table = group_timeline([{0: value} for value in values], 0.5, signal)
    assert (table["low"], table["high"]) == ([pytest.approx(low, abs=1e-5)], [pytest.approx(high, abs=1e-5)])
    seen = [
        {"label": "m", "person": str(number), "group": "", "mean": value, "max": value, "share_active": None}
        for number, value in enumerate(values)
    ]
    (row,) = group_rows(seen, [""], signal)
    assert (row["low"], row["high"]) == (table["low"][0], table["high"][0])
    assert row["low"] <= row["mean"] <= row["high"]


def test_nothing_counts_through_a_gap() -> None:
    """As in summaries: what was seen before a pause lasts as long as the frame before it."""
    samples = [(0.0, 1.0, True), (0.5, 1.0, True), (10.0, 0.0, False), (10.5, 0.0, False)]
    row = interval_row(samples, 0, 20)
    assert row["seconds_seen"] == 2 and row["mean"] == 0.5 and row["share_active"] == 0.5


def test_the_marker_that_holds() -> None:
    def mark(time_s: float, label: str, end_s: float | None = None) -> dict[str, Any]:
        return {"time_s": time_s, "end_s": end_s, "label": label}

    markers = [mark(1, "a"), mark(2, "b", 5), mark(3, "c", 4), mark(6, "d")]
    times = (0.5, 1, 2.5, 3.5, 4.5, 5.5, 9)
    assert [marker_at(markers, t) for t in times] == [None, "a", "b", "c", "b", "a", "d"]
