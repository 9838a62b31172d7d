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
    await socket.accept()
    await Connection(here, socket).run()
