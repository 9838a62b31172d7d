"""Whether a face wears glasses."""

from mimik.tasks.base import ClassTask


class Glasses(ClassTask):
    """None, clear ones or sunglasses."""

    name = "glasses"
    tau_s = 1.0  # glasses stay on: a longer time constant than emotion's 0.3 s
    labels = ("bare", "clear", "dark")
