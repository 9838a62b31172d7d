/** A live run: a source, its connection, what came of it, and a recording. Used in Live and in Studies. */
import { batch, signal } from "@preact/signals";
import { messageOf } from "../api/http";
import { LiveClient, type LiveOptions, type LiveState } from "../api/live";
import type { Frame, SpanResult } from "../api/results";
import type { Hearing, LiveFrame } from "../api/types";
import { clock } from "../logic/format";
import { BlinkCounts } from "../logic/mesh";
import { chosenFace } from "../logic/readings";
import { Timeline } from "../logic/timeline";
import type { PlanePoint } from "../parts/Plane";
import { texts } from "../texts";
import { Capture } from "./capture";
import { hold, release, type Question } from "./leaving";
import { Losses } from "./losses";
import { Marks } from "./marks";
import { say } from "./say";
import { groupsWanted, modelsWanted, priorsWanted, setName, smoothing, tasksWanted } from "./reading";
import { canListen, settings } from "./server";
import { ShownPicture } from "./shownPicture";
import { VideoKeeper, type Shown } from "./videoKeeper";
import { Voice } from "./voice";

export interface Recording {
  session: string | number;
  name: string;
  zero_s: number;
  frames: number;
  /** Utterances. */
  spans: number;
}

type Rest = "collecting" | "set" | "none";

/** What reads faces. */
export type Wish = Pick<LiveOptions, "models" | "model" | "tasks" | "smoothing" | "age_groups" | "prior">;

export function wishOf(set: string): Wish {
  const tasks = tasksWanted(set);
  return {
    models: set,
    model: modelsWanted(set),
    tasks,
    smoothing: smoothing.value,
    age_groups: groupsWanted(set),
    prior: priorsWanted(tasks),
  };
}

const TRAIL = 40;
/** Older readings are shown as such. */
const STALE_S = 1;
const AGE_MS = 250;
const BUSY_AGAIN_MS = 1500;
/** A minute: a server notices after that a connection that broke is gone. */
const BUSY_TRIES = 40;
/** Why a recording can't go on: another window has it, or it was deleted. */
const OVER = ["busy", "not_found"];

export class LiveRun {
  readonly state = signal<LiveState>("off");
  readonly message = signal<string | null>(null);
  readonly problem = signal<string | null>(null);
  readonly opening = signal(false);
  readonly answer = signal<LiveFrame | null>(null);
  readonly chosen = signal<number | null>(null);
  readonly delay = signal<number | null>(null);
  readonly fps = signal(0);
  /** Whole seconds since what is shown was read; null while it is new, or there is nothing. */
  readonly stale = signal<number | null>(null);
  /** Gives the camera no pictures, though it is open? */
  readonly silent = signal(false);
  readonly recording = signal<Recording | null>(null);
  /** The last recording that has ended. */
  readonly kept = signal<Recording | null>(null);
  readonly reference = signal<Rest>("none");
  readonly hide = signal(false);
  /** Is there no camera, and voices alone are read? */
  readonly blind = signal(false);
  readonly version = signal(0);
  readonly video = new VideoKeeper(() => this.keepable());
  readonly losses = new Losses();
  readonly marks = new Marks();
  readonly voice = new Voice({
    sound: (samples, atMs) => this.client?.sendSound(this.capture.timeOf(atMs), samples),
    gone: () => this.microphoneGone(),
  });
  timeline = new Timeline();
  trail: PlanePoint[] = [];
  readonly blinks = new BlinkCounts();
  atServer = false;

  private readonly capture = new Capture(
    { ended: () => this.cameraGone(), silent: (on) => this.cameraSilent(on) },
    () => this.hide.value,
  );
  private client: LiveClient | null = null;
  private view: HTMLVideoElement | null = null;
  private timer = 0;
  private answeredMs = 0;
  private busyTries = 0;
  private readonly shown = new ShownPicture((time) => this.capture.copyAt(time));

  /** What is seen in the camera's place; null where that is itself. */
  get picture() {
    return this.shown.now;
  }

  /** `question` is asked before a recording is left. */
  constructor(private readonly question: Question = texts.live.leaving) {}

  get running(): boolean {
    return this.state.value !== "off" && this.state.value !== "ended";
  }

  /** Seconds on the page's clock, that of the frames. */
  get time(): number {
    return this.atServer ? this.newest : this.capture.time;
  }

  /** The time of the newest that was read or heard. */
  get newest(): number {
    return Math.max(this.answer.value?.time_s ?? 0, this.voice.time.value);
  }

  async startCamera(device: string, video: HTMLVideoElement, wish: Wish): Promise<void> {
    const joins = this.blind.value;
    if (!joins) this.begin(false);
    this.opening.value = true;
    this.view = video;
    try {
      await this.capture.open(device, video);
    } catch (error) {
      this.opening.value = false;
      this.problem.value = messageOf(error);
      return;
    }
    this.blind.value = this.opening.value = false;
    if (joins && this.client) return this.capture.connect(this.client);
    this.capture.startClock();
    this.connect("browser", wish);
  }

  startServer(index: number, wish: Wish): void {
    this.begin(true);
    this.connect({ index }, wish);
  }

  /** Reads voices, too; alone, where nothing is looked at. */
  async listen(wish: Wish): Promise<void> {
    if (!this.running) this.begin(false);
    const heard = await this.voice.open(this.atServer);
    this.opening.value = false;
    if (!heard) return;
    if (this.client) return this.client.change({ listen: true });
    this.blind.value = true;
    this.capture.startClock();
    this.connect("browser", wish);
  }

  stopListening(): void {
    this.voice.close();
    this.client?.change({ listen: false });
    if (this.blind.value) this.stop();
  }

  stop(): void {
    this.stopRecording();
    clearInterval(this.timer);
    document.removeEventListener("visibilitychange", this.watchSight);
    this.client?.stop();
    this.client = null;
    this.capture.close();
    this.voice.close();
    batch(() => {
      this.blind.value = false;
      this.state.value = "off";
      this.answer.value = null;
      this.shown.clear();
      this.stale.value = null;
      this.silent.value = false;
      this.reference.value = "none";
    });
  }

  record(session: string | number, name: string, zero?: number): void {
    const zero_s = zero ?? this.time;
    this.marks.clear();
    this.kept.value = null;
    this.problem.value = null;
    this.recording.value = { session, name, zero_s, frames: 0, spans: 0 };
    this.losses.begin(session);
    this.client?.record(session, zero_s);
    hold(this, this.question);
    if (this.view && !this.atServer) this.video.begin(session, this.view.videoWidth, this.view.videoHeight);
  }

  stopRecording(): Recording | null {
    const done = this.recording.value;
    this.video.end();
    if (!done) return null;
    release(this);
    this.losses.end(this.recordedTime);
    this.client?.record(null);
    this.recording.value = null;
    this.kept.value = done;
    return done;
  }

  /** Seconds since the recording began; 0 without one. */
  get recordedTime(): number {
    const recording = this.recording.value;
    return recording ? Math.max(0, this.time - recording.zero_s) : 0;
  }

  mark(label: string): void {
    const recording = this.recording.value;
    if (recording) this.marks.add(recording.session, this.recordedTime, label);
  }

  neutral(seconds: number | null): void {
    if (seconds === null) this.reference.value = "none";
    this.client?.neutral(seconds);
  }

  setHide(hide: boolean): void {
    this.hide.value = hide;
    if (!this.atServer) hide ? this.shown.cover() : (this.picture.value = null);
    this.client?.change({ blur: hide });
  }

  /** Read by other models, other tasks, or with other smoothing from now on, as the page is set. */
  readOtherwise(): void {
    const hears = this.voice.on.value && canListen(setName());
    this.client?.change({ ...wishOf(setName()), listen: hears });
    if (hears || !this.voice.on.value) return;
    this.voice.close();
    this.voice.problem.value = texts.voice.noModel;
  }

  private begin(atServer: boolean): void {
    this.stop();
    this.atServer = atServer;
    this.timeline = new Timeline();
    this.losses.reset();
    this.voice.clear();
    this.trail = [];
    this.blinks.clear();
    this.marks.clear();
    this.problem.value = null;
    this.kept.value = null;
    this.opening.value = true;
    this.version.value += 1;
    if (this.hide.value && !atServer) this.shown.cover();
  }

  private connect(source: "browser" | { index: number }, wish: Wish): void {
    const options = {
      source,
      ...wish,
      preview: this.atServer,
      blur: this.hide.value,
      listen: this.voice.on.value,
    };
    this.opening.value = false;
    this.client = new LiveClient(options, this.events(), settings.value?.limits.rate_fps ?? 15);
    if (!this.atServer) this.capture.connect(this.client);
    this.client.start();
    this.timer = window.setInterval(() => this.age(), AGE_MS);
    document.addEventListener("visibilitychange", this.watchSight);
  }

  private events() {
    return {
      state: (state: LiveState, message: string | null) =>
        batch(() => {
          this.state.value = state;
          this.message.value = message;
          // A new connection knows no face at rest.
          if (state === "ready") this.takeReference("none");
          if (state === "lost") this.losses.from("connection", this.lastTime, this.voice.on.value);
          if (state !== "ended") return;
          this.stopRecording();
          this.voice.close();
        }),
      frame: (answer: LiveFrame, way: number | null, fps: number) => this.take(answer, way, fps),
      preview: (time: number, blob: Blob) => void this.shown.preview(time, blob, () => this.answer.value?.time_s ?? -Infinity),
      recording: (session: string | number | null, frames: number, spans: number) => {
        if (this.recording.value && session !== null) {
          this.busyTries = 0;
          this.losses.to("connection", this.recordedTime);
          this.recording.value = { ...this.recording.value, frames, spans };
        }
      },
      hearing: (hearing: Hearing) => this.voice.hear(hearing),
      span: (span: SpanResult) => this.voice.add(span),
      reference: (state: Rest) => this.takeReference(state),
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
    if (OVER.includes(code)) this.stopRecording();
  }

  /** What isn't there any more, though nobody took it away, is said. */
  private takeReference(state: Rest): void {
    if (state === "none" && this.reference.value !== "none") say(texts.live.neutralGone, "problem");
    this.reference.value = state;
  }

  private cameraGone(): void {
    const at = this.recording.value && clock(this.recordedTime, true);
    if (at) this.losses.tell(texts.live.cameraGoneAt(at));
    this.stop();
    this.problem.value = texts.live.cameraGone;
  }

  private microphoneGone(): void {
    if (this.recording.value) this.losses.tell(texts.voice.goneAt(clock(this.recordedTime, true)));
    this.stopListening();
  }

  private cameraSilent(silent: boolean): void {
    this.silent.value = silent;
    if (!silent || !this.recording.value) return;
    this.losses.tell(texts.live.cameraSilentAt(clock(this.lastTime, true)));
    this.stopRecording();
  }

  /** The session's time of the newest reading. */
  private get lastTime(): number {
    const zero = this.recording.value?.zero_s ?? 0;
    return Math.max(0, this.newest - zero);
  }

  private readonly watchSight = () => {
    if (this.atServer) return;
    if (document.hidden) this.losses.from("hidden", this.recordedTime);
    else this.losses.to("hidden", this.recordedTime);
  };

  /** Says how old the readings are, once they are. */
  private age(): void {
    const answer = this.answer.value;
    if (!answer) return;
    const seconds = this.atServer ? (performance.now() - this.answeredMs) / 1000 : this.capture.time - answer.time_s;
    this.stale.value = seconds > STALE_S ? Math.floor(seconds) : null;
  }

  private take(answer: LiveFrame, way: number | null, fps: number): void {
    const faces = answer.frame.faces;
    const frame: Frame = { ...answer.frame, time_s: answer.time_s };
    this.timeline.add(frame);
    this.losses.came(answer.time_s);
    this.blinks.add(answer.time_s, faces);
    this.answeredMs = performance.now();
    batch(() => {
      this.answer.value = answer;
      this.delay.value = way ?? answer.latency_ms;
      this.fps.value = fps || answer.fps;
      this.version.value += 1;
      if (this.atServer) this.shown.showPreview(answer.time_s);
      else this.shown.read(frame, this.hide.value);
    });
    const face = chosenFace(faces, this.chosen.value);
    const point = face ? answer.derived[String(face.id)] : undefined;
    if (point) this.trail = [...this.trail.slice(1 - TRAIL), point];
    this.age();
    void this.capture.pump();
  }

  /** The picture that may be kept: with hidden faces only one that was read. */
  private keepable(): Shown | null {
    return this.hide.value ? (this.picture.value as HTMLCanvasElement | null) : this.view;
  }
}
