"""What hides a face: a hand, a mask, dark glasses, or that the picture is spoilt or no photograph."""

from dataclasses import replace

from mimik.readings import ClassReading, Reading
from mimik.tasks.base import ClassTask
from mimik.types import TILT_UNCLEAR, Quality

CLEAR = "none"
"""The label of a face that nothing hides."""
REASONS = {
    "eyes": "eyes covered",
    "mouth": "mouth covered",
    "side": "one side covered",
    "pixelated": "pixelated",
    "compressed": "badly compressed",
    "drawn": "not a photograph",
}
"""Label to why what is read of the face should not be trusted."""
HIDDEN = 0.5
"""A face isn't trusted from this probability on that anything at all hides it."""


class CoverReading(ClassReading):
    """Its labels alone ("none", "mouth") don't say what they are about."""

    __slots__ = ()

    def named(self, label: str) -> str:
        """For example "mouth covered"."""
        return REASONS.get(label, "nothing covered" if label == CLEAR else label)


class Cover(ClassTask):
    """Nothing, what is covered, or how the picture is spoilt."""

    name = "cover"
    labels = (CLEAR, *REASONS)
    tau_s = 0.5
    answer = CoverReading
    subject = "what hides a face"

    def judged(self, quality: Quality, reading: Reading) -> Quality:
        """What is hidden can't be read; what already speaks against a face stays. See Judging.

        The classes count together, as a face with a mask and dark glasses is hidden whichever is told.
        """
        # What hides a face may be why its tilt isn't clear.
        if quality.reason not in (None, TILT_UNCLEAR) or not isinstance(reading, ClassReading):
            return quality
        shares = {label: share for label, share in reading.probabilities.items() if label in REASONS}
        if sum(shares.values()) < HIDDEN:
            return quality
        return replace(quality, reason=REASONS[max(shares, key=lambda label: shares[label])])
