"""The WebSocket of live viewers, and how many there may be."""

from __future__ import annotations

from fastapi import APIRouter, WebSocket

from mimik.app.live.live import Connection
from mimik.app.state import state_of

router = APIRouter()


@router.websocket("/v1/live")
async def live(socket: WebSocket) -> None:
    """Frames in, answers out: docs/app.md holds the messages."""
    here = state_of(socket)
    most = here.options.limits.connections
    await socket.accept()
    if here.seats >= most:
        here.metrics.add("live_refused")
        reason = f"{here.seats} of {most} connections are in use; close one or raise --connections"
        await socket.close(1013, reason)
        return
    here.seats += 1
    try:
        await Connection(here, socket).run()
    finally:
        here.seats -= 1
