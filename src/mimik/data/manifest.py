"""Any data set, described by a CSV with a row a picture, or a stretch of sound."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from unicodedata import normalize

from mimik.data.base import Reader, Sample, Skipped, read_samples
from mimik.data.folder import UNDIVIDED, check_whole
from mimik.data.labels import MISSING, OLDEST, any_tasks, class_tasks, label_of, tasks_of
from mimik.data.own import OwnTasks
from mimik.data.places import Place, children, find_place, folder_of, is_table, picture_loader, read_kept
from mimik.data.soft_labels import DOUBT, likeliest, misses_one, soft_classes, soft_labels
from mimik.data.voices.people import check_people
from mimik.data.voices.rows import COLUMNS as SOUND_COLUMNS
from mimik.data.voices.rows import heard_sample, heard_tasks
from mimik.data.voices.sounds import is_clip
from mimik.errors import DataError, UnknownNameError

SUBGROUP_COLUMNS = ("gender", "age_group", "ethnicity")
TIMES = ("start_s", "end_s")
TWICE = "there twice"
"""Why a row is left out that says what one before says."""
EXPECTED = "one CSV (plain, .gz, .xz or .zip) with the columns path and label, or a column a task"


class Manifest(Reader):
    """A CSV with these columns, in any order, as a spreadsheet saves it; others are ignored.

    ``path``: the picture, absolute or from the CSV's own folder. ``label``: its class or age, of the
    task that all labels together fit (``labels.tasks_of``); or a column a task: ``emotion``, ``gender``,
    ``age`` (years), ``age_group``, or any other whose answer is a class, one's own too; a cell may be
    empty. ``split``: free; without the column the pictures are undivided, and who asks for ``train`` or
    ``test`` gets all of them; an empty cell is a test. ``subject``: rows of one subject stay on one side of
    a split. ``TASK_CLASS``, such as ``emotion_happy``: probabilities of the classes, or votes for them, see
    ``soft_labels``; without another label of the task, the likeliest is it. ``ethnicity``: figures are
    broken down by it, and by gender and age_group.

    A row whose path is a recording or a video is heard, see ``voices.rows``: ``voice``, or ``label``, is the
    emotion in the voice from ``start_s`` to ``end_s``. A person in several splits is refused, and so are
    several splits where the rows don't say who speaks.
    """

    title = ""
    splits = ("train", "val", "test")
    test_split = "test"
    general = True

    def __init__(self) -> None:
        super().__init__()
        self.tasks = any_tasks()

    def locate(self, path: Path) -> Place:
        """See Reader; its header is read."""
        table = _locate(path)
        next(self._rows(table), None)
        return table

    def _rows(self, table: Place) -> Iterator[tuple[int, dict[str, str]]]:
        """The rows of a table, with a person's name always in the same letters, and no words for no label."""
        unknown = MISSING.difference(label.lower() for own in self.own.labels.values() for label in own)
        for line, row in read_kept(table, ("path",), _known(self.own)):
            if "subject" in row:
                # Programs that know no missing whole numbers write 3.0 for 3.
                row["subject"] = re.sub(r"(?<=\d)\.0$", "", normalize("NFC", row["subject"]))
            if row.get("label", "").lower() in unknown:
                row["label"] = ""
            yield line, row

    def read(self, path: Path, split: str = "all") -> Iterator[Sample | Skipped]:
        """See Reader; keys are the paths as written, with #START-END where a row has times."""
        table = self.locate(path)
        rows = list(self._rows(table))
        found = _splits([row for _, row in rows])
        _check_splits(found, table)
        check_whole(split, found)
        if split not in ("all", *found) and UNDIVIDED not in found:
            raise UnknownNameError("split", split, [*sorted(set(found)), "all"])
        heard = [is_clip(row["path"]) for _, row in rows]
        voices = [(row.get("subject", ""), own) for (_, row), own in zip(rows, found, strict=True)]
        check_people([voice for voice, sound in zip(voices, heard, strict=True) if sound], table)
        named = [row["label"] for _, row in rows if row.get("label")]
        wanted = self.own.without({name for _, row in rows for name in row})
        seen, spoken = tasks_of(named, wanted), heard_tasks(named, wanted)
        twice = _twice(rows, table)
        for (line, row), own, sound in zip(rows, found, heard, strict=True):
            if split in ("all", own) or own == UNDIVIDED:
                make, tasks = (heard_sample, spoken) if sound else (_sample, seen)
                sample = make(folder_of(table), row, own, tasks, self.own, f"{table}, line {line}")
                yield Skipped(sample.key, TWICE) if line in twice else sample

    def doubts(self, path: Path, split: str = "all") -> dict[str, list[str]]:
        """Rows whose probabilities don't sum to 1; see Reader."""
        samples, _ = read_samples(self, path, split)
        found = [sample.key for sample in samples if any(map(misses_one, sample.votes.values()))]
        return {DOUBT: found} if found else {}


def _locate(path: Path) -> Place:
    if path.is_file() and is_table(path) and path.suffix.lower() != ".zip":
        return path
    place = find_place(path, (), lambda p: len(_tables(p)) == 1, EXPECTED)
    return _tables(place)[0]


def _tables(place: Place) -> list[Place]:
    return [c for c in children(place) if is_table(Path(c.name))]


def _known(own: OwnTasks) -> Iterator[str]:
    """The columns that mean something."""
    yield from ("label", "split", "subject", *TIMES, "filmed", *SUBGROUP_COLUMNS, *SOUND_COLUMNS)
    yield from any_tasks()
    yield from own.labels
    for task, labels in {**soft_classes(), **own.labels}.items():
        yield from (f"{task}_{label}" for label in labels)


def _check_splits(names: Iterable[str], table: Place) -> None:
    """Refuse splits that differ by capitals alone: who asks for one would not get the other."""
    by_letters: dict[str, str] = {}
    for name in dict.fromkeys(names):
        if (other := by_letters.setdefault(name.casefold(), name)) != name:
            raise DataError(
                f"{table}: the splits {other!r} and {name!r} differ by capitals; write one of them"
            )


def _twice(rows: Iterable[tuple[int, Mapping[str, str]]], table: Place) -> set[int]:
    """The lines that say what one before says.

    Raises:
        DataError: One says something else of the same picture or stretch of sound.
    """
    before: dict[tuple[str, ...], tuple[int, Mapping[str, str]]] = {}
    found = set()
    for line, row in rows:
        first, said = before.setdefault((row["path"], *(row.get(name, "") for name in TIMES)), (line, row))
        if first != line and said != row:
            raise DataError(
                f"{table}: lines {first} and {line} say different things of {row['path']}; keep one of them"
            )
        if first != line:
            found.add(line)
    return found


def _splits(rows: Sequence[Mapping[str, str]]) -> list[str]:
    """The split of each row: a test where the cell is empty; undivided where there is no such column."""
    divided = any("split" in row for row in rows)
    return [(row.get("split") or "test") if divided else UNDIVIDED for row in rows]


def _sample(
    folder: Place, row: Mapping[str, str], split: str, tasks: Sequence[str], own: OwnTasks, where: str
) -> Sample:
    if not row.get("path"):
        raise DataError(f"{where}: expected a path, found {list(row.values())[:6]}")
    cells = {name: row[name] for name in (*any_tasks(), "age_group", *own.labels) if row.get(name)}
    if label := row.get("label"):
        cells = {**dict.fromkeys(tasks, label), **cells, tasks[0]: label}
    soft = soft_labels(row, class_tasks(), own, where)
    labels: dict[str, str | float] = {task: likeliest(*said) for task, said in soft.items()}
    labels |= {name: _value(name, text, own, where) for name, text in cells.items()}
    known = {**{k: str(v) for k, v in labels.items()}, "ethnicity": row.get("ethnicity", "")}
    return Sample(
        key=row["path"],
        load=picture_loader(folder / row["path"]),
        split=split,
        labels=labels,
        votes={task: said for task, (_, said) in soft.items()},
        group=row.get("subject", ""),
        subgroup={name: known[name] for name in SUBGROUP_COLUMNS if known.get(name)},
    )


def _value(name: str, text: str, own: OwnTasks, where: str) -> str | float:
    """A label as the task wants it."""
    if name != "age":
        return label_of(name, text, own)
    try:
        years = float(text)
    except ValueError:
        years = -1.0
    if not 0 <= years <= OLDEST:
        raise DataError(f"{where}: expected an age in years, found {text[:40]!r}")
    return years
