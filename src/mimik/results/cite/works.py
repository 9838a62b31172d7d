"""The works that a methods section cites: software, data sets, detectors and methods; and their BibTeX."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass

from mimik._version import __version__
from mimik.tasks.words import listed

TITLE = "mimik: emotion, action units, gender and age of faces in pictures, videos and live, offline"
AUTHORS = "The mimik authors"
RELEASED = "2026-11-30"
"""When this version was released; these three are CITATION.cff's, which no installation has."""


@dataclass(frozen=True, slots=True)
class Work:
    """What can be cited."""

    key: str
    """In BibTeX."""
    kind: str
    """Of BibTeX's entry: "article", "misc"."""
    authors: tuple[str, ...]
    """Each as "Last, First"; one of several words without a comma is an organisation."""
    year: str
    """When it appeared; empty if that isn't known."""
    fields: Mapping[str, str]
    """The others, in order: title, journal, pages, doi, ..."""

    @property
    def short(self) -> str:
        """As a sentence has it in brackets: "Kärkkäinen & Joo, 2021"."""
        names = [author.partition(",")[0] for author in self.authors]
        if len(names) > 2:
            names = [f"{names[0]} et al."]
        return ", ".join(filter(None, (listed(names, "&"), self.year)))

    def bibtex(self) -> str:
        """The entry."""
        authors = " and ".join(_author(author) for author in self.authors)
        found = {"author": authors, **{name: _value(name, text) for name, text in self.fields.items()}}
        lines = [f"  {name} = {{{text}}}," for name, text in (found | {"year": self.year}).items() if text]
        return "\n".join([f"@{self.kind}{{{self.key},", *lines, "}"])


def _conference(key: str, authors: Iterable[str], year: str, title: str, where: str, **more: str) -> Work:
    fields = {"title": title, "booktitle": where, **more}
    return Work(key, "inproceedings", tuple(authors), year, fields)


def _preprint(key: str, authors: Iterable[str], year: str, title: str, arxiv: str) -> Work:
    fields = {"title": title, "eprint": arxiv, "archiveprefix": "arXiv"}
    return Work(key, "misc", tuple(authors), year, fields)


# Pages are left out where the IEEE's and the open copies differ; the DOI finds both.
WORKS = {
    "FER-2013": _conference(
        "goodfellow2013challenges",
        (
            *("Goodfellow, Ian J.", "Erhan, Dumitru", "Carrier, Pierre Luc", "Courville, Aaron"),
            *("Mirza, Mehdi", "Hamner, Ben", "Cukierski, Will", "Tang, Yichuan", "Thaler, David"),
            *("Lee, Dong-Hyun", "Zhou, Yingbo", "Ramaiah, Chetan", "Feng, Fangxiang", "Li, Ruifan"),
            *("Wang, Xiaojie", "Athanasakis, Dimitris", "Shawe-Taylor, John", "Milakov, Maxim"),
            *("Park, John", "Ionescu, Radu", "Popescu, Marius", "Grozea, Cristian", "Bergstra, James"),
            *("Xie, Jingjing", "Romaszko, Lukasz", "Xu, Bing", "Chuang, Zhang", "Bengio, Yoshua"),
        ),
        "2013",
        "Challenges in Representation Learning: A Report on Three Machine Learning Contests",
        "Neural Information Processing (ICONIP 2013)",
        series="Lecture Notes in Computer Science",
        volume="8228",
        pages="117--124",
        publisher="Springer",
        doi="10.1007/978-3-642-42051-1_16",
    ),
    "FER+": _conference(
        "barsoum2016training",
        ("Barsoum, Emad", "Zhang, Cha", "Canton Ferrer, Cristian", "Zhang, Zhengyou"),
        "2016",
        "Training Deep Networks for Facial Expression Recognition with Crowd-Sourced Label Distribution",
        "Proceedings of the 18th ACM International Conference on Multimodal Interaction (ICMI)",
        pages="279--283",
        doi="10.1145/2993148.2993165",
    ),
    "UTKFace": _conference(
        "zhang2017age",
        ("Zhang, Zhifei", "Song, Yang", "Qi, Hairong"),
        "2017",
        "Age Progression/Regression by Conditional Adversarial Autoencoder",
        "Proceedings of the IEEE Conference on Computer Vision and Pattern Recognition (CVPR)",
        doi="10.1109/CVPR.2017.463",
    ),
    "FairFace": _conference(
        "karkkainen2021fairface",
        ("Kärkkäinen, Kimmo", "Joo, Jungseock"),
        "2021",
        "FairFace: Face Attribute Dataset for Balanced Race, Gender, and Age for Bias Measurement and "
        "Mitigation",
        "Proceedings of the IEEE/CVF Winter Conference on Applications of Computer Vision (WACV)",
        doi="10.1109/WACV48630.2021.00159",
    ),
    "IMDB-WIKI": Work(
        "rothe2018deep",
        "article",
        ("Rothe, Rasmus", "Timofte, Radu", "Van Gool, Luc"),
        "2018",
        {
            "title": "Deep Expectation of Real and Apparent Age from a Single Image Without Facial Landmarks",
            "journal": "International Journal of Computer Vision",
            "volume": "126",
            "number": "2--4",
            "pages": "144--157",
            "doi": "10.1007/s11263-016-0940-3",
        },
    ),
    "IMDB-Clean": _preprint(
        "lin2021fpage",
        ("Lin, Yiming", "Shen, Jie", "Wang, Yujiang", "Pantic, Maja"),
        "2021",
        "FP-Age: Leveraging Face Parsing Attention for Facial Age Estimation in the Wild",
        "2106.11145",
    ),
    "CK+": _conference(
        "lucey2010extended",
        (
            *("Lucey, Patrick", "Cohn, Jeffrey F.", "Kanade, Takeo", "Saragih, Jason"),
            *("Ambadar, Zara", "Matthews, Iain"),
        ),
        "2010",
        "The Extended Cohn-Kanade Dataset (CK+): A complete dataset for action unit and emotion-specified "
        "expression",
        "IEEE Computer Society Conference on Computer Vision and Pattern Recognition Workshops (CVPRW)",
        pages="94--101",
        doi="10.1109/CVPRW.2010.5543262",
    ),
    "RAVDESS": Work(
        "livingstone2018ryerson",
        "article",
        ("Livingstone, Steven R.", "Russo, Frank A."),
        "2018",
        {
            "title": "The Ryerson Audio-Visual Database of Emotional Speech and Song (RAVDESS): A dynamic, "
            "multimodal set of facial and vocal expressions in North American English",
            "journal": "PLoS ONE",
            "volume": "13",
            "number": "5",
            "pages": "e0196391",
            "doi": "10.1371/journal.pone.0196391",
        },
    ),
    "EMO-DB": _conference(
        "burkhardt2005database",
        (
            *("Burkhardt, Felix", "Paeschke, Astrid", "Rolfes, Miriam", "Sendlmeier, Walter F."),
            "Weiss, Benjamin",
        ),
        "2005",
        "A Database of German Emotional Speech",
        "Proceedings of Interspeech 2005",
        pages="1517--1520",
        doi="10.21437/Interspeech.2005-446",
    ),
    "nEMO": _preprint(
        "christop2024nemo",
        ("Christop, Iwona",),
        "2024",
        "nEMO: Dataset of Emotional Speech in Polish",
        "2404.06292",
    ),
    "EmoSpeech": _preprint(
        "banga2019indian",
        (
            *("Banga, Subham", "Upadhyay, Ujjwal", "Agarwal, Piyush", "Sharma, Aniket"),
            "Mukherjee, Prerana",
        ),
        "2019",
        "Indian EmoSpeech Command Dataset: A dataset for emotion based speech recognition in the wild",
        "1910.13801",
    ),
    "silero": Work(
        "silero2024vad",
        "misc",
        ("Silero Team",),
        "2024",
        {
            "title": "Silero VAD: pre-trained enterprise-grade Voice Activity Detector (VAD), Number "
            "Detector and Language Classifier",
            "howpublished": "https://github.com/snakers4/silero-vad",
        },
    ),
    "yunet": Work(
        "wu2023yunet",
        "article",
        ("Wu, Wei", "Peng, Hanyang", "Yu, Shiqi"),
        "2023",
        {
            "title": "YuNet: A Tiny Millisecond-level Face Detector",
            "journal": "Machine Intelligence Research",
            "volume": "20",
            "number": "5",
            "pages": "656--665",
            "doi": "10.1007/s11633-023-1423-y",
        },
    ),
    "MediaPipe's Face Landmarker": _preprint(
        "grishchenko2020attention",
        (
            *("Grishchenko, Ivan", "Ablavatski, Artsiom", "Kartynnik, Yury", "Raveendran, Karthik"),
            "Grundmann, Matthias",
        ),
        "2020",
        "Attention Mesh: High-fidelity Face Mesh Prediction in Real-time",
        "2006.10962",
    ),
    "haar": _conference(
        "viola2001rapid",
        ("Viola, Paul", "Jones, Michael"),
        "2001",
        "Rapid Object Detection using a Boosted Cascade of Simple Features",
        "Proceedings of the IEEE Computer Society Conference on Computer Vision and Pattern Recognition "
        "(CVPR)",
        volume="1",
        doi="10.1109/CVPR.2001.990517",
    ),
    "FACS": Work(
        "ekman1978facial",
        "book",
        ("Ekman, Paul", "Friesen, Wallace V."),
        "1978",
        {
            "title": "Facial Action Coding System: A Technique for the Measurement of Facial Movement",
            "publisher": "Consulting Psychologists Press",
            "address": "Palo Alto, CA",
        },
    ),
    "temperature scaling": _conference(
        "guo2017calibration",
        ("Guo, Chuan", "Pleiss, Geoff", "Sun, Yu", "Weinberger, Kilian Q."),
        "2017",
        "On Calibration of Modern Neural Networks",
        "Proceedings of the 34th International Conference on Machine Learning (ICML)",
        series="Proceedings of Machine Learning Research",
        volume="70",
        pages="1321--1330",
    ),
    "class priors": Work(
        "saerens2002adjusting",
        "article",
        ("Saerens, Marco", "Latinne, Patrice", "Decaestecker, Christine"),
        "2002",
        {
            "title": "Adjusting the Outputs of a Classifier to New a Priori Probabilities: "
            "A Simple Procedure",
            "journal": "Neural Computation",
            "volume": "14",
            "number": "1",
            "pages": "21--41",
        },
    ),
    "emotional expressions": Work(
        "barrett2019emotional",
        "article",
        (
            *("Barrett, Lisa Feldman", "Adolphs, Ralph", "Marsella, Stacy", "Martinez, Aleix M."),
            "Pollak, Seth D.",
        ),
        "2019",
        {
            "title": "Emotional Expressions Reconsidered: Challenges to Inferring Emotion From Human Facial "
            "Movements",
            "journal": "Psychological Science in the Public Interest",
            "volume": "20",
            "number": "1",
            "pages": "1--68",
            "doi": "10.1177/1529100619832930",
        },
    ),
}
"""Name of a data set (as in cards), detector of faces or speech, or method to what is cited for it."""


class Bibliography:
    """What has been cited so far, in order."""

    def __init__(self) -> None:
        self._works: dict[str, Work] = {}

    def cite(self, name: str, citation: str = "") -> str:
        """Cite a work of the table, or a data set that it lacks by what its card says.

        Args:
            name: See WORKS.
            citation: How a card cites it.

        Returns:
            What stands in brackets; empty of what nobody can cite.
        """
        if work := WORKS.get(name):
            self._works[name] = work
            return work.short
        if citation:
            self._works[name] = Work(self._key(name), "misc", (), "", {"title": name, "note": citation})
        return citation

    def software(self, version: str) -> str:
        """Cite a version of mimik; when another than this one was released isn't known."""
        year = RELEASED[:4] if version == __version__ else ""
        fields = {"title": TITLE, "note": f"Computer software, version {version}"}
        work = Work(f"mimik-{version}", "misc", (AUTHORS,), year, fields)
        self._works[f"mimik {version}"] = work
        return work.short

    def _key(self, name: str) -> str:
        """A key that no other work has."""
        plain = re.sub(r"[^a-z0-9]+", "-", _bare(name).lower()).strip("-") or "data"
        taken = {work.key for work in (*WORKS.values(), *self._works.values())}
        numbers = (f"{plain}-{number}" for number in range(2, len(taken) + 3))
        return plain if plain not in taken else next(key for key in numbers if key not in taken)

    def bibtex(self) -> str:
        """All entries."""
        return "\n\n".join(work.bibtex() for work in self._works.values())


def _author(name: str) -> str:
    # Braces keep an organisation whole.
    return escaped(name) if "," in name else f"{{{escaped(name)}}}"


def _value(name: str, text: str) -> str:
    # A second pair of braces keeps a title's capitals; an address in the net isn't typeset.
    return f"{{{escaped(text)}}}" if name == "title" else text if name == "doi" else escaped(text)


_ACCENTS = {
    **{"\u0300": "`", "\u0301": "'", "\u0302": "^", "\u0303": "~", "\u0308": '"', "\u0304": "="},
    **{"\u0306": "u", "\u030a": "r", "\u030b": "H", "\u030c": "v", "\u0327": "c", "\u0328": "k"},
}
"""Combining mark of Unicode to TeX's command."""
_SPECIAL = {
    **{mark: f"\\{mark}" for mark in "&%$#_{}"},
    **{"~": r"\textasciitilde{}", "^": r"\textasciicircum{}", "\\": r"\textbackslash{}"},
}
"""Sign that TeX takes for its own to how it is written."""


def escaped(text: str) -> str:
    """Text as TeX sets it: its own signs written out, letters with accents by its commands."""
    found: list[str] = []
    for mark in unicodedata.normalize("NFD", " ".join(text.split())):
        if found and mark in _ACCENTS:
            found[-1] = f"{{\\{_ACCENTS[mark]}{{{found[-1]}}}}}"
        else:
            found.append(_SPECIAL.get(mark, mark))
    return unicodedata.normalize("NFC", "".join(found))


def _bare(text: str) -> str:
    """Text without accents."""
    return "".join(mark for mark in unicodedata.normalize("NFD", text) if not unicodedata.combining(mark))
