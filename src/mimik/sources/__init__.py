"""Where frames come from: one file a kind of source."""

from mimik.tables import late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mimik.sources.address import SCHEMES as SCHEMES
    from mimik.sources.base import Source as Source
    from mimik.sources.expand import expand_sources as expand_sources
    from mimik.sources.open import SOURCES as SOURCES
    from mimik.sources.open import SUFFIXES as SUFFIXES
    from mimik.sources.open import open_source as open_source
    from mimik.sources.options import Colour as Colour
    from mimik.sources.options import SourceOptions as SourceOptions
else:
    __getattr__ = late(
        __name__,
        {
            "SCHEMES": "mimik.sources.address",
            "Source": "mimik.sources.base",
            "expand_sources": "mimik.sources.expand",
            "SOURCES": "mimik.sources.open",
            "SUFFIXES": "mimik.sources.open",
            "open_source": "mimik.sources.open",
            "Colour": "mimik.sources.options",
            "SourceOptions": "mimik.sources.options",
        },
    )
