"""The audit: every finding of some sets, what training leaves out, and both as JSON."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from mimik._version import __version__
from mimik.data.audit import equal, labels, single
from mimik.data.audit.contradicted import contradicted
from mimik.data.audit.finding import Finding
from mimik.data.audit.leave_out import Leaves, leave_out, reasons
from mimik.data.audit.look import AuditedSet, Pictures, look, open_sets
from mimik.data.pictures import Told
from mimik.data.predictions import read_predictions
from mimik.errors import OptionError


@dataclass(frozen=True, slots=True)
class AuditOptions:
    """What is looked for."""

    predictions: Path | None = None
    """Held-out predictions of ``mimik evaluate --predictions``, which may contradict labels."""
    faces: bool = False
    """Whether faces are looked for on every picture."""
    judged: int = labels.JUDGED
    """Pictures of a class below which its validation says little."""

    def __post_init__(self) -> None:
        if self.judged < 1:
            raise OptionError(f"--smallest must be 1 or more, not {self.judged}")


@dataclass(frozen=True, slots=True, eq=False)
class Audit:
    """What an audit found."""

    pictures: Pictures
    """All pictures."""
    findings: Sequence[Finding]
    """What is wrong with them; a finding of none is there, too."""
    leaving: Sequence[Leaves]
    """What training leaves out."""

    def to_dict(self) -> dict[str, Any]:
        """JSON-safe; keys stay, and new ones may come."""
        found: dict[str, Any] = {}
        doubts = {f.title: f.to_dict(self.pictures) for f in self.findings if f.kind == "doubts"}
        for one in self.findings:
            if one.kind != "doubts":
                found[one.kind] = one.to_dict(self.pictures)
        return {
            "mimik": __version__,
            "data": [_set_dict(one) for one in self.pictures.sets],
            "pictures": len(self.pictures.samples),
            "exact_copies": found["exact_copies"]["count"],
            "counts": {f.kind: f.count for f in self.findings if f.kind != "doubts"},
            "findings": {**found, "doubts": doubts},
            "leave_out": {"count": len(self.leaving), "reasons": reasons(self.leaving)},
        }


def audit_sets(
    paths: Sequence[Path],
    readers: Sequence[str | None],
    split: str = "all",
    options: AuditOptions | None = None,
    told: Told | None = None,
) -> Audit:
    """Look for everything that is wrong with some data sets, and between them.

    Args:
        paths: Where they lie.
        readers: The reader of each; guessed from the layout if None.
        split: Name of a split of each, or "all".
        options: What is looked for.
        told: Is told how far the decoding has come.

    Raises:
        DataError, UnknownNameError, OptionError: As open_set.open_set; or the predictions can't be used.
    """
    options = options or AuditOptions()
    predictions = read_predictions(options.predictions) if options.predictions else ()
    pictures = look(open_sets(paths, readers, split), options.faces, told)
    near = equal.find_near(pictures)
    nothing = _nothing(pictures)
    faces = single.faceless(pictures)
    findings = [
        *_copies(pictures, near),
        *([contradicted(pictures, options.predictions, predictions)] if options.predictions else ()),
        *nothing,
        *((single.one_shade(pictures),) if pictures.kind != "clips" else ()),
        *((faces,) if faces else ()),
        *single.doubted(pictures),
        labels.both_sides(pictures),
        *labels.small_classes(pictures, options.judged),
        _skipped(pictures),
    ]
    return Audit(pictures, findings, leave_out(pictures, [*nothing, *((faces,) if faces else ())], near))


def _nothing(pictures: Pictures) -> list[Finding]:
    """Pictures that show nothing, and sounds in which nothing is heard; of kinds that there are."""
    found = [single.undecodable(pictures)]
    if pictures.kind != "clips":
        found += [single.blank(pictures), single.nearly_blank(pictures)]
    return found + ([single.silent(pictures)] if pictures.kind != "pictures" else [])


def _copies(pictures: Pictures, near: equal.Near) -> list[Finding]:
    """Pictures that come more than once, and their labels; of sounds, exact copies alone."""
    exact = equal.exact_copies(pictures)
    if pictures.kind == "clips":
        return [exact, labels.conflicts(pictures, exact.groups, "conflicts", "equal clips with other labels")]
    copies = equal.near_copies(pictures, near)
    frames = "to be looked at: neighbouring frames of a film may rightly have other labels"
    return [
        exact,
        copies,
        equal.look_alikes(pictures, near),
        labels.same_photo(pictures, equal.near_groups(pictures, near, exact=True)),
        labels.conflicts(pictures, exact.groups, "conflicts", "equal pictures with other labels"),
        labels.conflicts(pictures, copies.groups, "near_conflicts", "near copies with other labels", frames),
    ]


def _skipped(pictures: Pictures) -> Finding:
    """What the readers left out."""
    items = [item for one in pictures.sets for item in one.skipped]
    names = [f"{item.key}: {item.reason}" if item.reason else item.key for item in items]
    return Finding("skipped", "left out by the reader", len(items), names=names)


def _set_dict(one: AuditedSet) -> dict[str, Any]:
    return {
        "path": str(one.path),
        "reader": one.reader,
        "title": one.title,
        "split": one.split,
        "pictures": len(one.samples),
        "skipped": len(one.skipped),
    }
