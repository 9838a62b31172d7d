"""What readers of voices share: folds of people, and samples that are heard, and perhaps seen."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence

from mimik.data.base import Reader, Sample, no_picture
from mimik.data.labels import label_of
from mimik.data.places import Place, check_split
from mimik.data.splits import fold_of
from mimik.data.voices.sounds import film_loader, is_film, sound_loader
from mimik.errors import DataError, some_of

FILMED = ("voice", "filmed")
"""The tasks of a set that has videos, too."""
FOLDS = tuple(f"fold{number}" for number in range(5))
"""The splits of every set of voices: each person is in one of them."""


class VoiceReader(Reader):
    """A set of voices, divided by person into five folds."""

    splits = FOLDS
    test_split = FOLDS[0]
    tasks: tuple[str, ...] = ("voice",)
    people: Sequence[Sequence[str]] = ()
    """The people of each fold; one of no list goes by a hash of the name."""

    def fold(self, person: str) -> int:
        """The fold of a person, from 0."""
        listed = (number for number, names in enumerate(self.people) if person in names)
        return next(listed, fold_of(f"{self.title} {person}", len(FOLDS)))

    def clip(
        self,
        file: Place,
        key: str,
        label: str,
        person: str,
        known: Mapping[str, str],
        film: Place | None = None,
    ) -> Sample:
        """A sample that is heard, and seen where there is a film of it.

        Args:
            file: The recording or video.
            key: Its path in the set.
            label: Emotion as the set names it.
            person: Who speaks, as the set names them.
            known: Subgroups; empty ones are left out.
            film: The video of what is heard; the file itself if it is one.
        """
        fold, film = self.fold(person), film or (file if is_film(file.name) else None)
        emotion = label_of("voice", label)
        return Sample(
            key=key,
            load=no_picture,
            split=FOLDS[fold],
            labels={"voice": emotion} | ({"filmed": emotion} if film else {}),
            group=f"{self.title} {person}",
            subgroup={name: value for name, value in known.items() if value},
            fold=fold,
            hear=sound_loader(file),
            watch=film_loader(film) if film else None,
        )

    def check_asked(self, split: str) -> None:
        """Make sure that there is a split of that name.

        Raises:
            UnknownNameError: There is none.
        """
        check_split(split, self.splits)


def check_people(voices: Iterable[tuple[str, str]], where: object) -> None:
    """Make sure that no one is heard on two sides of a division.

    Args:
        voices: Who speaks (empty if that isn't known) and the split, of each stretch of sound.
        where: What divides them, for the message.

    Raises:
        DataError: Someone is, or it can't be told.
    """
    sides: dict[str, set[str]] = {}
    for person, split in voices:
        sides.setdefault(person, set()).add(split)
    splits = sorted(set().union(*sides.values()))
    if "" in sides and len(splits) > 1:
        raise DataError(
            f"{where}: has splits ({some_of(splits)}), but doesn't say who speaks in all of their rows, so "
            "one person may be in several; fill the column subject, or leave out the column split"
        )
    if shared := [person for person, own in sides.items() if len(own) > 1]:
        raise DataError(
            f"{where}: {some_of(shared)} {'are' if len(shared) > 1 else 'is'} heard in several splits "
            f"({some_of(splits)}); a model knows a voice again, so put each person into one (mimik data "
            "split does, of a table without a column split)"
        )
