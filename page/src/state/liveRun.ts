/** A live run: a source, its connection, what came of it, and a recording. Used in Live and in Studies. */
import { batch, signal } from "@preact/signals";
import { Camera, copyOf, toJpeg } from "../api/camera";
import { messageOf } from "../api/http";
import { LiveClient, type LiveOptions, type LiveState } from "../api/live";
import type { Box, Frame } from "../api/results";
import type { LiveFrame, Marker } from "../api/types";
import { Hidden, hideFaces } from "../logic/hiding";
import { chosenFace } from "../logic/readings";
import { Timeline } from "../logic/timeline";
import type { PlanePoint } from "../parts/Plane";
import { say } from "./say";
import { groupsWanted, setName, smoothing, tasksWanted } from "./reading";
import { settings } from "./server";
import { texts } from "../texts";
import { VideoKeeper, type Shown } from "./videoKeeper";

export interface Recording {
  session: string | number;
  name: string;
  zero_s: number;
  frames: number;
}

type Rest = "collecting" | "set" | "none";

/** What reads faces. */
export type Wish = Pick<LiveOptions, "models" | "tasks" | "smoothing" | "age_groups">;

export function wishOf(set: string): Wish {
  return { models: set, tasks: tasksWanted(set), smoothing: smoothing.value, age_groups: groupsWanted(set) };
}

const TICK_MS = 12;
const TRAIL = 40;
const BUSY_AGAIN_MS = 1500;
const BUSY_TRIES = 6;

export class LiveRun {
  readonly state = signal<LiveState>("off");
  readonly message = signal<string | null>(null);
  readonly problem = signal<string | null>(null);
  readonly opening = signal(false);
  readonly answer = signal<LiveFrame | null>(null);
  readonly picture = signal<CanvasImageSource | null>(null);
  readonly chosen = signal<number | null>(null);
  readonly delay = signal<number | null>(null);
  readonly fps = signal(0);
  readonly recording = signal<Recording | null>(null);
  readonly markers = signal<Marker[]>([]);
  readonly reference = signal<Rest>("none");
  readonly hide = signal(false);
  readonly version = signal(0);
  readonly video = new VideoKeeper(() => this.shown());
  timeline = new Timeline();
  trail: PlanePoint[] = [];
  atServer = false;

  private readonly camera = new Camera();
  private client: LiveClient | null = null;
  private view: HTMLVideoElement | null = null;
  private pump = 0;
  private busy = false;
  private busyTries = 0;
  private hidden = new Hidden();
  private readonly waiting = new Map<number, HTMLCanvasElement>();
  private readonly previews = new Map<number, ImageBitmap>();

  get running(): boolean {
    return this.state.value !== "off" && this.state.value !== "ended";
  }

  /** Seconds on the page's clock, that of the frames. */
  get time(): number {
    return this.atServer ? (this.answer.value?.time_s ?? 0) : this.camera.time;
  }

  async startCamera(device: string, video: HTMLVideoElement, wish: Wish): Promise<void> {
    this.begin(false);
    this.view = video;
    try {
      await this.camera.open(device, video);
    } catch (error) {
      this.opening.value = false;
      this.problem.value = messageOf(error);
      return;
    }
    this.connect("browser", wish);
    this.pump = window.setInterval(() => void this.sendNewest(), TICK_MS);
  }

  startServer(index: number, wish: Wish): void {
    this.begin(true);
    this.connect({ index }, wish);
  }

  stop(): void {
    this.video.end();
    clearInterval(this.pump);
    this.client?.stop();
    this.client = null;
    this.camera.close(this.view);
    this.waiting.clear();
    this.clearPreviews();
    batch(() => {
      this.state.value = "off";
      this.answer.value = null;
      this.picture.value = null;
      this.recording.value = null;
      this.reference.value = "none";
    });
  }

  record(session: string | number, name: string, zero?: number): void {
    const zero_s = zero ?? this.time;
    this.markers.value = [];
    this.recording.value = { session, name, zero_s, frames: 0 };
    this.client?.record(session, zero_s);
    if (this.view && !this.atServer) this.video.begin(session, this.view.videoWidth, this.view.videoHeight);
  }

  stopRecording(): Recording | null {
    const done = this.recording.value;
    this.video.end();
    this.client?.record(null);
    this.recording.value = null;
    return done;
  }

  mark(label: string): void {
    if (this.recording.value) this.client?.mark(label);
  }

  neutral(seconds: number | null): void {
    if (seconds === null) this.reference.value = "none";
    this.client?.neutral(seconds);
  }

  setHide(hide: boolean): void {
    this.hide.value = hide;
    if (!hide && !this.atServer) this.picture.value = null;
    if (hide) this.repaint();
    this.client?.change({ blur: hide });
  }

  /** Read by other models, other tasks, or with other smoothing from now on, as the page is set. */
  readOtherwise(): void {
    this.client?.change(wishOf(setName()));
  }

  private begin(atServer: boolean): void {
    this.stop();
    this.atServer = atServer;
    this.timeline = new Timeline();
    this.trail = [];
    this.hidden = new Hidden();
    this.markers.value = [];
    this.problem.value = null;
    this.opening.value = true;
    this.version.value += 1;
    if (this.hide.value) this.repaint();
  }

  private connect(source: "browser" | { index: number }, wish: Wish): void {
    const options = {
      source,
      ...wish,
      preview: this.atServer,
      blur: this.hide.value,
    };
    this.opening.value = false;
    this.client = new LiveClient(options, this.events(), settings.value?.limits.rate_fps ?? 15);
    this.client.start();
  }

  private events() {
    return {
      state: (state: LiveState, message: string | null) =>
        batch(() => {
          this.state.value = state;
          this.message.value = message;
          // A new connection knows no face at rest.
          if (state === "ready") this.takeReference("none");
          if (state === "ended") this.recording.value = null;
        }),
      frame: (answer: LiveFrame, way: number | null, fps: number) => this.take(answer, way, fps),
      preview: (time: number, blob: Blob) => void this.takePreview(time, blob),
      recording: (session: string | number | null, frames: number) => {
        if (this.recording.value && session !== null) {
          this.busyTries = 0;
          this.recording.value = { ...this.recording.value, frames };
        }
      },
      reference: (state: Rest) => this.takeReference(state),
      marker: (marker: Marker) => (this.markers.value = [...this.markers.value, marker]),
      problem: (code: string, message: string) => this.hear(code, message),
    };
  }

  /** After a break the server may not have noticed yet that the old connection is gone. */
  private hear(code: string, message: string): void {
    const recording = this.recording.value;
    if (code === "busy" && recording && this.busyTries < BUSY_TRIES) {
      this.busyTries += 1;
      window.setTimeout(() => {
        if (this.recording.value) this.client?.record(recording.session, recording.zero_s);
      }, BUSY_AGAIN_MS);
      return;
    }
    if (code === "bad_frame") return;
    say(message, "problem");
  }

  /** What isn't there any more, though nobody took it away, is said. */
  private takeReference(state: Rest): void {
    if (state === "none" && this.reference.value !== "none") say(texts.live.neutralGone, "problem");
    this.reference.value = state;
  }

  private async sendNewest(): Promise<void> {
    const { client, view } = this;
    if (!client || !view || this.busy || !client.free) return;
    const canvas = this.camera.grab(view);
    if (!canvas) return;
    this.busy = true;
    const time = this.camera.time;
    if (this.hide.value) this.keep(time, copyOf(canvas));
    const jpeg = await toJpeg(canvas);
    this.busy = false;
    if (jpeg && client === this.client) client.send(time, jpeg);
  }

  private keep(time: number, picture: HTMLCanvasElement): void {
    this.waiting.set(time, picture);
    for (const old of [...this.waiting.keys()].slice(0, -4)) this.waiting.delete(old);
  }

  private take(answer: LiveFrame, way: number | null, fps: number): void {
    const faces = answer.frame.faces;
    const frame: Frame = { ...answer.frame, time_s: answer.time_s };
    this.timeline.add(frame);
    // Also while nothing is hidden: a face that was just lost is known when hiding begins.
    const boxes = this.hidden.boxes(frame);
    batch(() => {
      this.answer.value = answer;
      this.delay.value = way ?? answer.latency_ms;
      this.fps.value = fps || answer.fps;
      this.version.value += 1;
      if (this.atServer) this.showPreview(answer.time_s);
      else if (this.hide.value) this.showHidden(frame, boxes);
    });
    const face = chosenFace(faces, this.chosen.value);
    const point = face ? answer.derived[String(face.id)] : undefined;
    if (point) this.trail = [...this.trail.slice(1 - TRAIL), point];
  }

  /** The frame that was read, with its faces hidden: never the camera's newer one. */
  private showHidden(frame: Frame, boxes: Box[]): void {
    const now = frame.time_s ?? 0;
    const key = [...this.waiting.keys()].find((time) => Math.abs(time - now) < 1e-6);
    const picture = key === undefined ? undefined : this.waiting.get(key);
    if (!picture) return;
    for (const time of [...this.waiting.keys()]) if (time <= now) this.waiting.delete(time);
    hideFaces(picture, boxes, frame.width ?? picture.width, frame.height ?? picture.height);
    this.picture.value = picture;
  }

  /** The picture that may be kept: with hidden faces only one that was read. */
  private shown(): Shown | null {
    return this.hide.value ? (this.picture.value as HTMLCanvasElement | null) : this.view;
  }

  /** Something to show at once, until the first hidden frame comes. */
  private repaint(): void {
    if (this.atServer) return;
    const empty = document.createElement("canvas");
    empty.width = 16;
    empty.height = 9;
    this.picture.value = empty;
  }

  private async takePreview(time: number, blob: Blob): Promise<void> {
    const bitmap = await createImageBitmap(blob);
    this.previews.set(time, bitmap);
    const old = [...this.previews.keys()].slice(0, -4);
    for (const key of old) this.previews.delete(key);
    if (this.answer.value && time <= this.answer.value.time_s + 1e-6) this.showPreview(this.answer.value.time_s);
  }

  private showPreview(time: number): void {
    const bitmap = this.previews.get(time);
    if (bitmap) this.picture.value = bitmap;
  }

  private clearPreviews(): void {
    this.previews.clear();
  }
}
