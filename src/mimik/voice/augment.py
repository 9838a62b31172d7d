"""Sound as it might have been recorded elsewhere or said by another: what training varies. Pure."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

import numpy as np
from numpy.typing import NDArray

from mimik.errors import OptionError
from mimik.types import SOUND_RATE, Samples
from mimik.voice.features import Features

TELEPHONE_HZ = (300.0, 3400.0)
"""The band of a telephone (ITU-T G.712)."""
TAPS = 513
"""Samples of the telephone's filter: its edges are 100 Hz wide."""
LOBES = 16
"""Zeros of the sinc on each side when sound is resampled."""

_SLOPES = {"white": 0.0, "pink": 0.5, "brown": 1.0}
"""Colour to the power of the frequency by which its amplitude falls."""


def noise(length: int, colour: Literal["white", "pink", "brown"], rng: np.random.Generator) -> Samples:
    """Noise of mean square 1, so many samples; its power falls by 0, 3 or 6 dB an octave."""
    if colour not in _SLOPES:
        raise OptionError(f"noise is {', '.join(_SLOPES)}, not {colour!r}")
    spectrum = np.fft.rfft(rng.normal(size=length))
    spectrum[1:] /= np.arange(1, len(spectrum)) ** _SLOPES[colour]
    spectrum[:1] = 0
    return _of_power(np.fft.irfft(spectrum, length), 1.0)


def add_noise(samples: Samples, disturbance: Samples, snr_db: float) -> Samples:
    """Mix noise in at a stated ratio of the mean power of both, over the whole length.

    Args:
        samples: Mono float32; if they are silent, they stay so.
        disturbance: Noise, music, other voices; repeated or cut to the same length.
        snr_db: Of samples over noise, in decibels.

    Raises:
        OptionError: The noise is empty or silent.
    """
    if not np.any(disturbance):
        raise OptionError("the noise is empty or silent; take another recording of it")
    fitted = np.resize(disturbance, samples.shape)
    if not np.any(fitted) or not np.any(samples):
        return samples.copy()
    scaled = _of_power(fitted, _power(samples) / 10 ** (snr_db / 10))
    return (samples + scaled).astype(np.float32)


def room_response(decay_s: float, direct_db: float, rng: np.random.Generator) -> Samples:
    """What a clap would sound like in a made-up room: the clap, then noise that dies away exponentially.

    Args:
        decay_s: Time in which the reverberation falls by 60 dB (RT60): 0.3 in a living room, 1 in a hall.
        direct_db: The clap over the energy of all that follows: 10 near the microphone, -5 across a hall.
        rng: Draws the noise.

    Returns:
        Samples from the clap on, energy 1 in all.
    """
    if not 0.02 <= decay_s <= 10:
        raise OptionError(f"the room's decay must be 0.02 to 10 s, not {decay_s:g}")
    time_s = np.arange(1, round(decay_s * SOUND_RATE)) / SOUND_RATE
    tail = rng.normal(size=len(time_s)) * 10 ** (-3 * time_s / decay_s)
    ratio = 10 ** (direct_db / 10)
    tail *= np.sqrt(1 / (1 + ratio) / np.sum(tail**2))
    return np.concatenate([[np.sqrt(ratio / (1 + ratio))], tail]).astype(np.float32)


def in_room(samples: Samples, response: Samples) -> Samples:
    """What is heard in a room: as long and as loud as before, without delay."""
    if not np.any(samples):
        return samples.copy()
    return _of_power(_convolved(samples, response)[: len(samples)], _power(samples))


def telephone(samples: Samples) -> Samples:
    """What a telephone lets through, 300 to 3400 Hz, without delay; the level within that band stays."""
    heard = _convolved(samples, telephone_filter())
    half = TAPS // 2
    return heard[half : half + len(samples)].astype(np.float32)


def telephone_filter() -> NDArray[np.float64]:
    """What a telephone does to sound, as the taps of a filter of linear phase, at SOUND_RATE."""
    return _band_filter(*TELEPHONE_HZ)


def shift(samples: Samples, by: int) -> Samples:
    """Move sound by so many samples, later if above 0; silence comes in, and what is moved out is lost."""
    moved = np.zeros_like(samples)
    if abs(by) >= len(samples):
        return moved
    if by >= 0:
        moved[by:] = samples[: len(samples) - by]
    else:
        moved[:by] = samples[-by:]
    return moved


def speed(samples: Samples, factor: float) -> Samples:
    """Play sound faster or slower, as a record: pitch, resonances and tempo change together.

    Args:
        samples: Mono float32.
        factor: 0.5 to 2; 1.06 is a semitone up, and the length divided by 1.06.
    """
    if not 0.5 <= factor <= 2:
        raise OptionError(f"the speed must be 0.5 to 2, not {factor:g}")
    places = np.asarray(np.arange(round(len(samples) / factor)) * factor, np.float64)
    # What would come to lie above half the rate must go.
    cutoff = min(1.0, 1 / factor)
    reach = int(np.ceil(LOBES / cutoff))
    padded = np.pad(samples, (reach, reach + 2)).astype(np.float64)
    parts = [
        _at(padded, places[i : i + SOUND_RATE], cutoff, reach) for i in range(0, len(places), SOUND_RATE)
    ]
    return np.concatenate(parts).astype(np.float32) if parts else samples.copy()


def pitch(samples: Samples, semitones: float) -> Samples:
    """Raise or lower a voice by playing it faster or slower (see ``speed``), in the same length.

    Silence fills what becomes shorter; of what becomes longer the end is lost.
    """
    played = speed(samples, 2 ** (semitones / 12))
    return np.pad(played, (0, max(0, len(samples) - len(played))))[: len(samples)]


@dataclass(frozen=True, slots=True)
class MaskOptions:
    """How much of features is hidden (SpecAugment, Park et al., 2019)."""

    times: int = 2
    """Stretches of time that are hidden."""
    longest: float = 0.1
    """The longest of them, as a share of the whole."""
    bands: int = 2
    """Ranges of bands that are hidden."""
    widest: float = 0.15
    """The widest of them, as a share of all bands."""

    def __post_init__(self) -> None:
        if self.times < 0 or self.bands < 0 or not (0 <= self.longest <= 1 and 0 <= self.widest <= 1):
            raise OptionError(
                "masks must be 0 or more and their largest shares 0 to 1, not "
                f"{self.times}, {self.longest:g} in time and {self.bands}, {self.widest:g} in bands"
            )


def mask(features: Features, options: MaskOptions, rng: np.random.Generator) -> Features:
    """Hide stretches of time and ranges of bands behind the features' mean.

    Args:
        features: (frames, bands).
        options: How many, how large; each one's size is drawn from 0 to the largest.
        rng: Draws sizes and places.
    """
    masked = features.copy()
    value = features.mean() if features.size else 0.0
    for axis, count, largest in ((0, options.times, options.longest), (1, options.bands, options.widest)):
        for _ in range(count):
            length = features.shape[axis]
            size = int(rng.integers(0, int(largest * length) + 1))
            start = int(rng.integers(0, length - size + 1))
            hidden = slice(start, start + size)
            masked[hidden if axis == 0 else (slice(None), hidden)] = value
    return masked


def _power(samples: NDArray[np.floating]) -> float:
    """Mean square."""
    return float(np.mean(np.square(samples, dtype=np.float64))) if samples.size else 0.0


def _of_power(samples: NDArray[np.floating], wanted: float) -> Samples:
    """The same at another mean square."""
    present = _power(samples)
    return (samples * np.sqrt(wanted / present) if present else samples).astype(np.float32)


def _convolved(samples: Samples, response: NDArray[np.floating]) -> NDArray[np.float64]:
    """The full convolution, by the transform."""
    length = len(samples) + len(response) - 1
    size = 1 << max(0, length - 1).bit_length()
    product = np.fft.rfft(samples, size) * np.fft.rfft(response, size)
    return np.asarray(np.fft.irfft(product, size)[:length], np.float64)


def _band_filter(low_hz: float, high_hz: float) -> NDArray[np.float64]:
    """A band-pass of linear phase: two sincs in Blackman's window, gain 1 in the middle of the band."""
    place = np.arange(TAPS) - TAPS // 2
    low, high = (2 * hertz / SOUND_RATE for hertz in (low_hz, high_hz))
    taps = (high * np.sinc(high * place) - low * np.sinc(low * place)) * np.blackman(TAPS)
    middle = np.cos(2 * np.pi * np.sqrt(low_hz * high_hz) / SOUND_RATE * place)
    return np.asarray(taps / np.sum(taps * middle), np.float64)


def _at(
    padded: NDArray[np.float64], places: NDArray[np.float64], cutoff: float, reach: int
) -> NDArray[np.float64]:
    """Sound between its samples, by a sinc in Hann's window.

    Args:
        padded: With ``reach`` zeros before and more after.
        places: Where, in samples.
        cutoff: Share of half the rate that is kept.
        reach: Samples on each side that count.
    """
    first = np.floor(places).astype(int)
    taps = np.arange(1 - reach, reach + 1)
    away = (places - first)[:, None] - taps
    weights = cutoff * np.sinc(cutoff * away) * (0.5 + 0.5 * np.cos(np.pi * np.clip(away / reach, -1, 1)))
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray(np.einsum("pt,pt->p", padded[first[:, None] + taps + reach], weights), np.float64)
