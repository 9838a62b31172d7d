"""What a run names: its sources, and where their annotated pictures go."""

from __future__ import annotations

import contextlib
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from mimik.errors import SourceError, SourceNotFoundError
from mimik.render.hide import Hiding
from mimik.render.plan import RenderPlan, plan_render
from mimik.runs.manifest import Clip, Manifest
from mimik.runs.output import Output
from mimik.sources.address import is_live, public_name
from mimik.sources.expand import HEARING, SIGHT, Expanded, Sense, expand
from mimik.sources.open import SUFFIXES
from mimik.storage.identity import once, whole_of

ALIKE = (
    "differs from another one only in what may not be written (a password, or what follows the ?): read it "
    "by a command of its own"
)


@dataclass(frozen=True, slots=True)
class Named:
    """Single sources, and what holds none."""

    names: tuple[str, ...]
    """Paths, camera numbers, and addresses without passwords and signatures, each file once."""
    addresses: dict[str, str]
    """Name to what is opened, where that differs: an address may hold a password, a name never does."""
    missing: tuple[tuple[str, str], ...]
    """Folders and patterns without a source, and what is said of them."""
    left_out: tuple[tuple[str, str], ...] = ()
    """What lies in folders and isn't read, and why."""
    clips: Mapping[str, Clip] = field(default_factory=dict)
    """Name to its row, of what a manifest names."""

    @property
    def live(self) -> frozenset[str]:
        """The names of cameras and streams, which end by Ctrl-C only."""
        return frozenset(filter(is_live, self.names))


def find_sources(
    specs: Sequence[str],
    made: Sequence[str | Path] = (),
    senses: Collection[Sense] | None = None,
    manifest: Manifest | None = None,
) -> Named:
    """Look for all that folders and patterns hold.

    Args:
        specs: Files, folders, patterns, addresses and camera numbers, as a user writes them.
        made: What lies in these folders was drawn or written by an earlier run: it is read only if they are
            named.
        senses: What is looked for in folders; if None, pictures and videos, or else recordings.
        manifest: A table of further sources.
    """
    found: list[str] = []
    missing: list[tuple[str, str]] = []
    left_out: list[tuple[str, str]] = []
    for spec in specs:
        try:
            expanded = _expanded(spec, senses)
            others = [folder for folder in made if not _lies_in(spec, folder)]
            found += [path for path in expanded.sources if not _lies_in_any(path, others)]
            left_out += [(path, why) for path, why in expanded.left_out if not _lies_in_any(path, others)]
        except SourceError as error:
            missing.append((public_name(spec), str(error)))
    specs_of: dict[str, str] = {}
    for spec in once(found):
        name = public_name(spec)
        if name in specs_of:
            missing.append((name, f"{name}: {ALIKE}"))
        specs_of.setdefault(name, spec)
    clips = {clip.name: clip for clip in manifest.clips} if manifest else {}
    for name in once([*specs_of, *clips])[len(specs_of) :]:
        specs_of[name] = clips[name].address
    if manifest:
        missing += manifest.bad
        left_out += manifest.left_out
    addresses = {name: spec for name, spec in specs_of.items() if name != spec}
    named = tuple(dict.fromkeys(missing)), tuple(dict.fromkeys(left_out))
    return Named(tuple(specs_of), addresses, *named, clips)


def _lies_in_any(path: str, folders: Sequence[str | Path]) -> bool:
    return any(_lies_in(path, folder) for folder in folders)


def _lies_in(path: str, folder: str | Path) -> bool:
    """Whether a file or folder lies in a folder, or is that; of a store by its address."""
    if "://" in path or "://" in str(folder):
        return f"{path.rstrip('/')}/".startswith(f"{str(folder).rstrip('/')}/")
    return Path(path).resolve().is_relative_to(Path(folder).resolve())


def _expanded(spec: str, senses: Collection[Sense] | None) -> Expanded:
    """What a name stands for.

    Raises:
        SourceError: It holds nothing.
    """
    try:
        return expand([spec], (SIGHT,) if senses is None else senses)
    except SourceNotFoundError:
        if senses is None:
            with contextlib.suppress(SourceNotFoundError):
                return expand([spec], (HEARING,))
        raise


def plan_drawing(
    render: str | Path | None,
    names: Sequence[str],
    *,
    only: Sequence[str],
    output: Output | None,
    overwrite: bool,
    hide: Hiding | None,
) -> RenderPlan | None:
    """Decide where annotated pictures go, and refuse what would be in the way.

    Args:
        render: Where the user wants them; None draws nothing.
        names: All sources, after which the files are called.
        only: Those that are drawn by this run.
        output: Where the results go, and it is noted what was drawn; None notes nothing.
        overwrite: Whether existing files are replaced.
        hide: How faces are hidden in them.

    Raises:
        OptionError, OutputError, OutputExistsError: As plan_render and RenderPlan.check.
    """
    if render is None:
        return None
    # A run that goes on may draw again what it had drawn itself, and nothing else.
    record = output.drawn(Path(render)) if output else None
    if record and overwrite and output and output.in_parts:
        record.unlink(missing_ok=True)  # It tells of other readings, or of faces that are hidden otherwise.
    plan = plan_render(render, names, overwrite=overwrite, record=record, hide=hide)
    kinds = {name: SUFFIXES.get(Path(whole_of(name)).suffix.lower()) for name in only}
    # A GIF may move or not; what is no file is known once it is opened.
    plan.check({n: kind == "video" for n, kind in kinds.items() if kind and not n.lower().endswith(".gif")})
    return plan
