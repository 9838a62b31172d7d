"""What every task offers, the table of tasks, and answers that are one of several classes."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Protocol, cast, runtime_checkable

import numpy as np
from numpy.typing import NDArray

from mimik.errors import OptionError
from mimik.models.card import ModelCard
from mimik.readings import UNCERTAIN, ClassReading, Column, Reading, columns
from mimik.tables import Table, load_entry
from mimik.tasks.class_figures import ClassFigures
from mimik.tasks.probabilities import softmax
from mimik.tasks.samples import Labelled
from mimik.tasks.scored import Scored
from mimik.tasks.words import capital, one_of
from mimik.types import Quality

TASKS = Table(
    "mimik.tasks",
    {
        "emotion": "mimik.tasks.emotion:Emotion",
        "gender": "mimik.tasks.gender:Gender",
        "age": "mimik.tasks.age:Age",
        "au": "mimik.tasks.au:ActionUnits",
        "cover": "mimik.tasks.cover:Cover",
        "mesh": "mimik.tasks.mesh:Mesh",
        "voice": "mimik.tasks.voice:Voice",
        "filmed": "mimik.tasks.filmed:Filmed",
    },
)
"""Task name to "module:class", in the order in which results are shown."""


class Task(Scored, Protocol):
    """How one task turns a model's outputs into an answer.

    An answer is first a vector of values a face (probabilities, or years), which smoothing blends
    over time; then a reading, which is shown and written.
    """

    name: str
    tau_s: float
    """Default time constant of the smoothing, in seconds."""

    def decode(self, logits: NDArray[np.float32], card: ModelCard) -> NDArray[np.float32]:
        """Turn a batch of outputs into values.

        Args:
            logits: The model's raw output, float32 (N, K).
            card: The model's card (labels, calibration).

        Returns:
            Calibrated values, float32 (N, V).
        """
        ...

    def reading(
        self,
        values: NDArray[np.float32],
        raw: NDArray[np.float32],
        card: ModelCard,
        previous: str | None = None,
        quality: Quality | None = None,
    ) -> Reading:
        """Put values into words.

        Args:
            values: Values after smoothing, (V,).
            raw: The same before smoothing, (V,).
            card: The model's card (labels, threshold).
            previous: The label this face had in the frame before; it is kept while the new one is
                better by less than a hair, so that labels don't flicker.
            quality: How well the face can be seen, where that is known.

        Returns:
            The task's own frozen class.
        """
        ...

    def columns(self, card: ModelCard) -> tuple[Column, ...]:
        """The columns of a reading's ``to_dict()`` in tables, in order, and what each holds.

        What is nested has the outer name before it ("raw_happy"), but for "probabilities".
        """
        ...


@runtime_checkable
class Resting(Protocol):
    """A task that has a state of rest, from which its values can be seen as a change."""

    def scores(self, values: NDArray[np.float32]) -> NDArray[np.float32]:
        """Values (V,) on a scale where differences add up: log-odds or log-probabilities."""
        ...

    def from_scores(self, scores: NDArray[np.float32]) -> NDArray[np.float32]:
        """The way back."""
        ...

    def shows_rest(self, sample: Labelled, target: str) -> bool:
        """Whether a picture shows a face at rest, by its labels of that name."""
        ...


@runtime_checkable
class Demanding(Protocol):
    """A task that asks more of a face than others do."""

    def distrust(self, quality: Quality) -> str | None:
        """Why its answers for a face should not be trusted."""
        ...


@runtime_checkable
class Judging(Protocol):
    """A task whose answer says how well a face can be seen.

    It is read with every task that is seen in faces, though it isn't shown unless it is asked for.
    """

    def judged(self, quality: Quality, reading: Reading) -> Quality:
        """The quality of a face, with what an answer says against it."""
        ...


@runtime_checkable
class OnlyAsked(Protocol):
    """A task that is read only where it is asked for by name."""

    only_asked: bool


@runtime_checkable
class Placed(Protocol):
    """A task whose values are places in a face's crop, and mean something in the frame."""

    def placed(
        self, values: NDArray[np.float32], to_frame: NDArray[np.float64], frame: tuple[int, int]
    ) -> NDArray[np.float32]:
        """Values with places in pixels of the frame.

        Args:
            values: As ``decode`` gives them for one face, (V,).
            to_frame: From x, y and 1 in pixels of the crop to x and y in those of the frame, (2, 3); the left
                edge of the first pixel is 0 in both.
            frame: Width and height of the frame in pixels.
        """
        ...


@runtime_checkable
class Moving(Protocol):
    """A task whose values follow what moves, so that plain blending would drag behind it."""

    def followed(
        self, before: NDArray[np.float32], now: NDArray[np.float32], step_s: float, tau_s: float
    ) -> NDArray[np.float32]:
        """Values after blending, (V,).

        Args:
            before: Those after blending of the frame before, (V,).
            now: Those of this frame, (V,).
            step_s: Seconds between the two, above 0.
            tau_s: Time constant in seconds, above 0.
        """
        ...


@runtime_checkable
class Aided(Protocol):
    """A task that says more of a face where another one is read as well."""

    aide: str
    """The other task."""

    def measured(self, other: Reading) -> Mapping[str, float]:
        """What a reading of the other task measures for this one, by name; empty where it sees nothing."""
        ...

    def aided(self, reading: Reading, other: Reading, at_rest: Mapping[str, float]) -> Reading:
        """This task's reading, with what the other one adds.

        Args:
            reading: Without it.
            other: The other task's reading of the same face.
            at_rest: What ``measured`` gives for the person's own face at rest; empty where that isn't known.
        """
        ...

    def aided_columns(self, card: ModelCard) -> tuple[Column, ...]:
        """The columns of what is added, behind those of ``columns``."""
        ...


@runtime_checkable
class Followed(Protocol):
    """A task whose labels a study can follow through time."""

    def follows(self, label: str) -> bool:
        """Whether that is the name of one."""
        ...


@runtime_checkable
class Described(Protocol):
    """A task that says in a methods section what it reads, and how; others are called by their names."""

    subject: str
    """What is read, in the singular: "facial expression"."""
    caution: str
    """What must not be concluded from it, as sentences; may hold ``[works]``, see ``account``."""

    def account(self, card: ModelCard, settings: Mapping[str, Any]) -> str:
        """How answers come about, in sentences in the past tense.

        Args:
            card: Of the model that gave them.
            settings: Those of the run (RunInfo.settings).

        Returns:
            Text; ``[FACS]`` stands, in brackets of the text's own, where the work of that name is cited (see
            mimik.results.cite.works).
        """
        ...


CROP, SOUND, CLIP = "crop", "sound", "clip"
"""What models of faces take, those of voices, and those of clips; see mimik.models.inputs.INPUTS."""


def input_of(name: str) -> str:
    """What the models of a task of the table take: CROP unless the task says otherwise.

    Raises:
        UnknownNameError: There is no such task.
    """
    return str(getattr(load_task(name), "input", CROP))


def hearing_tasks() -> tuple[str, ...]:
    """The tasks of the table that are heard in voices, in its order."""
    return tuple(name for name in TASKS if input_of(name) == SOUND)


def load_task(name: str) -> Task:
    """The task of that name.

    Raises:
        UnknownNameError: There is no such task.
    """
    return cast(Task, load_entry(TASKS, name, "task")())


def load_scored(name: str) -> Task:
    """The task of that name, for evaluation and training.

    Raises:
        UnknownNameError: There is no such task.
        OptionError: It is from outside, and can only be read: it doesn't say how good a model is.
    """
    task: object = load_task(name)
    if not isinstance(task, Scored):
        wanted = {*Scored.__annotations__, *(name for name in vars(Scored) if name[0] != "_")}
        lacking = sorted(wanted - set(dir(task)))
        raise OptionError(
            f"the task {name!r} can't be evaluated or trained: its class lacks {', '.join(lacking)} "
            "(mimik.tasks.scored.Scored); add them"
        )
    return cast(Task, task)


class ClassTask(ClassFigures):
    """A task whose answer is one of the card's labels."""

    name = ""
    input = CROP
    """What its models take: CROP, SOUND or CLIP."""
    tau_s = 0.25
    labels: tuple[str, ...] = ()
    """What data sets tell apart: folders, or a column of labels, with no other name are of this task. A
    model's own labels are those of its card."""
    answer = ClassReading
    """What its readings are: a subclass where labels need more words."""
    rest_label = ""
    """The label of a face at rest, of a task that has one."""
    hold = 0.08
    """A label is kept until another is more probable, or it is below the threshold, by this much."""
    caution = ""
    """See Described."""

    @property
    def subject(self) -> str:
        """Its name, unless a task says it better; see Described."""
        return self.name

    def account(self, card: ModelCard, settings: Mapping[str, Any]) -> str:
        """The classes, and when none of them is told; see Described."""
        named = one_of(card.labels)
        text = f"{capital(self.subject)} was classified as {named}"
        threshold = settings.get("threshold")
        if floor := card.threshold if threshold is None else threshold:
            text += f", or as uncertain if no class reached a probability of {floor:.2f}"
        return f"{text}."

    def decode(self, logits: NDArray[np.float32], card: ModelCard) -> NDArray[np.float32]:
        """Probabilities (N, K) at the card's temperature."""
        return softmax(logits, card.temperature)

    def reading(
        self,
        values: NDArray[np.float32],
        raw: NDArray[np.float32],
        card: ModelCard,
        previous: str | None = None,
        quality: Quality | None = None,
    ) -> ClassReading:
        """The most probable label, or "uncertain"; see Task.reading."""
        best = int(values.argmax())
        if previous in card.labels and values[best] - values[card.labels.index(previous)] < self.hold:
            best = card.labels.index(previous)
        floor = card.threshold - (self.hold if previous == card.labels[best] else 0.0)
        return self.answer(
            label=card.labels[best] if values[best] >= floor else UNCERTAIN,
            probabilities=dict(zip(card.labels, values.tolist(), strict=True)),
            raw=dict(zip(card.labels, raw.tolist(), strict=True)),
        )

    def columns(self, card: ModelCard) -> tuple[Column, ...]:
        """Label, then a column a class, then the same before smoothing."""
        raw = (f"raw_{label}" for label in card.labels)
        return (Column("label", "text"), *columns("number", *card.labels, *raw))
