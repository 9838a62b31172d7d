"""A researcher's table of people, joined to a summary."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

import pytest

from mimik.cli.main import main
from mimik.errors import DataError, MimikWarning, SourceNotFoundError
from mimik.results.people import read_people
from mimik.results.summarise import sum_up, summarise
from mimik.runs.results import Results
from synthetic_results import INFO, make_face, make_result


@pytest.fixture
def results(tmp_path: Path) -> Path:
    path = tmp_path / "o.csv"
    with Results(path, INFO) as run:
        for source in ("clips/a.mp4", "clips/b.mp4", "old/b.mp4"):
            run.begin(source)
            run.write(make_result(source, 0, make_face(0), make_face(1)))
            run.finish(source)
        run.begin("clips/c.mp4")
        run.fail("clips/c.mp4", "clips/c.mp4: no video")
    return path


def table(path: Path, *lines: str) -> Path:
    path.write_text("\n".join(lines) + "\n", encoding="utf-8")
    return path


def joined(results: Path, people: Path, *names: str) -> list[Sequence[object]]:
    return [tuple(row[name] for name in names) for row in sum_up(results, people=people).rows]


def test_people_by_file_and_id(results: Path, tmp_path: Path) -> None:
    people = table(
        tmp_path / "map.csv",
        "participant,group,file,id",
        "007,young,a.mp4,0",
        "008,old,a.mp4,1",
        "009,old,clips/b.mp4,",
        "010,old,old/b.mp4,",
        "011,young,old/b.mp4,1",
        "012,young,c.mp4,",
    )
    assert joined(results, people, "source", "id", "participant", "group") == [
        ("clips/a.mp4", 0, "007", "young"),
        ("clips/a.mp4", 1, "008", "old"),
        ("clips/b.mp4", 0, "009", "old"),
        ("clips/b.mp4", 1, "009", "old"),
        ("old/b.mp4", 0, "010", "old"),
        ("old/b.mp4", 1, "011", "young"),
        ("clips/c.mp4", None, "012", "young"),
    ]
    assert sum_up(results, people=people).notes == ()
    assert sum_up(results, people=people).columns[:4] == ("source", "participant", "group", "id")


def test_people_by_id_alone_and_anything_else_about_them(results: Path, tmp_path: Path) -> None:
    people = table(tmp_path / "map.csv", "ID;Alter in Jahren;Gruppe", "0;34,5;a", "1.0;;b")
    assert joined(results, people, "id", "Alter_in_Jahren", "Gruppe")[:2] == [
        (0, "34,5", "a"),
        (1, None, "b"),
    ]


def test_a_failed_clip_has_what_all_lines_of_its_file_say(results: Path, tmp_path: Path) -> None:
    people = table(tmp_path / "map.csv", "file,id,participant,group", "c.mp4,0,P1,old", "c.mp4,1,P2,old")
    with pytest.warns(MimikWarning, match="6 rows are in none of its lines: clips/a.mp4 id 0, "):
        rows = summarise(results, people=people)
    assert (rows[-1]["status"], rows[-1]["participant"], rows[-1]["group"]) == ("failed", None, "old")


def test_lines_that_mean_nobody_are_named(results: Path, tmp_path: Path) -> None:
    lines = [f"{name}.mp4,P{i}" for i, name in enumerate(("a", "clips/b", "old/b", "c", "nothere"))]
    people = table(tmp_path / "map.csv", "file,participant", *lines)
    (note,) = sum_up(results, people=people).notes
    assert note == f"{people}: 1 line means nobody in the results: line 6 (nothere.mp4)"


def test_a_person_of_a_file_that_is_not_there_is_nobody_elsewhere(results: Path, tmp_path: Path) -> None:
    people = table(tmp_path / "map.csv", "file,id,participant", "nothere.mp4,0,P00", "a.mp4,0,P01")
    assert joined(results, people, "source", "id", "participant")[:3] == [
        ("clips/a.mp4", 0, "P01"),
        ("clips/a.mp4", 1, None),
        ("clips/b.mp4", 0, None),
    ]
    idle, unknown = sum_up(results, people=people).notes
    assert idle == f"{people}: 1 line means nobody in the results: line 2 (nothere.mp4)"
    assert "6 rows are in none of its lines" in unknown


@pytest.mark.parametrize(
    ("lines", "message"),
    [
        (
            ("file,participant", "b.mp4,P1"),
            r"line 2: b\.mp4 means clips/b\.mp4, old/b\.mp4: write as much of",
        ),
        (
            ("participant,group", "P1,old"),
            "must name the columns: file or id .*; there is participant, group",
        ),
        (("file,id", "a.mp4,0"), "and what is to be added"),
        (("file,participant", "a.mp4,P1", "a.mp4,P2"), "lines 2 and 3 name the same person"),
        (("file,participant,participant", "a.mp4,P1,P2"), "two columns are called 'participant'"),
        (("file,participant", "a.mp4,P1,old"), r"line 2: it has 3 cells, and the first line 2"),
        (("file,participant", 'a.mp4,"P1', "c.mp4,P2"), "line 3: no CSV: unexpected end of data; look at"),
        (("file,participant", "a.mp4,P1", "clips/a.mp4,P2"), "lines 2 and 3 name the same person"),
        (("id,participant", "NA,P1"), "line 2: id must be a whole number, or empty .*, not 'NA'"),
        (("id,participant", "0.5,P1"), "line 2: id must be a whole number, .* not '0.5'"),
        (("file,participant", ",P1"), "line 2: it names neither a file nor an id"),
        (("file,Frames", "a.mp4,3"), "the summary has a column 'frames' of its own; rename yours"),
        (("",), "there is none"),
    ],
)
def test_tables_that_cannot_be_used(
    results: Path, tmp_path: Path, lines: tuple[str, ...], message: str
) -> None:
    with pytest.raises(DataError, match=message):
        sum_up(results, people=table(tmp_path / "map.csv", *lines))


@pytest.mark.parametrize(
    "name",
    ["A.MP4", "clips/a.mp4", "./clips/A.mp4", "C:\\Study\\clips\\a.mp4", "a", "clips/a"],
)
def test_a_file_is_known_as_other_systems_write_it(results: Path, tmp_path: Path, name: str) -> None:
    people = table(tmp_path / "map.csv", "file,participant", f"{name},P1")
    assert joined(results, people, "source", "participant")[:3] == [
        ("clips/a.mp4", "P1"),
        ("clips/a.mp4", "P1"),
        ("clips/b.mp4", None),
    ]


def test_the_very_name_comes_before_others(tmp_path: Path) -> None:
    path = tmp_path / "o.csv"
    with Results(path, INFO) as run:
        for source in ("Mu\u0308ller.mp4", "müller.mp4", "müller.mov"):
            run.begin(source)
            run.write(make_result(source, 0, make_face(0)))
            run.finish(source)
    people = table(tmp_path / "map.csv", "file,participant", "müller.mp4,P1", "Müller.MOV,P2")
    assert joined(path, people, "participant") == [(None,), ("P1",), ("P2",)]
    people = table(tmp_path / "map.csv", "file,participant", "müller,P1")
    with pytest.raises(DataError, match=r"müller means .*: write as much"):
        sum_up(path, people=people)


def test_a_table_as_spreadsheets_and_programs_save_it(results: Path, tmp_path: Path) -> None:
    lines = [
        *('\ufeff"file";"group, as told";if;Größe;;', 'a.mp4;"old; very";x;1;;', 'c.mp4;"two', 'lines"'),
        *(";;;;;", ";;;;;"),
    ]
    rows = sum_up(results, people=table(tmp_path / "map.csv", *lines)).rows
    names = ("group__as_told", "v_if", "Grosse")
    assert [tuple(row[name] for name in names) for row in (rows[0], rows[-1])] == [
        ("old; very", "x", "1"),
        ("two\nlines", None, None),
    ]


def test_columns_without_a_name_are_left_out_and_counted(results: Path, tmp_path: Path) -> None:
    people = table(tmp_path / "map.csv", '"","file","participant"', '"1","a.mp4","P1"')
    summary = sum_up(results, people=people)
    assert summary.columns[:3] == ("source", "participant", "id")
    assert summary.notes[0] == f"{people}: left out, without a name in the first line: column 1"


def test_files_that_cannot_be_read(tmp_path: Path) -> None:
    with pytest.raises(SourceNotFoundError, match="--people"):
        read_people(tmp_path / "none.csv")
    (tmp_path / "latin.csv").write_bytes("file,name\na,Jürgen\n".encode("cp1252"))
    with pytest.raises(DataError, match="CSV UTF-8"):
        read_people(tmp_path / "latin.csv")


def test_the_command_writes_them(results: Path, tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    people = table(tmp_path / "map.csv", "\ufefffile,participant", "a.mp4,P1")
    assert main(["summary", str(results), "--people", str(people), "-o", str(tmp_path / "s.csv")]) == 0
    assert "5 rows are in none of its lines" in capsys.readouterr().err
    assert (tmp_path / "s.csv").read_text().splitlines()[1].startswith("clips/a.mp4,P1,0,done,")
    assert main(["summary", str(results), "--people", str(people)]) == 0
    assert "participant" in capsys.readouterr().out
    assert main(["summary", str(results), "--people", str(people), "-o", str(people), "--overwrite"]) == 1
    assert "is the table of people itself" in capsys.readouterr().err
