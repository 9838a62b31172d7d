"""mimik reads faces: emotion, gender and age, in pictures, videos and live, offline."""

__version__ = "0.1.0"
