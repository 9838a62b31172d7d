"""Drawing on pictures and videos, and hiding faces."""

from mimik.tables import late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mimik.render.draw import RenderOptions as RenderOptions
    from mimik.render.hide import Hiding as Hiding
    from mimik.render.hide import hide as hide
else:
    __getattr__ = late(
        __name__,
        {
            "RenderOptions": "mimik.render.draw",
            "Hiding": "mimik.render.hide",
            "hide": "mimik.render.hide",
        },
    )
