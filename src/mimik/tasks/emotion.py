"""Emotion as it shows on the face: one of seven classes."""

from mimik.tasks.base import ClassTask


class Emotion(ClassTask):
    """The seven classes of FER-2013. An expression; not what a person feels."""

    name = "emotion"
    tau_s = 0.3
