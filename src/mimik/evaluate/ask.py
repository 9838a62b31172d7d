"""Asks a model about samples, by what it takes: faces in pictures, utterances, or clips."""

from __future__ import annotations

from collections.abc import Sequence

from mimik.data.base import Sample
from mimik.errors import OptionError
from mimik.evaluate.answers import Answers, collect_answers, face_finder
from mimik.evaluate.heard import collect_heard
from mimik.evaluate.rows import AskOptions
from mimik.evaluate.watched import collect_watched
from mimik.faces.detect.base import load_detector
from mimik.models.card import ModelCard
from mimik.tasks.loaded import LoadedModel


def ask(model: LoadedModel, samples: Sequence[Sample], options: AskOptions) -> tuple[Answers, str | None]:
    """What a model says, and the name of the detector that found faces; None where none did.

    Raises:
        OptionError: See check_asked.
        UnknownNameError: There is no such detector.
    """
    check_asked(model.card, options)
    if model.card.input == "sound":
        return collect_heard(model, samples, (options.change,)), None
    if model.card.input == "clip":
        detector = load_detector(options.detector)
        return collect_watched(model, samples, detector), detector.name
    find, finder = face_finder(samples, model.card.crop, options.detect, options.detector)
    return collect_answers(model, samples, find), finder.name if finder else None


def check_asked(card: ModelCard, options: AskOptions) -> None:
    """Refuse what has no meaning for what a model takes.

    Raises:
        OptionError: Faces are to be found in sound, or pictures are to have noise.
    """
    if card.input == "sound" and options.detect:
        raise OptionError(f"{card.name} hears voices, in which no faces are found; leave --detect out")
    if card.input != "sound" and options.change.words:
        nothing = "hears nothing" if card.input == "crop" else "reads whole clips, as they are"
        raise OptionError(f"{card.name} {nothing}; leave --noise-db and --telephone out")
