"""``mimik convert``: results to and from other tools' forms."""

from __future__ import annotations

import argparse
import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

from mimik.errors import DataError, OptionError, OutputExistsError, some_of
from mimik.results.interop.base import FORMS, load_form
from mimik.storage.whole import output_errors, whole_file


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "convert",
        help="results to and from the forms of other tools",
        description="Write mimik's .jsonl results in another tool's form, or read that form into .jsonl. "
        "What the other side has no place for is dropped; what it doesn't know is null.",
    )
    parser.set_defaults(run=run)
    parser.add_argument("results", type=Path, help="the file to convert")
    way = parser.add_mutually_exclusive_group(required=True)
    way.add_argument("--to", choices=FORMS, help="the tool whose form is written")
    way.add_argument("--from", dest="origin", choices=FORMS, help="the tool whose form is read")
    parser.add_argument(
        "--source", metavar="NAME", help="with --to: only this source, by name or the end of its path"
    )
    parser.add_argument("-o", "--output", type=Path, required=True, metavar="FILE", help="the file to write")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")


def run(args: argparse.Namespace) -> int:
    """Convert one file."""
    output: Path = args.output
    if output.exists() and (output.is_dir() or not args.overwrite):
        raise OutputExistsError(f"{output}: exists; choose another name or --overwrite")
    if args.to:
        load_form(args.to).write(_frames(args.results, args.source), output)
    elif args.source:
        raise OptionError("--source chooses from mimik's results: use it with --to")
    elif output.suffix.lower() != ".jsonl":
        raise OptionError(f"{output}: another tool's results are written as .jsonl")
    else:
        _write_lines(load_form(args.origin).read(args.results), output)
    return 0


def _frames(results: Path, source: str | None) -> Iterator[Mapping[str, Any]]:
    """The frames of a results file, of one source if that is named.

    Raises:
        DataError: It holds no frame of that source.
    """
    from mimik.results.read import is_named, read_results

    there: dict[str, bool] = {}
    for frame in read_results(results):
        name = frame["source"]
        there[name] = source is None or is_named(name, source)
        if there[name]:
            yield frame
    if source is not None and not any(there.values()):
        names = some_of(there) or "none"
        raise DataError(f"{results}: holds no frame of a source {source!r}; there is {names}")


def _write_lines(frames: Iterable[Mapping[str, Any]], output: Path) -> None:
    with (
        output_errors(output),
        whole_file(output) as part,
        part.open("w", encoding="utf-8", errors="backslashreplace", newline="\n") as stream,
    ):
        stream.writelines(json.dumps(frame, ensure_ascii=False) + "\n" for frame in frames)
