"""Drawing on pictures and videos, and hiding faces."""

from mimik.tables import late

TYPE_CHECKING = False
if TYPE_CHECKING:
    from mimik.render.draw import RenderOptions as RenderOptions
else:  # Documented here by 0.1.
    __getattr__ = late(__name__, {"RenderOptions": "mimik.render.draw"})
