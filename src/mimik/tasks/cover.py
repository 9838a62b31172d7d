"""What of a face is covered, by a hand, a mask, dark glasses or the like."""

from mimik.readings import ClassReading
from mimik.tasks.base import ClassTask

REASONS = {"eyes": "eyes covered", "mouth": "mouth covered", "side": "one side covered"}
"""Label to why what hangs on the whole face should not be trusted."""


class CoverReading(ClassReading):
    """Its labels alone ("none", "mouth") don't say what they speak of."""

    __slots__ = ()

    def named(self, label: str) -> str:
        """For example "mouth covered"."""
        return REASONS.get(label, "nothing covered" if label == "none" else label)


class Cover(ClassTask):
    """Nothing, the eyes, the mouth, or one side."""

    name = "cover"
    labels = ("none", *REASONS)
    tau_s = 0.5
    answer = CoverReading
