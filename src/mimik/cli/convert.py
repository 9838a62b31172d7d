"""``mimik convert``: results to and from other tools' forms."""

from __future__ import annotations

import argparse
import json
import os
import sys
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from mimik.cli.options import place
from mimik.cli.parser import DONE, FAILED
from mimik.errors import DataError, OptionError, OutputError, OutputExistsError, printable, some_of
from mimik.results.dataset import Located, is_same, located
from mimik.results.interop.account import Written
from mimik.results.interop.base import FORMS, Form, load_form
from mimik.storage.whole import output_errors, whole_file
from mimik.tasks.words import one_of

SUBTITLES = "subtitles"
"""What may be written and not read."""


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "convert",
        help="results to and from the forms of other tools",
        description="Write mimik's results (.jsonl, .csv or .parquet) in another tool's form or as "
        "subtitles, or read another tool's form into .jsonl. What the other side has no place for is dropped "
        "and named; what it doesn't know is null.",
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "results", type=place, help="the file to convert; with --to also the folder of results in parts"
    )
    way = parser.add_mutually_exclusive_group(required=True)
    tools = one_of(list(FORMS))
    way.add_argument(
        "--to",
        choices=[*FORMS, SUBTITLES],
        metavar="TOOL",
        help=f"the tool whose form is written: {tools}; or {SUBTITLES}, expressions by time (.srt, .vtt)",
    )
    way.add_argument(
        "--from", dest="origin", choices=FORMS, metavar="TOOL", help=f"the tool whose form is read: {tools}"
    )
    parser.add_argument(
        "--source", metavar="NAME", help="with --to: only this source, by name or the end of its path"
    )
    parser.add_argument("--id", type=int, metavar="N", help="with --to: only the person of this id")
    parser.add_argument(
        "-o",
        "--output",
        required=True,
        metavar="FILE",
        help="the file to write; with --to also a folder (DIR/), for a file a source",
    )
    parser.add_argument(
        "--suffix", metavar=".EXT", help="with a folder: the kind of file, where the form has several"
    )
    parser.add_argument(
        "--faces",
        action="store_true",
        help=f"with --to {SUBTITLES}: tell of faces beside voices (default: only where there are no voices)",
    )
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")


def run(args: argparse.Namespace) -> int:
    """Convert one file, to one or to one a source; say what was left out."""
    output, is_folder = Path(args.output), _is_folder(args.output)
    if args.to:
        args.results = located(args.results)
    if args.faces and args.to != SUBTITLES:
        raise OptionError(f"--faces chooses what subtitles tell of: use it with --to {SUBTITLES}")
    if args.to == SUBTITLES:
        return _subtitles(args, output, is_folder)
    if args.to:
        form = load_form(args.to)
        if is_folder:
            return _each(args, form, output)
        if args.suffix:
            raise OptionError("--suffix chooses the kind of file in a folder: name that with a / at its end")
        _check_free(args.results, output, args.overwrite)
        return _one(args, form, output)
    for option in ("source", "id", "suffix"):
        if getattr(args, option) is not None:
            raise OptionError(f"--{option} chooses from mimik's results: use it with --to")
    if is_folder or output.suffix.lower() != ".jsonl":
        raise OptionError(f"{output}: another tool's results are written as .jsonl")
    results = Path(args.results)
    _check_free(results, output, args.overwrite)
    _write_lines(load_form(args.origin).read(results), output)
    return DONE


def _subtitles(args: argparse.Namespace, output: Path, is_folder: bool) -> int:
    """Write subtitles, a file a source."""
    from mimik.results.interop.subtitles import SUFFIXES, check_suffix, notes, read_tracks, write_subtitles

    if args.suffix and not is_folder:
        raise OptionError("--suffix chooses the kind of file in a folder: name that with a / at its end")
    suffix = check_suffix(Path(f"x{args.suffix or SUFFIXES[0]}")) if is_folder else check_suffix(output)
    if not is_folder:
        _check_free(args.results, output, args.overwrite)
    tracks = read_tracks(args.results, args.source, args.faces)
    cues = {source: found for source, track in tracks.items() if (found := track.shown())}
    for source, path in _files(cues, args, output, suffix if is_folder else None).items():
        write_subtitles(cues[source], path)
        if is_folder:
            print(f"{printable(source)}: {path}")
    nobody = "nobody speaks or holds an expression in it" if args.faces else "nobody speaks in it"
    for source in tracks.keys() - cues.keys():
        print(f"mimik: {printable(source)}: not written: {nobody}", file=sys.stderr)
    for note in notes(tracks.values()):
        print(f"mimik: {note}", file=sys.stderr)
    return DONE


def _files(
    sources: Iterable[str], args: argparse.Namespace, output: Path, suffix: str | None
) -> Mapping[str, Path]:
    """The file of each source: those of a folder, where a suffix is given, or the one that is named."""
    from mimik.results.interop.each import free_files

    names = list(sources)
    if suffix:
        return free_files(args.results, names, output, suffix, args.overwrite)
    if len(names) > 1:
        raise DataError(
            f"subtitles are of one source, and these results hold {some_of(names)}: write a file for each "
            "into a folder (-o DIR/), or only one of them, with --source and as much of the end of its path "
            "as no other has"
        )
    return dict.fromkeys(names, output)


def _is_folder(output: str) -> bool:
    """Whether a folder is meant, which is there or ends as folders do."""
    return output.endswith(tuple(filter(None, ("/", os.sep, os.altsep)))) or Path(output).is_dir()


def _check_free(results: Located, output: Path, overwrite: bool) -> None:
    if is_same(output, results):
        raise OutputError(f"{output}: is the file to convert itself; choose another name")
    if output.exists() and not overwrite:
        raise OutputExistsError(f"{output}: exists; choose another name or --overwrite")


def _one(args: argparse.Namespace, form: Form, output: Path) -> int:
    from mimik.results.interop.each import frames_of_source

    _tell(args, form.write(frames_of_source(args.results, args.source, args.id), output))
    return DONE


def _each(args: argparse.Namespace, form: Form, folder: Path) -> int:
    from mimik.results.interop.each import write_each

    suffix = args.suffix or form.suffixes[0]
    if suffix not in form.suffixes:
        raise OptionError(f"--suffix {suffix}: {args.to}'s form is written as {' or '.join(form.suffixes)}")
    told = write_each(args.results, form, folder, suffix, args.source, args.overwrite, person=args.id)
    for source, path in told.files.items():
        print(f"{printable(source)}: {path}")
    for source, reason in told.failed.items():
        print(f"mimik: {printable(source)}: not written: {' '.join(reason.split())}", file=sys.stderr)
    whole = len(told.files) + len(told.failed)
    print(f"{len(told.files)} of {whole} sources are written to {folder}", file=sys.stderr)
    _tell(args, told.written)
    return FAILED if told.failed else DONE


def _tell(args: argparse.Namespace, written: Written | None) -> None:
    """Say what was left out and what stays empty."""
    from mimik.results.frames import has_rows
    from mimik.results.interop.each import count_spans

    for line in () if written is None else written.notes(has_rows(args.results)):
        print(f"mimik: {line}", file=sys.stderr)
    if spans := count_spans(args.results, args.source):
        utterances = "1 utterance" if spans == 1 else f"{spans} utterances"
        print(f"mimik: left out, as {args.to}'s form is of faces: {utterances}", file=sys.stderr)


def _write_lines(frames: Iterable[Mapping[str, Any]], output: Path) -> None:
    with (
        output_errors(output),
        whole_file(output) as part,
        part.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream,
    ):
        stream.writelines(json.dumps(frame, ensure_ascii=False) + "\n" for frame in frames)
