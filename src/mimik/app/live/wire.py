"""A viewer's WebSocket: whole messages, one at a time, and errors in the one form that there is."""

from __future__ import annotations

import asyncio
from typing import Any

from fastapi import WebSocket, WebSocketDisconnect

from mimik.app.live.messages import dumps
from mimik.app.problems import answer_of
from mimik.errors import MimikError


class Wire:
    """Sends and receives. Whoever finds the other side gone raises WebSocketDisconnect."""

    def __init__(self, socket: WebSocket) -> None:
        self._socket = socket
        self._sending = asyncio.Lock()
        self.scope = socket.scope
        """The request that it began with."""

    async def receive(self) -> dict[str, Any]:
        """The next message: its "text", or its "bytes"."""
        message = await self._socket.receive()
        if message["type"] == "websocket.disconnect":
            raise WebSocketDisconnect(message.get("code", 1005))
        return dict(message)

    async def send(self, message: dict[str, Any]) -> None:
        """Send a message as text."""
        async with self._sending:
            try:
                await self._socket.send_text(dumps(message))
            except RuntimeError as error:  # closed by the other side meanwhile
                raise WebSocketDisconnect(1006) from error

    async def send_bytes(self, data: bytes) -> None:
        """Send a picture."""
        async with self._sending:
            try:
                await self._socket.send_bytes(data)
            except RuntimeError as error:
                raise WebSocketDisconnect(1006) from error

    async def complain(self, error: MimikError, time_s: float | None = None) -> None:
        """Tell of an error: of the frame of that time, if one is given."""
        answer = answer_of(error)
        code = answer.code if time_s is None or answer.code == "too_large" else "bad_frame"
        message: dict[str, Any] = {"type": "error", "code": code, "message": answer.message}
        await self.send(message if time_s is None else {**message, "time_s": time_s})

    async def close(self, code: int, reason: str) -> None:
        """End it, if it hasn't ended."""
        try:
            await self._socket.close(code, reason)
        except RuntimeError:  # it is closed already
            return
