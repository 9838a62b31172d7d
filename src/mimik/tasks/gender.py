"""Gender as it appears to the people who labelled the training pictures."""

from mimik.tasks.base import ClassTask


class Gender(ClassTask):
    """Female or male in appearance; the data sets know no more than these two."""

    name = "gender"
    labels = ("female", "male")
    tau_s = 2.0
    subject = "apparent gender"
    caution = (
        "Apparent gender has the two classes that other people assigned to the training pictures; it does "
        "not stand for gender identity."
    )
