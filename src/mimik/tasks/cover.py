"""What of a face is covered, by a hand, a mask, dark glasses or the like."""

from mimik.tasks.base import ClassTask

REASONS = {"eyes": "eyes covered", "mouth": "mouth covered", "side": "one side covered"}
"""Label to why what hangs on the whole face should not be trusted."""


class Cover(ClassTask):
    """Nothing, the eyes, the mouth, or one side."""

    name = "cover"
    tau_s = 0.5
