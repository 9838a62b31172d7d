"""``mimik data record``: a camera fills a folder of classes, person by person, once they have agreed."""

from __future__ import annotations

import argparse
import sys
import time
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimik.cli.options import listed
from mimik.cli.parser import DONE, FAILED
from mimik.errors import OptionError, OutputError

if TYPE_CHECKING:
    from mimik.data.consent import Consent
    from mimik.data.record import Recorded

COUNTDOWN_S = 3


def add_parser(actions: Any) -> None:
    """Add the command to the parser."""
    parser = actions.add_parser(
        "record",
        help="record faces with a camera, class by class",
        description="Fill FOLDER/class/person/0001.png with faces from a camera or a video, cut out as "
        "models see them. What the person agreed to is asked for, and written to FOLDER/consent.csv, before "
        "anything is recorded. Pictures that are there are never replaced.",
    )
    parser.add_argument("folder", type=Path, metavar="FOLDER", help="where the set is, or will be")
    parser.add_argument(
        "--classes", required=True, metavar="A,B", help="what to record, in this order: happy,neutral"
    )
    parser.add_argument(
        "--person", required=True, metavar="P01", help="whose face it is; better a code than a name"
    )
    parser.add_argument(
        "--consent",
        metavar="TEXT|FILE",
        help="what was agreed to, or the file that says so, instead of asking",
    )
    parser.add_argument(
        "--camera", type=int, default=0, metavar="N", help="which camera (default: %(default)s)"
    )
    parser.add_argument("--source", metavar="VIDEO", help="a video of one class instead of a camera")
    parser.add_argument(
        "--per-class", type=int, default=20, metavar="N", help="pictures of each class (default: %(default)s)"
    )
    parser.add_argument(
        "--interval", type=float, default=0.5, metavar="S", help="seconds between two (default: %(default)s)"
    )
    parser.add_argument(
        "--scale",
        type=float,
        default=1.0,
        metavar="N",
        help="side of a picture over the face's box; put the same into the recipe, [crop] scale "
        "(default: %(default)s)",
    )
    parser.set_defaults(run=run)


def run(args: argparse.Namespace) -> int:
    """Ask, record and report."""
    from mimik.data.record import RecordOptions, check_folder_name, record_class
    from mimik.faces.detect.base import load_detector
    from mimik.sources.open import open_source
    from mimik.sources.options import SourceOptions

    classes = listed(args.classes) or ()
    for what, names in (("class", classes), ("person", (args.person,))):
        for name in names:
            check_folder_name(what, name)
    if not classes or (args.source and len(classes) > 1):
        raise OptionError(f"--source is a video of one class, not of {', '.join(classes) or 'none'}")
    if not args.interval > 0:
        raise OptionError(f"--interval must be above 0 s, not {args.interval:g}")
    options = RecordOptions(args.per_class, args.scale)
    _make_sure_of_consent(args.folder, args.person, args.consent)
    detector, taken = load_detector(), SourceOptions(max_fps=1 / args.interval)
    empty = 0
    for name in classes:
        if not args.source:
            _wait_for(name)
        with open_source(args.source or str(args.camera), taken) as source:
            found = record_class(source, args.folder / name / args.person, detector, options, _show)
        _report(name, args.folder / name / args.person, found, args.per_class)
        empty += not found.files
    return FAILED if empty else DONE


def _wait_for(name: str) -> None:
    """Let the person get ready."""
    _ask(f"{name}: press Enter, then hold it ")
    for left in range(COUNTDOWN_S, 0, -1):
        print(left, end=" ", flush=True)
        time.sleep(1)
    print("recording")


def _show(pictures: int) -> None:
    if sys.stdout.isatty():
        print(f"\r\x1b[K{pictures} pictures", end="\r\x1b[K", flush=True)


def _report(name: str, folder: Path, found: Recorded, asked: int) -> None:
    """What came of a class."""
    span = f" ({found.files[0].name} to {found.files[-1].name})" if found.files else ""
    print(f"{name}: {len(found.files)} of {asked} pictures in {folder}{span}, from {found.frames} frames")
    if found.faceless:
        print(f"  without a face, and not kept: {found.faceless}")
    if found.crowded:
        print(f"  with several faces, and not kept: {found.crowded}")


def _make_sure_of_consent(folder: Path, person: str, given: str | None) -> None:
    """Have it in writing that a person agreed, by what is written already, or by asking.

    Raises:
        OutputError: They didn't agree.
    """
    from mimik.data.consent import CONSENT_FILE, Consent, add_consent, read_consents

    today = date.today().isoformat()
    before = [found for found in read_consents(folder) if found.person == person and found.holds(today)]
    if before and given is None:
        until = f" until {before[-1].until}" if before[-1].until else ""
        print(f"{person} agreed on {before[-1].given}{until} ({folder / CONSENT_FILE})")
        return
    if given is None:
        consent = _asked_consent(person, today)
    else:
        note = Path(given).name if Path(given).is_file() else given.strip()
        if not note:
            raise OptionError("--consent is empty: write what was agreed to, or name the file that says so")
        consent = Consent(person, today, "", "", "", note)
    folder.mkdir(parents=True, exist_ok=True)
    add_consent(folder, consent)
    print(f"written to {folder / CONSENT_FILE}")


def _asked_consent(person: str, today: str) -> Consent:
    """Ask whether a person agrees.

    Raises:
        OutputError: They don't.
    """
    from mimik.data.consent import Consent

    print(f"Before {person} is recorded (pictures of the face are personal data, kept in this folder only):")
    who = _answer("Who agrees, the person or a parent? ")
    purpose = _answer("What will the pictures be used for? ")
    until = _answer("Until when may they be kept (2027-12-31)? ")
    consent = Consent(person, today, who, purpose, until)
    if not consent.holds(today):
        raise OptionError(f"consent: {until} is past; name a later date")
    if (
        _ask(f"Does {who} agree to this, and know that they may take it back? (y/n) ").strip().lower()
        not in YES
    ):
        raise OutputError(f"consent: {person} has not agreed, so nothing was recorded")
    return consent


YES = ("y", "yes")


def _answer(question: str) -> str:
    """What is typed; asked again while it is nothing."""
    while not (text := _ask(question).strip()):
        pass
    return text


def _ask(question: str) -> str:
    """A line that is typed.

    Raises:
        OptionError: There is nobody to ask.
    """
    try:
        return input(question)
    except EOFError as error:
        raise OptionError(
            "nobody can be asked here: write the consent with --consent and name a video with --source, or "
            "run it in a terminal"
        ) from error
