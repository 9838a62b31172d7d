"""What a crowd heard in CREMA-D's voices, from any of the tables that the set has."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from mimik.data.labels import label_of
from mimik.data.places import Place, find_table, read_table
from mimik.errors import DataError
from mimik.tasks.voice import Voice

CODES = {"A": "angry", "D": "disgust", "F": "fear", "H": "happy", "N": "neutral", "S": "sad"}
"""The crowd's code to the emotion."""
VOICE_ALONE = "1"
"""Of what raters were given: the voice; 2 is the face, 3 both."""
COUNTED, ANSWERS, SUMMARY = (
    "processedResults/tabulatedVotes.csv",
    "finishedResponses.csv",
    "processedResults/summaryTable.csv",
)


@dataclass(frozen=True, slots=True, eq=False)
class Ratings:
    """What those who heard a voice alone named."""

    named: frozenset[str]
    """Codes that most of them named; several if as many named each."""
    votes: NDArray[np.float32] | None = None
    """How many named each of the task's labels, in their order (9,); None where only ``named`` is known."""


def read_ratings(place: Place) -> dict[str, Ratings]:
    """The ratings of each clip, by its name without suffix.

    From the authors' counts; else counted from the single answers, which are 3 % more, as the authors leave
    out those that took over ten seconds; else what most named, from their summary. Empty without a table.

    Raises:
        DataError: A table is damaged.
    """
    if table := find_table(place, COUNTED):
        return _from_counts(table)
    if table := find_table(place, ANSWERS):
        return _from_answers(table)
    if table := find_table(place, SUMMARY):
        rows = (row for _, row in read_table(table, ("FileName", "VoiceVote")))
        return {row["FileName"]: Ratings(frozenset(row.get("VoiceVote", "").split(":"))) for row in rows}
    return {}


def _from_counts(table: Place) -> dict[str, Ratings]:
    """Rows are numbered by 100,000 times what raters were given, and the clip."""
    found = {}
    for line, row in read_table(table, ("", *CODES, "fileName")):
        if not row[""].startswith(VOICE_ALONE):
            continue
        try:
            counts = {code: int(row[code]) for code in CODES}
            found[row["fileName"]] = _ratings(counts)
        except (KeyError, ValueError) as error:
            raise DataError(
                f"{table}, line {line}: expected counts of {', '.join(CODES)} and a fileName, found "
                f"{list(row.values())[:8]}"
            ) from error
    return found


def _from_answers(table: Place) -> dict[str, Ratings]:
    """One row a rater and clip."""
    rows = (row for _, row in read_table(table, ("queryType", "clipName", "respEmo")))
    heard = [(row["clipName"], row["respEmo"]) for row in rows if _is_heard(row)]
    counts: dict[str, Counter[str]] = {}
    for clip, code in heard:
        counts.setdefault(clip, Counter())[code] += 1
    return {clip: _ratings(own) for clip, own in counts.items()}


def _is_heard(row: Mapping[str, str]) -> bool:
    return row.get("queryType") == VOICE_ALONE and row.get("respEmo") in CODES


def _ratings(counts: Mapping[str, int]) -> Ratings:
    most = max(counts.values())
    named = frozenset(code for code, count in counts.items() if count == most)
    return Ratings(named, _in_order(counts.items()))


def _in_order(counts: Iterable[tuple[str, int]]) -> NDArray[np.float32]:
    """Counts in the order of the task's labels."""
    votes = np.zeros(len(Voice.labels), np.float32)
    for code, count in counts:
        votes[Voice.labels.index(label_of("voice", CODES[code]))] = count
    return votes
