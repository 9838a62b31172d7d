"""``mimik explain``: why a face or voice is given its emotion, and what the answer hangs on."""

from __future__ import annotations

import argparse
import os
import sys
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from mimik.cli.options import add_detection, add_device, add_models, chosen_models, seconds

if TYPE_CHECKING:
    from mimik.faces.recognise import Recogniser
    from mimik.pipeline.analyzer import Analyzer
    from mimik.pipeline.session import Step
    from mimik.tasks.loaded import LoadedModel
    from mimik.types import Face

TASKS, MESH = ("emotion", "au"), "mesh"
"""What is explained, and what shows units where no network reads them."""
MOST_MAPS = 6
"""Maps of a face: its emotion, and the most probable active units."""


def add_parser(commands: Any) -> None:
    """Add the command to the parser."""
    parser = commands.add_parser(
        "explain",
        help="why a face or voice is given its emotion, and what the answer hangs on",
        description="Explain the emotion of each face in a picture by its action units, and draw which parts "
        "of the face the answers hang on; or tell which times and frequencies of an utterance speak for what "
        "is heard in it. It tells of an expression, not of what a person feels.",
    )
    parser.set_defaults(run=run)
    parser.add_argument(
        "picture",
        help="a picture, a video, of which the first frame is taken, or a recording, which is heard",
    )
    parser.add_argument("-o", "--output", type=Path, metavar="FILE", help="draw maps: .png, .jpg or .webp")
    parser.add_argument(
        "--label",
        action="append",
        default=[],
        metavar="NAME",
        help="with -o: draw the map of this label (AU12); of a voice: explain it (happy)",
    )
    voices = parser.add_argument_group("voices (recordings; of a video, either of these)")
    voices.add_argument("--span", type=int, metavar="N", help="this utterance, from 0 (default: the longest)")
    voices.add_argument("--at", type=seconds, metavar="TIME", help="the utterance at this time (90, 1:30)")
    add_models(parser)
    add_detection(parser)
    add_device(parser)
    parser.add_argument(
        "--neutral", metavar="FILE[@A-B]", help="the person's face at rest; see mimik analyze"
    )
    parser.add_argument("--json", action="store_true", help="print a JSON line a face")
    parser.add_argument("--overwrite", action="store_true", help="replace an existing file")


def run(args: argparse.Namespace) -> int:
    """Print the explanations, and draw the maps."""
    from mimik.errors import DecodeError
    from mimik.runs.neutral import load_neutral
    from mimik.sources.address import is_sound
    from mimik.sources.open import open_source

    heard = args.span is not None or args.at is not None or is_sound(args.picture)
    _check(args, heard)
    if heard:
        from mimik.cli.explain_voice import explain_voice

        return explain_voice(args)
    analyzer = _analyzer(args)
    recogniser = analyzer.session().recogniser
    for label in args.label:
        _model_of(recogniser, label)
    with open_source(args.picture) as source:
        step = next(analyzer.frames(source, neutral=load_neutral(analyzer, args.neutral)), None)
    if step is None:
        raise DecodeError(f"{args.picture}: it has no frame")
    for face in step.result.faces:
        print(_as_json(face) if args.json else f"#{face.id}  {_told(face)}")
    if not step.result.faces:
        print(f"{args.picture}: no face", file=sys.stderr)
    elif args.output:
        _draw(recogniser, step, args.label, args.output)
    return 0


def _check(args: argparse.Namespace, heard: bool) -> None:
    """Refuse what can't be, before anything is loaded.

    Raises:
        OptionError: The maps are of another kind, or --label chooses a map that nobody draws.
        OutputError: The picture itself would be drawn over, or the folder can't be written.
        OutputExistsError: The file is there.
    """
    from mimik.errors import OptionError, OutputError, OutputExistsError
    from mimik.render.video import PICTURES

    output: Path | None = args.output
    if output is None:
        if args.label and not heard:
            raise OptionError("--label chooses the map that -o draws: name a picture with -o")
        return
    if output.suffix.lower() not in PICTURES:
        raise OptionError(f"{output}: maps can be drawn as {', '.join(PICTURES)}")
    if not os.access(output.absolute().parent, os.W_OK):
        raise OutputError(f"{output}: its folder isn't there or can't be written; make it, or name another")
    if output.exists() and Path(args.picture).exists() and output.samefile(args.picture):
        raise OutputError(f"{output}: is the picture itself; choose another name")
    if output.exists() and not args.overwrite:
        raise OutputExistsError(f"{output}: exists; choose another name or --overwrite")


def _analyzer(args: argparse.Namespace) -> Analyzer:
    from mimik.faces.detect.base import DetectorOptions
    from mimik.models.sets import models_of
    from mimik.pipeline.analyzer import Analyzer

    chosen = chosen_models(args)
    there = models_of(args.models) | chosen["model"]
    # Without either, the error names the sets that have them.
    tasks = [task for task in TASKS if task in there] or [*TASKS]
    if "au" not in there and MESH in there:
        tasks.append(MESH)
    detection = DetectorOptions(size=args.detect_size)
    return Analyzer(tasks, args.detector, args.device, detection=detection, **chosen)


def _told(face: Face) -> str:
    """A face's emotion and its explanation, in words."""
    from mimik.explain.units import explain_face

    found = explain_face(face)
    words = face.emotion.text if face.emotion else ""
    return f"{words}. {found.text}" if found else words


def _as_json(face: Face) -> str:
    import json

    from mimik.explain.units import derived, explain_face

    found = explain_face(face)
    told = {"explanation": found and found.to_dict(), "derived": derived(face)}
    # A mesh is read for the explanation's sake alone.
    values = {name: value for name, value in face.to_dict().items() if name != MESH}
    return json.dumps({**values, **told})


def _draw(recogniser: Recogniser, step: Step, labels: Sequence[str], output: Path) -> None:
    """Write the maps of all faces into one picture, a row a face."""
    import numpy as np

    from mimik.explain.occlusion import draw_evidence, occlusion_map
    from mimik.render.video import ImageWriter

    rows = []
    for face in step.result.faces:
        crops = recogniser.crops(step.frame.image, [(face.box_xyxy, face.landmarks_xy)])
        pairs = [(_model_of(recogniser, label), label) for label in labels or _strongest(face)]
        maps = [occlusion_map(m, crops[m.card.crop][0], label) for m, label in pairs]
        rows.append(draw_evidence(maps, f"#{face.id}; red: for, blue: against"))
    width = max(row.shape[1] for row in rows)
    padded = [np.pad(row, ((0, 0), (0, width - row.shape[1]), (0, 0)), constant_values=255) for row in rows]
    with ImageWriter(output) as writer:
        writer.write(np.concatenate(padded))


def _model_of(recogniser: Recogniser, label: str) -> LoadedModel:
    """The model that has a label."""
    from mimik.errors import OptionError

    # Others may be there to help these.
    models = [recogniser.models[task] for task in TASKS if task in recogniser.models]
    for model in models:
        if label in model.card.labels:
            return model
    known = ", ".join(name for model in models for name in model.card.labels)
    raise OptionError(f"no model here has a label {label!r}; there is {known}")


def _strongest(face: Face) -> list[str]:
    """The emotion, and the most probable of the active units, if they can be trusted."""
    emotions = face.emotion.probabilities if face.emotion else {}
    best = sorted(emotions, key=lambda label: -emotions[label])[:1]
    if face.au is None or not face.au.reliable:
        return best
    units = face.au.probabilities
    return [*best, *sorted(face.au.active, key=lambda unit: -units[unit])][:MOST_MAPS]
