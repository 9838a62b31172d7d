/** The live connection: sends the newest frame, never a queue; connects again by itself. */
import { packPicture, packSound, unpackPicture } from "../logic/binary";
import { Flow, Rate, waitMs } from "../logic/flow";
import { withToken } from "./token";
import type { SpanResult } from "./results";
import type { Hearing, LiveFrame, LiveMessage } from "./types";

export type LiveState = "off" | "connecting" | "ready" | "lost" | "full" | "ended";

export interface LiveOptions {
  source: "browser" | { index: number };
  models: string;
  model: readonly string[];
  tasks: readonly string[];
  smoothing: number;
  age_groups: number;
  prior: readonly string[];
  preview: boolean;
  blur: boolean;
  listen: boolean;
}

export interface LiveEvents {
  state(state: LiveState, message: string | null): void;
  frame(frame: LiveFrame, roundTripMs: number | null, fps: number): void;
  preview(time: number, picture: Blob): void;
  recording(session: string | number | null, frames: number, spans: number): void;
  hearing(hearing: Hearing): void;
  span(span: SpanResult): void;
  reference(state: "collecting" | "set" | "none"): void;
  problem(code: string, message: string): void;
}

type Recording = { session: string | number; zero_s?: number };

const FULL = 1013;
const FULL_WAIT_MS = 8000;

export class LiveClient {
  private socket: WebSocket | null = null;
  private timer = 0;
  private attempt = 0;
  private wanted = false;
  private state: LiveState = "off";
  private recording: Recording | null = null;
  private readonly flow: Flow;
  private readonly rate = new Rate();

  constructor(
    private options: LiveOptions,
    private readonly events: LiveEvents,
    rateFps: number,
  ) {
    this.flow = new Flow(2, 4000, 1000 / Math.max(1, rateFps));
  }

  start(): void {
    this.wanted = true;
    this.connect();
  }

  stop(): void {
    this.wanted = false;
    clearTimeout(this.timer);
    if (this.socket?.readyState === WebSocket.OPEN) this.tell({ type: "stop" });
    this.drop();
    this.enter("off", null);
  }

  /** Whether a picture may be sent now; else the next one will be newer. */
  get free(): boolean {
    return this.state === "ready" && this.flow.free(performance.now());
  }

  send(time: number, picture: ArrayBuffer): void {
    if (this.socket?.readyState !== WebSocket.OPEN) return;
    this.flow.sent(time, performance.now());
    this.socket.send(packPicture(time, picture));
  }

  /** Sound isn't skipped; what comes while there is no connection is lost. */
  sendSound(time: number, samples: Float32Array): void {
    if (this.state === "ready" && this.options.listen) this.socket?.send(packSound(time, samples));
  }

  record(session: string | number | null, zero?: number): void {
    this.recording = session === null ? null : zero === undefined ? { session } : { session, zero_s: zero };
    this.tell({ type: "record", ...(this.recording ?? { session: null }) });
  }

  change(options: Partial<LiveOptions>): void {
    this.options = { ...this.options, ...options };
    this.tell({ type: "options", ...options });
  }

  neutral(seconds: number | null): void {
    this.tell(seconds === null ? { type: "reference", clear: true } : { type: "reference", seconds });
  }

  private tell(message: object): void {
    if (this.socket?.readyState === WebSocket.OPEN) this.socket.send(JSON.stringify(message));
  }

  private enter(state: LiveState, message: string | null): void {
    this.state = state;
    this.events.state(state, message);
  }

  private drop(): void {
    const socket = this.socket;
    this.socket = null;
    this.flow.clear();
    if (!socket) return;
    socket.onopen = socket.onmessage = socket.onclose = socket.onerror = null;
    socket.close();
  }

  private connect(): void {
    this.drop();
    if (this.state !== "lost" && this.state !== "full") this.enter("connecting", null);
    const scheme = location.protocol === "https:" ? "wss" : "ws";
    const socket = new WebSocket(`${scheme}://${location.host}${withToken("/v1/live")}`);
    socket.binaryType = "arraybuffer";
    socket.onopen = () => this.open();
    socket.onmessage = (event) => this.take(event.data as string | ArrayBuffer);
    socket.onclose = (event) => this.closed(event.code, event.reason);
    this.socket = socket;
  }

  private open(): void {
    const record = this.recording
      ? { record: this.recording.session, ...("zero_s" in this.recording ? { zero_s: this.recording.zero_s } : {}) }
      : { record: null };
    this.tell({ type: "start", ...this.options, ...record, reference: null });
  }

  private closed(code: number, reason: string): void {
    this.drop();
    if (!this.wanted || this.state === "ended") return;
    this.enter(code === FULL ? "full" : "lost", reason || null);
    const wait = code === FULL ? FULL_WAIT_MS : waitMs(this.attempt);
    this.attempt += 1;
    this.timer = window.setTimeout(() => this.connect(), wait);
  }

  private take(data: string | ArrayBuffer): void {
    if (typeof data !== "string") {
      const found = unpackPicture(data);
      if (found) this.events.preview(found.time, new Blob([found.picture], { type: "image/jpeg" }));
      return;
    }
    this.hear(JSON.parse(data) as LiveMessage);
  }

  private hear(message: LiveMessage): void {
    switch (message.type) {
      case "ready":
        this.attempt = 0;
        return this.enter("ready", null);
      case "frame": {
        const now = performance.now();
        this.rate.add(now);
        const way = this.flow.answered(message.time_s, now);
        return this.events.frame(message, way, this.rate.perSecond(now));
      }
      case "recording":
        if (message.session === null) this.recording = null;
        return this.events.recording(message.session, message.frames, message.spans ?? 0);
      case "hearing":
        return this.events.hearing(message);
      case "span":
        return this.events.span(message.span);
      case "reference":
        return this.events.reference(message.state);
      case "error": {
        const time = (message as { time_s?: number }).time_s;
        if (time !== undefined) this.flow.answered(time, performance.now());
        return this.events.problem(message.code, message.message);
      }
      case "end":
        this.wanted = false;
        return this.enter("ended", message.message);
    }
  }
}
