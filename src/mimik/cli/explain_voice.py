"""``mimik explain`` of a recording: which times and frequencies of an utterance an answer hangs on."""

from __future__ import annotations

import argparse
import json
import sys
from collections.abc import Iterable
from itertools import chain
from typing import TYPE_CHECKING, Any

from mimik.cli.options import chosen_models
from mimik.errors import OptionError

if TYPE_CHECKING:
    from mimik.explain.hearing import HeardEvidence
    from mimik.tasks.loaded import LoadedModel
    from mimik.types import SpanResult
    from mimik.voice.segment import Utterance


def explain_voice(args: argparse.Namespace) -> int:
    """Print what speaks for the answer about one utterance, and draw it."""
    from mimik.explain.hearing import hidden_parts
    from mimik.pipeline.listen import Listener
    from mimik.sources.open_sound import open_sound
    from mimik.voice.segment import segment

    if args.neutral:
        raise OptionError("--neutral is a face at rest: leave it out where a voice is explained")
    if args.span is not None and args.at is not None:
        raise OptionError("--span and --at both choose an utterance: name one of them")
    listener = Listener(device=args.device, **chosen_models(args))
    for label in args.label:
        _model_of(listener.models.values(), label)
    with open_sound(args.picture) as source:
        found = _chosen(segment(source), args.span, args.at, args.picture)
    if found is None:
        print(f"{args.picture}: nobody speaks in it", file=sys.stderr)
        return 0
    number, utterance = found
    span = listener.read(utterance, number)
    pairs = [(_model_of(listener.models.values(), label), label) for label in args.label or _best(span)]
    evidence = [hidden_parts(model, utterance.sound.samples, label) for model, label in pairs]
    print(_as_json(span, evidence) if args.json else _told(span, evidence))
    if args.output:
        _draw(args, utterance, span, evidence)
    return 0


def _chosen(
    utterances: Iterable[Utterance], number: int | None, at_s: float | None, name: str
) -> tuple[int, Utterance] | None:
    """The utterance of a number or time, or the longest one; None where nobody speaks.

    Raises:
        OptionError: There is none of that number, or nobody speaks at that time.
    """
    longest: tuple[int, Utterance] | None = None
    count = 0
    for count, utterance in enumerate(utterances, 1):
        if count - 1 == number or (at_s is not None and utterance.start_s <= at_s < utterance.end_s):
            return count - 1, utterance
        if longest is None or utterance.sound.duration_s > longest[1].sound.duration_s:
            longest = count - 1, utterance
    if number is not None and count:
        raise OptionError(f"{name}: has no utterance {number}: --span is 0 to {count - 1}")
    if at_s is not None and count:
        raise OptionError(
            f"{name}: nobody speaks at {at_s:g} s: choose another --at, or an utterance by --span"
        )
    return longest


def _best(span: SpanResult) -> list[str]:
    """The most probable class of each task."""
    known = (getattr(reading, "probabilities", {}) for reading in span.readings.values())
    return [max(values, key=values.__getitem__) for values in known if values]


def _model_of(models: Iterable[LoadedModel], label: str) -> LoadedModel:
    """The model that has a label.

    Raises:
        OptionError: None has.
    """
    there = list(models)
    for model in there:
        if label in model.card.labels:
            return model
    known = ", ".join(chain.from_iterable(model.card.labels for model in there))
    raise OptionError(f"no model here has a label {label!r}; there is {known}")


def _told(span: SpanResult, found: Iterable[HeardEvidence]) -> str:
    """When the utterance is, what is heard in it, and what speaks for that."""
    words = ", ".join(reading.text for reading in span.readings.values())
    doubt = "" if span.quality.reason is None else f" Not reliable: {span.quality.reason}."
    told = " ".join(evidence.told(span.start_s) for evidence in found)
    return f"#{span.span}  {span.start_s:.2f} to {span.end_s:.2f} s  {words}. {told}{doubt}"


def _as_json(span: SpanResult, found: Iterable[HeardEvidence]) -> str:
    told: list[dict[str, Any]] = [evidence.to_dict(span.start_s) for evidence in found]
    return json.dumps({**span.to_dict(), "explanation": told})


def _draw(
    args: argparse.Namespace, utterance: Utterance, span: SpanResult, found: list[HeardEvidence]
) -> None:
    """Write the picture."""
    from mimik.explain.draw_hearing import draw_hearing
    from mimik.render.video import ImageWriter

    shares: dict[str, float] = {}
    for reading in span.readings.values():
        shares |= getattr(reading, "probabilities", {})
    caption = f"#{span.span}, {span.start_s:.2f} to {span.end_s:.2f} s"
    with ImageWriter(args.output) as writer:
        writer.write(draw_hearing(utterance.sound.samples, found, shares, span.start_s, caption))
