"""Why an answer is what it is."""

from mimik.tables import late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mimik.explain.units import EXCLUDED as EXCLUDED
    from mimik.explain.units import PROTOTYPES as PROTOTYPES
    from mimik.explain.units import valence_arousal as valence_arousal
else:
    __getattr__ = late(
        __name__,
        {
            "EXCLUDED": "mimik.explain.units",
            "PROTOTYPES": "mimik.explain.units",
            "valence_arousal": "mimik.explain.units",
        },
    )
