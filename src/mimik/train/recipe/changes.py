"""Random changes of what is trained on, checked when they are built: of pictures, and of utterances."""

from __future__ import annotations

from dataclasses import dataclass

from mimik.errors import RecipeError


@dataclass(frozen=True)
class AugmentOptions:
    """Random changes of each training picture."""

    flip: bool = True
    """Mirror half of them."""
    rotate_deg: float = 12.0
    """Turn by up to this, either way."""
    scale: float = 0.15
    """Grow or shrink the crop by up to this share (uniform in the logarithm)."""
    shift: float = 0.08
    """Move the crop by up to this share of its side, each way."""
    contrast: float = 0.25
    """Multiply the difference from the mean by 1 plus or minus up to this."""
    brightness: float = 0.2
    """Add up to this share of the full range."""
    gamma: float = 0.0
    """Raise to a power of up to exp of this, either way."""
    noise: float = 0.0
    """Standard deviation of Gaussian noise, share of the full range; drawn from 0 to this."""
    blur: float = 0.0
    """Share of pictures that lose resolution (scaled down and back)."""
    blur_most: float = 3.0
    """Times that they are scaled down at most."""
    grey: float = 0.0
    """Share of RGB pictures that lose their colour."""
    erase: float = 0.0
    """Share of pictures in which a rectangle is blanked (Zhong et al. 2017)."""
    occlude: float = 0.0
    """Share of pictures in which eyes, mouth or a half are painted over: by a hand, a mask, glasses, hair."""
    motion: float = 0.0
    """Share of pictures that are blurred along a line, as by movement."""
    motion_most: float = 0.12
    """How long that line is at most, as a share of the crop's side."""
    jpeg: float = 0.0
    """Share of pictures that are coded as a JPEG and back."""
    jpeg_worst: int = 20
    """The lowest quality of those; drawn from this to 95."""

    def __post_init__(self) -> None:
        for name in ("blur", "grey", "erase", "occlude", "motion", "jpeg"):
            if not 0 <= getattr(self, name) <= 1:
                raise RecipeError(f"augment: {name} is a share, 0 to 1, not {getattr(self, name)}")
        for name in ("rotate_deg", "scale", "shift", "contrast", "brightness", "gamma", "noise"):
            if not getattr(self, name) >= 0:
                raise RecipeError(f"augment: {name} must be 0 or more, not {getattr(self, name)}")
        if not 1.2 <= self.blur_most <= 16:
            raise RecipeError(f"augment: blur_most must be 1.2 to 16, not {self.blur_most}")
        if not 0 < self.motion_most <= 0.5:
            raise RecipeError(f"augment: motion_most must be above 0 and at most 0.5, not {self.motion_most}")
        if not 1 <= self.jpeg_worst <= 95:
            raise RecipeError(f"augment: jpeg_worst is a quality, 1 to 95, not {self.jpeg_worst}")


@dataclass(frozen=True)
class HearOptions:
    """What of each training utterance a network hears, and its random changes, made in mel bands."""

    length_s: float = 2.0
    """Length of what it hears: a place drawn from a longer utterance; a shorter one is repeated."""
    whole: bool = False
    """Whether it hears whole utterances in place of that, as in use: each batch has some of like length,
    which are played a little faster or slower so that they become equally long."""
    noise: float = 0.2
    """Share of the utterances with noise: white, pink or brown."""
    noise_from_db: float = 5.0
    """Voice over noise, at the least."""
    noise_to_db: float = 30.0
    """Voice over noise, at the most."""
    telephone: float = 0.1
    """Share that is heard through a telephone's band."""
    room: float = 0.1
    """Share that is heard in a room, which dies away in 0.2 to 0.8 s."""
    tilt: float = 0.2
    """Share that is heard by a microphone that favours some bands."""
    speed: float = 0.1
    """Play it faster or slower by up to this share."""
    warp: float = 0.1
    """Move the resonances of the voice up or down by up to this share."""
    masks: int = 2
    """Stretches of time, and ranges of bands, that are hidden (SpecAugment, Park et al. 2019)."""
    mask_time: float = 0.1
    """The longest such stretch, as a share of the time."""
    mask_bands: float = 0.15
    """The widest such range, as a share of the bands."""

    def __post_init__(self) -> None:
        for name in ("noise", "telephone", "room", "tilt", "mask_time", "mask_bands"):
            if not 0 <= getattr(self, name) <= 1:
                raise RecipeError(f"hear: {name} is a share, 0 to 1, not {getattr(self, name)}")
        for name in ("speed", "warp"):
            if not 0 <= getattr(self, name) <= 0.5:
                raise RecipeError(f"hear: {name} must be 0 to 0.5, not {getattr(self, name)}")
        if not 0.1 <= self.length_s <= 30:
            raise RecipeError(f"hear: length_s must be 0.1 to 30, not {self.length_s}")
        if not -20 <= self.noise_from_db <= self.noise_to_db <= 100:
            raise RecipeError(
                "hear: noise_from_db and noise_to_db must rise within -20 to 100, not "
                f"{self.noise_from_db} and {self.noise_to_db}"
            )
        if self.masks < 0:
            raise RecipeError(f"hear: masks must be 0 or more, not {self.masks}")
