"""Labels that can't be right: equal pictures with other labels, people on both sides, classes too small."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence

from mimik.data.audit.finding import Finding
from mimik.data.audit.look import Pictures
from mimik.data.base import Sample, load_reader
from mimik.data.classes import band_of
from mimik.data.labels import any_tasks, class_tasks, sound_tasks
from mimik.tasks.years import BAND, GROUPS, YEARS

YEARS_APART = 10
"""Ages of one photo that differ by as much contradict each other."""
HELD = 0.05
"""Share of a split to train on that validation gets: a recipe's ``holdout`` unless it says another."""
JUDGED = 30
"""Pictures of a class without which its validation says little: with 30, a recall of 70 % has a 95 %
interval from 52 to 83 %."""


def disputed(samples: Sequence[Sample]) -> tuple[str, ...]:
    """The tasks whose labels contradict each other among pictures of one photo."""
    names = dict.fromkeys(name for s in samples for name in s.labels if name in compared())
    return tuple(
        name for name in names if _differ(name, [s.labels[name] for s in samples if name in s.labels])
    )


def compared() -> tuple[str, ...]:
    """The labels that are compared: those of tasks, not others that heads are trained on."""
    return (*any_tasks(), BAND)


def _differ(name: str, labels: Sequence[str | float]) -> bool:
    if name == YEARS:
        years = [float(label) for label in labels]
        return max(years) - min(years) >= YEARS_APART
    if name == BAND and set(labels) <= set(GROUPS):
        # Neighbouring bands may be a year apart.
        bands = [list(GROUPS).index(str(label)) for label in labels]
        return max(bands) - min(bands) > 1
    return len(set(labels)) > 1


def conflicts(
    pictures: Pictures, groups: Iterable[Sequence[int]], kind: str, title: str, says: str = ""
) -> Finding:
    """The groups of equal pictures, or of near copies, whose labels contradict each other."""
    found = {tuple(g): tasks for g in groups if (tasks := disputed([pictures.samples[r] for r in g]))}
    across = [g for g in found if len({int(pictures.side[row]) for row in g}) > 1]
    by_task = dict(Counter(task for tasks in found.values() for task in tasks))
    more = {"by_task": by_task, "across_splits": len(across)}
    words = ", ".join(f"{task} {n:,}" for task, n in by_task.items())
    parts = [words, f"{len(across):,} of them across splits" if across else "", says if found else ""]
    return Finding(kind, title, len(found), "; ".join(filter(None, parts)), list(found), more=more)


def same_photo(pictures: Pictures, groups: Sequence[Sequence[int]]) -> Finding:
    """The photos that come more than once, exactly or nearly, and how many of them have labels at odds."""
    tasks = Counter(task for g in groups for task in disputed([pictures.samples[row] for row in g]))
    words = ", ".join(f"{n:,} disagree in {task}" for task, n in tasks.items())
    more = {"by_task": dict(tasks)}
    return Finding("same_photo", "photos that come again, exact or near", len(groups), words, more=more)


def both_sides(pictures: Pictures) -> Finding:
    """People, or other groups that a set names, with pictures in several splits."""
    rows: dict[tuple[str, str], dict[int, int]] = {}
    counts: Counter[tuple[str, str]] = Counter()
    for row in range(len(pictures.samples)):
        if name := group_name(pictures, row):
            rows.setdefault(name, {}).setdefault(int(pictures.side[row]), row)
            counts[name] += 1
    found = {name: sides for name, sides in rows.items() if len(sides) > 1}
    notes = {
        row: f"{name[1]}, {counts[name]:,} {pictures.kind}" for name, s in found.items() for row in s.values()
    }
    says = f"with {sum(counts[name] for name in found):,} {pictures.kind}" if found else ""
    more = {"groups_named": len(rows), "which": [name for _, name in found]}
    groups = [tuple(sides.values()) for sides in found.values()]
    return Finding("both_sides", "people or groups on both sides", len(found), says, groups, notes, more=more)


def group_name(pictures: Pictures, row: int) -> tuple[str, str] | None:
    """The person or group of a picture and the set that names it; None without one."""
    if not (group := pictures.samples[row].group):
        return None
    own = pictures.sets[pictures.home[row]]
    return own.title or str(own.path), group


def class_counts(pictures: Pictures) -> dict[str, dict[str, Counter[str]]]:
    """Task to split to the number of pictures of each class; ages by their groups."""
    found: dict[str, dict[str, Counter[str]]] = {}
    for row, sample in enumerate(pictures.samples):
        side = pictures.sides[pictures.side[row]]
        for name, label in sample.labels.items():
            if name in class_tasks():
                found.setdefault(name, {}).setdefault(side, Counter())[str(label)] += 1
        if YEARS in sample.labels or BAND in sample.labels:
            found.setdefault("age", {}).setdefault(side, Counter())[band_of(sample)] += 1
    return found


def small_classes(pictures: Pictures, judged: int = JUDGED) -> tuple[Finding, Finding]:
    """Classes that can't be validated, and classes that a split or the set has no picture of."""
    small: dict[str, int] = {}
    empty: list[str] = []
    trained = [name for name, own in zip(pictures.sides, trained_sides(pictures), strict=True) if own]
    for task, splits in class_counts(pictures).items():
        every = dict.fromkeys((*_expected(pictures, task), *(c for n in splits.values() for c in n)))
        for split, counts in splits.items():
            share = HELD if split in trained else 1.0
            for name in every:
                words = f"{task} {name} in {split}"
                if not counts[name]:
                    empty.append(words)
                elif round(counts[name] * share) < judged:
                    held = f", {round(counts[name] * share)} if {HELD:.0%} are held".replace("%", " %")
                    small[f"{words}: {counts[name]:,}{held if share < 1 else ''}"] = counts[name]
    says = f"fewer than {judged} {pictures.kind} to judge them by" if small else ""
    return (
        Finding("small_classes", "classes too small to validate", len(small), says, names=list(small)),
        Finding("empty_classes", f"classes without {pictures.kind}", len(empty), "", names=empty),
    )


def _expected(pictures: Pictures, task: str) -> Iterable[str]:
    """The classes that a published set is known for; none for data of one's own, nor for sounds.

    Sets of voices tell different emotions apart.
    """
    if (
        task == "age"
        or task in sound_tasks()
        or all(load_reader(one.reader).general for one in pictures.sets)
    ):
        return ()
    return class_tasks()[task]


def trained_sides(pictures: Pictures) -> list[bool]:
    """Whether each split can be trained on: it is named so, or it is all that there is of its set."""
    homes = dict(zip(pictures.side.tolist(), pictures.home.tolist(), strict=True))
    sizes = Counter(homes.values())
    found = []
    for number, side in enumerate(pictures.sides):
        own = pictures.sets[homes[number]]
        undivided = own.split == "all" or len(load_reader(own.reader).splits) == 1
        named = side.rsplit(": ", 1)[-1] in ("train", "all")
        found.append(named or (undivided and sizes[homes[number]] == 1))
    return found
