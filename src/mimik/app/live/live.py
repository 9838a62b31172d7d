"""One viewer's connection: frames in, answers out, the newest frame first, never a growing delay."""

from __future__ import annotations

import asyncio
import math
import time
from collections import deque
from collections.abc import Coroutine
from typing import TYPE_CHECKING, Any

from fastapi import WebSocket, WebSocketDisconnect

from mimik.app.live.feeds import End, Feed, Slot, Viewer
from mimik.app.live.frames import Sent, frame_of
from mimik.app.live.fusing import LiveFusing
from mimik.app.live.listening import Listening
from mimik.app.live.messages import (
    LATEST_S,
    Change,
    Mark,
    Options,
    Record,
    Reference,
    Start,
    Stop,
    frame_message,
    is_sound,
    join_frame,
    preview,
    split_frame,
    understand,
    wanted,
)
from mimik.app.live.offers import ReadOptions
from mimik.app.live.seats import Place
from mimik.app.live.wire import Wire
from mimik.app.store.recorder import Recording
from mimik.errors import MimikError, RefusedError
from mimik.pipeline.reread import resting_names
from mimik.pipeline.session import Step, StreamSession
from mimik.temporal.neutral import rests_of
from mimik.types import Frame

if TYPE_CHECKING:
    from mimik.app.state import State

TELL_S = 1.0
"""Between two words on how much is recorded."""
RATE_S = 3.0
"""Over which frames a second are counted."""


async def first_of(*work: Coroutine[Any, Any, None]) -> None:
    """Do several things at once until one ends; the others are cancelled, and none is left behind.

    Raises:
        BaseException: What ended the first one. If two end at once, both are heard, and one is raised.
    """
    tasks = [asyncio.ensure_future(one) for one in work]
    try:
        done, _ = await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
    for task in done:
        task.result()


class Connection:
    """A viewer. ``run`` returns when it is over."""

    def __init__(self, state: State, socket: WebSocket) -> None:
        self._state, self._wire = state, Wire(socket)
        self._slot: Slot[Sent | Frame] = Slot()
        self._wish: dict[str, Any] = {"listen": False}
        """What the viewer named of what is read, and how."""
        self._read_options = state.engine.options()
        self._session: StreamSession | None = None
        self._preview = self._blur = False
        self._browser = True
        self._feed: Feed | None = None
        self._viewer: Viewer | None = None
        self._recording: Recording | None = None
        self._reference = "none"
        self._wanted_rest: float | None = None
        self._told_s = 0.0
        self._count = self._counted_skips = 0
        self._answered: deque[float] = deque()
        self._place: Place | None = None
        self._listening = Listening(state, self._wire, self._record_span, self._tell_due)

    async def run(self) -> None:
        """Talk until one side ends it."""
        try:
            if not self._state.seats.free:
                await self._turn_away()
                return
            start = await asyncio.wait_for(self._first(), self._state.options.waits.start_s)
            await self._serve(start)
        except TimeoutError:
            await self._wire.close(1008, "no start message came")
        except MimikError as error:  # a model can't be loaded
            await self._wire.complain(error)
            await self._wire.close(1011, "it can't be read")
        except WebSocketDisconnect:
            pass
        finally:
            await asyncio.shield(self._listening.stop())
            if self._feed and self._viewer:
                self._feed.leave(self._viewer)
            await self._end_recording()

    async def _serve(self, start: Start) -> None:
        """Give a viewer a place, as long as it stays and another doesn't need it more."""
        with self._state.seats.place(watches=start.source != "browser") as place:
            if place is None:
                await self._turn_away()
                return
            self._place = place
            with self._state.sockets.busy(self._wire.scope):
                await self._begin(start)
                await first_of(
                    self._read_frames(), self._listen(), self._listening.tell(), self._give_way(place)
                )

    async def _turn_away(self) -> None:
        """There is no place."""
        seats = self._state.seats
        self._state.metrics.add("live_refused")
        reason = f"{len(seats)} of {seats.most} connections are in use; close one or raise --connections"
        await self._wire.close(1013, reason)

    async def _give_way(self, place: Place) -> None:
        """Leave when someone else needs the place."""
        await place.wanted.wait()
        await self._wire.close(
            1013, f"nothing came for {place.idle_s:.0f} s, and another viewer needs the place"
        )

    # What the viewer says

    async def _first(self) -> Start:
        """The start message; anything else is answered with an error."""
        while True:
            message = await self._wire.receive()
            if text := message.get("text"):
                try:
                    said = understand(text)
                except RefusedError as refusal:
                    await self._wire.complain(refusal)
                    continue
                if isinstance(said, Start):
                    return said
            await self._wire.complain(
                RefusedError("invalid", 'the first message must be {"type":"start",...}')
            )

    async def _begin(self, start: Start) -> None:
        self._browser = start.source == "browser"
        self._preview = not self._browser
        await self._apply(start)
        await self._wire.send({"type": "ready", "session_clock": 0})
        if start.record is not None:
            try:
                await self._record(Record(type="record", session=start.record, zero_s=start.zero_s))
            except RefusedError as refusal:
                await self._wire.complain(refusal)
        if start.source != "browser":
            self._viewer = Viewer(self._slot)  # type: ignore[arg-type]
            try:
                self._feed = self._state.feeds.join(start.source.index, self._viewer)
                self._listening.attach(self._feed)
            except RefusedError as refusal:
                await self._wire.complain(refusal)
                self._slot.finish(End(str(refusal)))

    async def _listen(self) -> None:
        while True:
            message = await self._wire.receive()
            if self._place:
                self._place.heard()
            try:
                if (data := message.get("bytes")) is not None:
                    self._take(data)
                elif await self._obey(message.get("text") or ""):
                    return
            except MimikError as error:
                await self._wire.complain(error)

    def _take(self, data: bytes) -> None:
        """A frame or a block of sound of the browser."""
        if not self._browser:
            raise RefusedError("invalid", "frames come from the server's source here; don't send any")
        if is_sound(data):
            self._listening.take(data)
            return
        time_s, picture = split_frame(data)
        if not math.isfinite(time_s) or abs(time_s) > LATEST_S:
            raise RefusedError("bad_frame", f"a frame's time must be seconds, not {time_s}")
        self._slot.offer(Sent(picture, self._count, time_s))
        self._count += 1

    async def _obey(self, text: str) -> bool:
        """Do what a text says; whether it is the end."""
        said = understand(text)
        match said:
            case Stop():
                self._slot.finish(End("stopped"))
                await self._listening.flush()
                await asyncio.sleep(0.5)  # for the frame at work
                return True
            case Start():
                raise RefusedError("invalid", "it has started already; send options, or connect again")
            case Change():
                await self._apply(said)
            case Record():
                await self._record(said)
            case Mark():
                await self._mark(said)
            case Reference():
                await self._refer(said)
        return False

    async def _apply(self, options: Options) -> None:
        """Take over options; what isn't named stays."""
        if options.blur is not None:
            self._blur = options.blur
        if options.preview is not None:
            self._preview = options.preview
        wish = self._wish | wanted(options)
        changed = self._state.engine.options(**wish)
        self._state.options.limits.check("detect_size", detect_size=changed.detect_size)
        before = self._read_options
        if others := self._session is None or changed.of_faces != before.of_faces:
            self._session = await asyncio.to_thread(self._state.engine.session, changed)
        if others or changed.of_voices != before.of_voices:
            await self._fuse(changed)
        await self._listening.apply(changed)
        self._read_options = changed
        if others and self._reference != "none":
            await self._tell_reference("none", 0)  # Other models see a face at rest otherwise.
        if others and self._recording:
            self._recording.new_people()
        if self._recording and changed != before:
            info = (await asyncio.to_thread(self._state.engine.info, changed)).to_dict()
            await asyncio.to_thread(self._state.sessions.add_made_by, self._recording.session_id, info)
        self._wish = wish

    async def _fuse(self, options: ReadOptions) -> None:
        """Take over what joins face and voice; those who know each other by other ids begin anew."""
        fusion, note = await asyncio.to_thread(self._state.engine.fusion, options)
        self._listening.fusing = LiveFusing(fusion)
        if note:
            await self._wire.complain(RefusedError("not_fused", note))

    async def _record(self, said: Record) -> None:
        await self._listening.flush()  # What is being said belongs to what it was said in.
        await self._end_recording()
        if said.session is not None:
            zero_s = 0.0 if said.zero_s is None and self._browser else said.zero_s
            info = await asyncio.to_thread(self._state.engine.info, self._read_options)
            self._recording = await asyncio.to_thread(self._state.recorder.begin, said.session, info, zero_s)
        await self._tell_recording()

    async def _end_recording(self) -> None:
        recording, self._recording = self._recording, None
        if recording:
            # Shielded: rows must reach the disk, though the connection is being torn down.
            await asyncio.shield(asyncio.to_thread(self._state.recorder.end, recording))

    def _record_span(self, span: dict[str, Any]) -> None:
        """An utterance was heard; called in another thread."""
        if recording := self._recording:
            recording.add_span(span)

    async def _mark(self, said: Mark) -> None:
        recording = self._recording
        if recording is None:
            raise RefusedError("not_recording", "a live marker needs a recording; start one first")
        values = {"time_s": recording.last_s, "label": said.label, "note": said.note}
        marker = await asyncio.to_thread(self._state.markers.add, recording.session_id, values)
        await self._wire.send({"type": "marker", "marker": marker})

    async def _refer(self, said: Reference) -> None:
        """Collect faces at rest anew, or forget them; the next frame is the first that knows."""
        if said.seconds is None and not said.clear:
            raise RefusedError("invalid", 'a reference names its "seconds", or says "clear": true')
        assert self._session is not None
        if not said.clear and not resting_names() & set(self._read_options.tasks):
            raise RefusedError("no_rest", "a neutral face means nothing without emotion or action units")
        if not said.clear:
            rests_of(self._session.recogniser.models)  # Says whose card doesn't know a face at rest.
        self._wanted_rest = 0.0 if said.clear else said.seconds
        await self._tell_reference("none" if said.clear else "collecting", 0)

    def _take_rest(self, session: StreamSession) -> None:
        """Do what was asked about faces at rest, between two frames."""
        wanted, self._wanted_rest = self._wanted_rest, None
        if wanted:
            session.neutrals.collect(wanted)
        elif wanted is not None:
            session.neutrals.clear()

    async def _tell_reference(self, state: str, faces: int) -> None:
        self._reference = state
        await self._wire.send({"type": "reference", "state": state, "faces": faces})

    # What it is told

    async def _read_frames(self) -> None:
        """Read the newest frame, again and again, until the source is over."""
        pause_s = 1 / self._state.options.limits.rate_fps
        while True:
            item = await self._slot.take()
            if isinstance(item, End):
                await self._listening.flush()
                await self._wire.send({"type": "end", "message": item.message})
                await self._wire.close(1000, "")
                return
            began_s = time.monotonic()
            await self._read_one(item)
            await asyncio.sleep(max(0.0, began_s + pause_s - time.monotonic()))

    async def _read_one(self, item: Sent | Frame) -> None:
        came_s = item.came_s if isinstance(item, Sent) else time.monotonic()
        limits, metrics = self._state.options.limits, self._state.metrics
        assert self._session is not None
        session = self._session
        self._take_rest(session)
        picture = self._preview and isinstance(item, Frame)
        blur, recording, fusing = self._blur, self._recording, self._listening.fusing
        session.search_all(blur)  # Nobody may be seen on coming in.

        def tell(step: Step) -> tuple[dict[str, Any], bytes | None]:
            fusing.see(step.result)
            message = frame_message(step)
            if recording:
                recording.add(message["frame"])
            return message, preview(step, blur) if picture else None

        options = self._read_options
        try:
            message, shown = await self._state.engine.read(
                session, lambda: frame_of(item, options, limits), tell
            )
        except MimikError as error:
            metrics.add("frames_failed")
            await self._wire.complain(error, item.time_s)
            return
        if shown is not None:
            await self._wire.send_bytes(join_frame(item.time_s, shown))
        now_s = time.monotonic()
        # Times that a browser sent go back as they came: it compares them.
        message |= {
            "time_s": item.time_s,
            "latency_ms": round(1000 * (now_s - came_s), 1),
            "skipped": self._slot.skipped,
            "fps": self._rate(now_s),
        }
        await self._wire.send(message)
        known = [session.neutrals.known(face["id"]) for face in message["frame"]["faces"]]
        if self._reference == "collecting" and (faces := sum(one.faces for one in known if one)):
            await self._tell_reference("set", faces)
        metrics.add("frames")
        metrics.add("faces", len(message["frame"]["faces"]))
        metrics.add("frames_skipped", self._slot.skipped - self._counted_skips)
        metrics.latency(now_s - came_s)
        self._counted_skips = self._slot.skipped
        await self._tell_due()

    def _rate(self, now_s: float) -> float:
        """Answers a second, lately."""
        self._answered.append(now_s)
        while self._answered[0] < now_s - RATE_S:
            self._answered.popleft()
        span = now_s - self._answered[0]
        return round((len(self._answered) - 1) / span, 1) if span > 0 else 0.0

    async def _tell_due(self) -> None:
        if self._recording and time.monotonic() - self._told_s >= TELL_S:
            await self._tell_recording()

    async def _tell_recording(self) -> None:
        self._told_s = time.monotonic()
        recording = self._recording
        if recording and recording.problem:
            await self._wire.send({"type": "error", "code": "not_saved", "message": recording.problem})
        told: dict[str, Any] = {"type": "recording", "session": None, "frames": 0, "spans": 0}
        if recording:
            told |= {
                "session": recording.session_id,
                "frames": recording.saved,
                "spans": recording.saved_spans,
                "zero_s": recording.zero_s,
            }
        await self._wire.send(told)
