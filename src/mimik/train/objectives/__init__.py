"""What is learned: one file a kind of head."""

from mimik.tables import late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mimik.train.objectives.base import OBJECTIVES as OBJECTIVES
    from mimik.train.objectives.base import Objective as Objective
else:
    __getattr__ = late(
        __name__,
        {
            "OBJECTIVES": "mimik.train.objectives.base",
            "Objective": "mimik.train.objectives.base",
        },
    )
