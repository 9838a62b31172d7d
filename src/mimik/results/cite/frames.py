"""Sentences on frames: which were taken, how values were followed over time, what came of the sources."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from pathlib import PurePath
from typing import Any

from mimik.faces.quality import QualityLimits
from mimik.results.cite.made_by import Sources
from mimik.tasks.words import listed
from mimik.temporal.follow import NEWCOMER_S
from mimik.temporal.neutral import SHARE


def how_seen() -> str:
    """Which faces are too poor to trust."""
    limits = QualityLimits()
    return (
        "Faces were marked as not to be trusted if they were smaller than "
        f"{limits.min_size_px:g} pixels, lay more than {100 * (1 - limits.min_inside):g} % outside the "
        f"picture, were turned away by more than {limits.max_yaw_deg:g} degrees (if their landmarks were "
        "found), or were too dark, too bright or blurred, or if a model told that a part of the face was "
        "covered, or that the picture was pixelated, badly compressed or not a photograph."
    )


def how_moving(settings: Mapping[str, Any], subjects: Mapping[str, float]) -> str:
    """How values were followed over time.

    Args:
        settings: Those of the run.
        subjects: What is read to the time constant of its smoothing, in seconds.
    """
    keep_s = settings.get("keep_id_s")
    gap = f" and kept their identity while out of sight for up to {keep_s:g} s" if keep_s else ""
    tracked = f"In videos, people were tracked from frame to frame by the position of their faces{gap}"
    text = _how_followed(settings) + tracked
    smoothing = settings.get("smoothing")
    if smoothing is None:
        return f"{text}."
    strength = smoothing.get("strength", 1.0)
    if not strength:
        return f"{text}; values were not smoothed over time."
    told = [f"{tau_s * strength:g} s ({subject})" for subject, tau_s in subjects.items()]
    constants = f"a time constant of {told[0]}" if len(told) == 1 else f"time constants of {listed(told)}"
    return f"{text}, and values were smoothed by an exponential moving average with {constants}."


def _how_followed(settings: Mapping[str, Any]) -> str:
    """In which frames faces were searched for, and a space; nothing where that was every one."""
    every = settings.get("detect_every", 1)
    if every == 1:
        return ""
    often = f"every {NEWCOMER_S:g} s" if every == "auto" else f"once in {every} frames"
    return (
        f"In videos, the whole picture was searched for faces {often}, and whenever one was lost; between, "
        "the detector followed them in their surroundings. "
    )


def how_frames(
    settings: Mapping[str, Any], sources: Sources | None, resting: list[str]
) -> Iterator[tuple[str, str]]:
    """Which frames were taken, and which face at rest readings are a change from, by topic."""
    if told := listed(_frames(settings.get("frames") or {})):
        yield "frames", f"Of videos, {told}."
    if text := _neutral(settings.get("neutral"), sources, resting):
        yield "neutral", text


def _frames(frames: Mapping[str, Any]) -> list[str]:
    """What was left out of a video, a clause each."""
    told = []
    start_s, end_s = frames.get("start_s") or 0, frames.get("end_s")
    if start_s or end_s is not None:
        until = "the end" if end_s is None else f"second {end_s:g}"
        told.append(f"the part from second {start_s:g} to {until} was read")
    if (every := frames.get("every") or 1) > 1:
        told.append(f"one frame in {every} was taken")
    if (most := frames.get("max_fps")) is not None:
        told.append(f"at most {most:g} frames a second were taken")
    if fps := frames.get("fps"):
        told.append(f"{fps:g} frames a second were assumed where the file does not say")
    if track := frames.get("track"):
        told.append(f"video track {track} was read")
    if side := frames.get("max_size"):
        told.append(f"frames were scaled down to a longer side of at most {side} pixels")
    return told


def _neutral(neutral: Any, sources: Sources | None, resting: list[str]) -> str:
    if neutral is None and not (sources and sources.moved):
        return ""
    what = listed(resting) or "expressions and action units"
    if neutral is None:
        rest = "as set in mimik's app"
    elif isinstance(neutral, str):
        rest = f"taken from {PurePath(neutral).name}"
    else:
        rest = f"taken from the first {neutral:g} s in which the person was seen"
    return (
        f"Readings of {what} are relative to the person's own face at rest, {rest}: {100 * SHARE:.0f} % of "
        "the difference, in log-odds, between that face and an average face at rest was subtracted before "
        "smoothing."
    )


def what_came(sources: Sources) -> str:
    """How many sources were read, failed or ended early, and how many frames and utterances there are."""
    read, frames = len(sources.frames), _amount(sources)
    if sources.failed is None:
        return f"The results hold {frames} from {_count(read, 'source')}."
    whole, left_out = read - sources.partial, _left_out(sources.left_out)
    if not (sources.partial or sources.failed):
        named = {1: "The source was", 2: "Both sources were"}.get(read, f"All {read:,} sources were")
        return f"{named} analysed in full ({frames}).{left_out}"
    told: list[str] = []
    for number, how in ((whole, "in full"), (sources.partial, "in part (cut short or damaged)")):
        verb = "" if told else "was analysed " if number == 1 else "were analysed "
        told += [f"{number:,} {verb}{how}"] if number else []
    told += [f"{sources.failed:,} could not be read"] if sources.failed else []
    return f"Of {_count(read + sources.failed, 'source')}, {listed(told)} ({frames} in all).{left_out}"


def _amount(sources: Sources) -> str:
    """Frames and utterances; no frames where there are utterances alone."""
    frames = sum(sources.frames)
    counts = [_count(frames, "frame")] if frames or not sources.spans else []
    return " and ".join([*counts, *([_count(sources.spans, "utterance")] if sources.spans else [])])


def _left_out(files: int) -> str:
    """Files that were named and aren't read."""
    if not files:
        return ""
    were = "was" if files == 1 else "were"
    return f" {_count(files, 'file')} of other kinds {were} left out."


def _count(number: int, noun: str) -> str:
    return f"{number:,} {noun}{'' if number == 1 else 's'}"
