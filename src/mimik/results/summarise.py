"""What a results file says about each person and voice: figures of every number, time in each state.

Nothing here knows a task by name: of a task's label, or its list of active units, each state is timed and its
beginnings are counted; other texts are voted on; of each number there are mean, deviation, median and peak.
"""

from __future__ import annotations

import warnings
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import groupby, product
from pathlib import Path
from typing import Any, TypeVar, overload

from mimik.errors import DataError, MimikWarning
from mimik.results.apart import Apart
from mimik.results.dataset import Dataset, Located, located
from mimik.results.gaps import lasting
from mimik.results.head import declared_kinds
from mimik.results.heard import HEARD, heard_tasks, sum_voices
from mimik.results.origin import made_by
from mimik.results.outcomes import Outcome, outcomes
from mimik.results.people import join, read_people
from mimik.results.person import Line, Person, plus, rounded, time_of
from mimik.results.raw_states import RawStates
from mimik.results.read import holds_spans_alone, read_batches, read_rows
from mimik.results.rows import Cell, Row, is_face
from mimik.results.short_names import short_names
from mimik.results.summary_columns import ACTIVE, LABEL, OF_MANIFEST, RAW, SEEN, WHO, Columns
from mimik.results.tally import ACTIVITY
from mimik.tasks.years import check_width, group_of

T = TypeVar("T")
TYPE, TYPES = "type", ("face", "voices")
"""The column that tells rows of faces from those of voices, where there are both, and what stands in it."""
GROUP = "_group"
"""What the column of a task's groups of years ends in."""


@dataclass(frozen=True, slots=True)
class Summary:
    """A results file summed up."""

    columns: tuple[str, ...]
    """Names of the columns, the same in every row."""
    rows: Sequence[dict[str, Cell]]
    """A row per source and person; one for a source without a face, or that failed. Each is made when it is
    asked for, so that a million people need no memory for them."""
    records: Sequence[dict[str, Any]]
    """The same with what a table has no place for: objects of reasons ("untrusted") and of states."""
    notes: tuple[str, ...]
    """What could not be joined or counted as asked, a line each."""
    complete: bool
    """Whether OUT.run tells of sources that failed; without it these have no row."""
    parts: tuple[Part, ...] = ()
    """The same apart: the rows of faces, and those of voices, as far as the results hold them."""


@dataclass(frozen=True, slots=True)
class Part:
    """The rows of faces, or those of voices."""

    columns: tuple[str, ...]
    rows: Sequence[dict[str, Cell]]
    records: Sequence[dict[str, Any]]
    heard: bool
    """Whether they are of voices."""


class Made(Sequence[T]):
    """What is made of each of some items, whenever it is asked for."""

    def __init__(self, items: Sequence[Any], make: Callable[[Any], T]) -> None:
        self._items, self._make = items, make

    def __len__(self) -> int:
        return len(self._items)

    @overload
    def __getitem__(self, number: int) -> T: ...

    @overload
    def __getitem__(self, number: slice) -> Sequence[T]: ...

    def __getitem__(self, number: int | slice) -> T | Sequence[T]:
        chosen = self._items[number]
        return Made(chosen, self._make) if isinstance(number, slice) else self._make(chosen)


def summarise(
    path: str | Path | Dataset,
    *,
    raw: bool = False,
    people: str | Path | None = None,
    age_groups: int | None = None,
) -> list[dict[str, Any]]:
    """Sum a results file up, a row per source and person.

    A frame lasts until the next frame of its source; the last one, and one before a gap in the recording
    (mimik.results.gaps), as long as the one before it. Where no frame has a time, as in other tools'
    results, first_s, last_s and all seconds are None. A face that can't be trusted (quality.reason) counts
    as seen, but its readings are left out. The columns follow from what was read, not from what was found.

    Args:
        path: A .jsonl, .csv or .parquet results file, or a dataset of parts by its folder or address.
        raw: Whether values before smoothing are summed up, too ("emotion_raw_happy_mean").
        people: A CSV of who is who; see mimik.results.people.
        age_groups: Width in years (5 or 10) of the bands that `age_group` is one of, instead of its own.

    Returns:
        Rows in the order of the results, failed sources last: source; id; status ("done", "partial",
        "no face", "failed") and problem; frames, first_s, last_s and seconds of the person, source_frames and
        source_seconds of the source; untrusted_frames, and untrusted (reason to frames), and the
        same of the other frames for a task that says itself when not to trust it ("au_untrusted_frames");
        the frames of before a face at rest was known, which are left out ("au_before_neutral_frames"); the
        most frequent value of each text ("emotion_label"); for each number mean, sd (n - 1), median and peak
        over frames ("emotion_happy_mean"); for each state the share of trusted time in which it was on (of
        frames, where no time passes), its seconds, and how many times it began ("emotion_happy_share",
        "emotion_happy_activations"); the first two as objects, too ("emotion_label_share": value to share).
        None where nothing is known. Names have at most 32 characters, but for those of objects.
        Of voices a row a source: utterances, first_s, last_s, speech_seconds, untrusted_utterances and
        untrusted; of each task the answer that was heard longest ("voice_label"), of each class its mean
        probability over the time of trusted speech, its share of that time, its seconds and utterances
        ("voice_happy_mean", "_share", "_seconds", "_utterances"). Where the results hold both, "type" tells
        the rows apart ("face", "voices").

    Raises:
        SourceNotFoundError, DataError, MissingExtraError: See read_rows and read_people.
        OptionError: There are no such age groups.
    """
    summary = sum_up(path, raw=raw, people=people, age_groups=age_groups)
    for note in summary.notes:
        warnings.warn(note, MimikWarning, stacklevel=2)
    return list(summary.records)


def sum_up(
    path: str | Path | Dataset,
    *,
    raw: bool = False,
    people: str | Path | None = None,
    age_groups: int | None = None,
) -> Summary:
    """The same with the names of the columns, and notes; see summarise."""
    path = located(path)
    if age_groups is not None:
        check_width(age_groups)
    known = read_people(Path(people)) if people is not None else None
    ends = outcomes(path)
    states = RawStates(made_by(path)) if raw else None
    drafts = [draft.with_manifest(ends or ()) for draft in _drafts(path, states, age_groups, raw, ends)]
    lines = [line for draft in drafts for line in draft.lines]
    names = [name for draft in drafts for name in draft.names]
    notes = [*(states.notes() if states else ()), *_nothing_to(raw, age_groups, names, path)]
    if ends == [] and lines:  # A run that was stopped in its first source, or a session of the app.
        stopped = "if mimik analyze was stopped, run the same command again"
        notes.append(f"{path}: {path.name}.run names no source that is finished: {stopped}")
    if known:
        notes += join(known, [line.cells for line in lines], taken=(*WHO, *names))
    parts = tuple(draft.part(known.columns if known else ()) for draft in drafts)
    return _together(parts, tuple(notes), complete=ends is not None)


@dataclass(frozen=True, slots=True)
class _Draft:
    """A part before its columns have short names."""

    lines: list[Line]
    names: list[str]
    """Of its columns, but for those of who it is."""
    ways: Mapping[str, str]
    """Those of tasks, to the way whose states they count."""
    heard: bool

    def with_manifest(self, ends: Iterable[Outcome]) -> _Draft:
        """The same with columns for what a manifest said of the sources, if it said anything."""
        told = {end.source: end for end in ends}
        said = [name for name in OF_MANIFEST if any(getattr(end, name) for end in told.values())]
        new = [name for name in said if name not in self.names]
        for line, name in product(self.lines, new):
            line.cells[name] = getattr(told.get(str(line.cells["source"])), name, None)
        return replace(self, names=[*new, *self.names])

    def part(self, people: Sequence[str]) -> Part:
        """The part; people are the columns that a table of people adds."""
        ids = () if self.heard else (WHO[1],)
        short = short_names([WHO[0], *people, *ids, *self.names])

        def cells(line: Line) -> dict[str, Cell]:
            return {name: line.cell(full, self.ways.get(full, "")) for full, name in short.items()}

        def record(line: Line) -> dict[str, Any]:
            return _record(cells(line), line, self.ways)

        return Part(tuple(short.values()), Made(self.lines, cells), Made(self.lines, record), self.heard)


def _drafts(
    path: Located, states: RawStates | None, width: int | None, raw: bool, ends: list[Outcome] | None
) -> Iterator[_Draft]:
    """What was seen, and what was heard, as far as either was looked for."""
    voices = sum_voices(path, ends, raw)
    faces = _of_faces(path, states, width, raw, ends)
    if voices is None or any(line.cells.get("source_frames") for line in faces.lines):
        yield faces
        # A source that failed has its row among the faces.
        heard = [line for line in voices.lines if line.cells["status"] != "failed"] if voices else []
    else:
        heard = voices.lines
    if voices:
        yield _Draft(heard, [*HEARD, *voices.ways], voices.ways, heard=True)


def _of_faces(
    path: Located, states: RawStates | None, width: int | None, raw: bool, ends: list[Outcome] | None
) -> _Draft:
    """What was seen."""
    heard = tuple(f"{task}_" for task in heard_tasks(path))
    kinds = {name: kind for name, kind in declared_kinds(path).items() if not name.startswith(heard)}
    columns = Columns(kinds)
    rows: list[Line] = []
    for source, group, apart in _sources(path, columns, raw) if not holds_spans_alone(path) else ():
        rows += _lines(source, _in_order(group, path), states, width, apart)
    rows = _with_outcomes(rows, ends or (), path)
    seen: defaultdict[str, set[str]] = defaultdict(set)
    for row in rows:
        for answer, found in row.states.items():
            seen[answer].update(found)
    ways = columns.names(seen, raw)
    return _Draft(rows, [*columns.context(), *SEEN, *ways], ways, heard=False)


def _together(parts: tuple[Part, ...], notes: tuple[str, ...], complete: bool) -> Summary:
    """Parts as one table, with a column that tells them apart, where there are two."""
    if len(parts) == 1:
        (only,) = parts
        return Summary(only.columns, only.rows, only.records, notes, complete, parts)
    names = dict.fromkeys(name for part in parts for name in part.columns)
    columns = (WHO[0], TYPE, *(name for name in names if name != WHO[0]))
    every = [(part, number) for part in parts for number in range(len(part.rows))]

    def row(piece: tuple[Part, int]) -> dict[str, Cell]:
        part, number = piece
        return {**dict.fromkeys(columns), **part.rows[number], TYPE: TYPES[part.heard]}

    def record(piece: tuple[Part, int]) -> dict[str, Any]:
        part, number = piece
        told = part.records[number]
        return {WHO[0]: told[WHO[0]], TYPE: TYPES[part.heard], **told}

    return Summary(columns, Made(every, row), Made(every, record), notes, complete, parts)


def _record(cells: Row, line: Line, columns: Iterable[str]) -> dict[str, Any]:
    """A row with its objects, the same ones in every row."""
    answers = [name for name in columns if name.endswith((LABEL, ACTIVE))]
    names = [
        *(name for name in ("untrusted", *columns) if name.endswith("untrusted")),
        *(f"{answer}_{part}" for answer in answers for part in ACTIVITY[:2]),
    ]
    return {**cells, **{name: line.nested.get(name, {}) for name in names}}


def _nothing_to(raw: bool, age_groups: int | None, names: Sequence[str], path: Located) -> Iterator[str]:
    """What was asked for and isn't in the results."""
    if raw and not any(RAW in name for name in names):
        yield f"{path}: holds no values before smoothing, so --raw adds nothing"
    if age_groups and not any(name.endswith(GROUP) for name in names):
        yield f"{path}: holds no ages, so --age-groups changes nothing"


def _sources(path: Located, columns: Columns, raw: bool) -> Iterator[tuple[str, Iterator[Row], Apart]]:
    """Each source with its rows, and the numbers that are counted apart from them.

    Raises:
        DataError: Those of a source lie apart.
    """
    seen: set[str] = set()
    # What is told before smoothing is told of whole rows.
    pieces = None if raw else read_batches(path)
    for source, group in groupby(pieces or read_rows(path), _source_of):
        if source in seen:
            raise DataError(f"{path}: the rows of {source} lie apart; sort the file by source and frame")
        seen.add(source)
        apart = Apart()
        read: Callable[[Any, Columns], Iterator[Row]] = apart.rows if pieces else _seen
        yield source, read(group, columns), apart


def _source_of(piece: Row | tuple[str, Any]) -> str:
    """The source of a row, or of a batch of them."""
    return piece[0] if isinstance(piece, tuple) else str(piece["source"])


def _seen(rows: Iterable[Row], columns: Columns) -> Iterator[Row]:
    for row in rows:
        columns.see(row)
        yield row


def _in_order(rows: Iterable[Row], path: Located) -> Iterator[Row]:
    """The rows of one source.

    Raises:
        DataError: Frames aren't in order, or come twice, as in a file that was joined by hand.
    """
    last, people = -1, set[int | None]()
    for row in rows:
        frame, person = int(row["frame"] or 0), _id(row)
        people = people if frame == last else set()
        if frame < last or person in people:
            how = f"comes after frame {last}" if frame < last else f"has two rows of id {person}"
            raise DataError(
                f"{path}: {row['source']}: frame {frame} {how}: leave out rows that are there twice, and "
                "sort the file by source and frame"
            )
        last, people = frame, people if person is None else people | {person}
        yield row


def _lines(
    source: str, rows: Iterable[Row], raw: RawStates | None, width: int | None, apart: Apart
) -> Iterator[Line]:
    """The rows of one source: one a person, or one that says that there was no face."""
    people: defaultdict[int | None, Person] = defaultdict(Person)
    frames, whole_s = 0, None
    for faces, seconds in _timed(rows):
        frames += 1
        whole_s = plus(whole_s, seconds)
        there = [face for face in faces if is_face(face)]
        numbers = Counter(map(_id, there))
        begun: set[int | None] = set()
        for face in there:
            if width is not None:
                _regroup(face, width)
            # Faces without an id share their frame.
            share = None if seconds is None else seconds / numbers[_id(face)]
            again = _id(face) in begun
            people[_id(face)].add(face, share, raw, again=again, apart=apart.columns)
            begun.add(_id(face))
    apart.give(people)
    whole: dict[str, Cell] = {"source_frames": frames, "source_seconds": rounded(whole_s)}
    for number in sorted(people, key=lambda number: (number is None, number or 0)):
        line = people[number].line()
        line.cells |= {"source": source, "id": number, "status": "done", **whole}
        yield line
    if not people:
        nobody: dict[str, Cell] = {"frames": 0, "untrusted_frames": 0}
        yield Line({"source": source, "status": "no face", **nobody, **whole})


def _with_outcomes(lines: list[Line], ends: Iterable[Outcome], path: Located) -> list[Line]:
    """Say which sources ended early, or were not ended; those that failed, or gave no frame, follow."""
    there = {str(line.cells["source"]) for line in lines}
    known = {end.source: end for end in ends}
    unfinished = f"not finished, says {path.name}.run: run the same analyze command again" if known else None
    for line in lines:
        end = known.get(str(line.cells["source"]))
        if problem := end.problem if end else unfinished:
            line.cells["problem"] = problem
            if line.cells["status"] == "done":
                line.cells["status"] = "partial"
    nothing = (end for end in known.values() if end.source not in there)
    return lines + [
        Line(
            {
                "source": end.source,
                "status": "failed" if end.failed else "no frame",
                "problem": end.problem,
                **dict.fromkeys(("frames", "source_frames", "untrusted_frames"), 0),
            }
        )
        for end in nothing
    ]


def _id(face: Row) -> int | None:
    number = face["id"]
    return None if number is None else int(number)


def _regroup(face: Row, width: int) -> None:
    """Put the age group of another width in the place of the one that was read."""
    for name, value in [*face.items()]:
        if name.endswith(GROUP) and isinstance(value, str):
            years = face.get(f"{name.removesuffix(GROUP)}_years")
            if isinstance(years, float | int):
                face[name] = group_of(years, width)


def _timed(rows: Iterable[Row]) -> Iterator[tuple[list[Row], float | None]]:
    """Each frame's rows with the time that it lasts, None if it isn't known."""
    frames = (list(group) for _, group in groupby(rows, lambda row: row["frame"]))
    return lasting((time_of(frame[0]), frame) for frame in frames)
