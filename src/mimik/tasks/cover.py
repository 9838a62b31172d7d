"""What of a face is covered, by a hand, a mask, dark glasses or the like."""

from dataclasses import replace

from mimik.readings import ClassReading, Reading
from mimik.tasks.base import ClassTask
from mimik.types import Quality

REASONS = {"eyes": "eyes covered", "mouth": "mouth covered", "side": "one side covered"}
"""Label to why what depends on the whole face should not be trusted."""


class CoverReading(ClassReading):
    """Its labels alone ("none", "mouth") don't say what they are about."""

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
    subject = "facial occlusion"

    def judged(self, quality: Quality, reading: Reading) -> Quality:
        """What is covered can't be seen; what already speaks against a face stays. See Judging."""
        if quality.reason is not None:
            return quality
        return replace(quality, reason=REASONS.get(reading.label))
