/** Keeps the video of one recording, where the person says so: what is shown, in a file of their own. */
import { signal } from "@preact/signals";
import { messageOf } from "../api/http";
import { chooseFile, DiskFile, FullError, MemoryFile, type VideoFile } from "../api/videoFile";
import { contain } from "../logic/geometry";
import { BITS_PER_S, videoForm, videoName } from "../logic/video";
import { texts } from "../texts";
import { hold, release } from "./leaving";
import { say } from "./say";

export type Shown = HTMLVideoElement | HTMLCanvasElement;

const FPS = 30;
const PART_MS = 1000;
/** Tells after a reload or crash that a video was lost. */
const UNDER_WAY = "mimik.video";

export const form =
  typeof MediaRecorder !== "undefined" && "captureStream" in HTMLCanvasElement.prototype
    ? videoForm((type) => MediaRecorder.isTypeSupported(type))
    : null;

const owner = {};

function guard(on: boolean): void {
  if (on) hold(owner, null);
  else release(owner);
  try {
    if (on) sessionStorage.setItem(UNDER_WAY, "1");
    else sessionStorage.removeItem(UNDER_WAY);
  } catch {
    // No storage: a loss isn't told after a reload.
  }
}

/** Was a video lost when this page was left? */
export function tellLoss(): void {
  try {
    if (sessionStorage.getItem(UNDER_WAY)) say(texts.video.lost, "problem");
  } catch {
    return;
  }
  guard(false);
}

export class VideoKeeper {
  /** The switch: for one recording, then off again. */
  readonly wanted = signal(false);
  /** From the first picture until the file is closed. */
  readonly keeping = signal(false);
  readonly file = signal<string | null>(null);
  readonly problem = signal<string | null>(null);

  private handle: FileSystemFileHandle | null = null;
  private recorder: MediaRecorder | null = null;
  private timer = 0;

  /** `shown` is the picture of this moment that may be kept: with hidden faces never the camera's own. */
  constructor(private readonly shown: () => Shown | null) {}

  async want(on: boolean): Promise<void> {
    this.wanted.value = on;
    this.problem.value = this.file.value = this.handle = null;
    if (!on || !form) return;
    try {
      const handle = await chooseFile(videoName(null, new Date(), form.extension), form);
      if (!this.wanted.value) return;
      this.handle = handle;
      this.file.value = handle?.name ?? null;
    } catch (error) {
      this.wanted.value = false;
      if (!(error instanceof DOMException && error.name === "AbortError")) this.tell(messageOf(error));
    }
  }

  /** The video's time 0 is now. */
  begin(session: string | number, width: number, height: number): void {
    if (!this.wanted.value || !form || this.keeping.value) return;
    const name = videoName(session, new Date(), form.extension);
    const file = this.handle ? new DiskFile(this.handle) : new MemoryFile(name, form.mime);
    this.wanted.value = false;
    this.handle = null;
    try {
      this.start(file, form.type, width, height);
    } catch (error) {
      this.stopPainting();
      this.tell(texts.video.failed(messageOf(error)));
    }
  }

  /** What is kept until now becomes the file. */
  end(): void {
    this.stopPainting();
    if (this.recorder?.state === "recording") this.recorder.stop();
  }

  private start(file: VideoFile, type: string, width: number, height: number): void {
    const canvas = document.createElement("canvas");
    // Encoders want even sides.
    [canvas.width, canvas.height] = [width - (width % 2), height - (height % 2)];
    const context = canvas.getContext("2d", { alpha: false }) as CanvasRenderingContext2D;
    const recorder = new MediaRecorder(canvas.captureStream(), { mimeType: type, videoBitsPerSecond: BITS_PER_S });
    let failure: string | null = null;
    let writes = Promise.resolve();
    const fail = (error: unknown) => {
      failure ??= error instanceof FullError ? texts.video.full : texts.video.failed(messageOf(error));
      this.end();
    };
    recorder.ondataavailable = ({ data }) => {
      writes = writes.then(() => (failure ? undefined : file.write(data))).catch(fail);
    };
    recorder.onerror = (event) => fail((event as ErrorEvent).error ?? new Error(event.type));
    recorder.onstop = () => {
      this.stopPainting();
      void writes.then(() => this.finish(file, failure));
    };
    recorder.start(PART_MS);
    this.recorder = recorder;
    this.keeping.value = true;
    guard(true);
    // Not the screen's own clock: it stands still for a picture that is out of sight.
    this.timer = window.setInterval(() => this.paint(context), 1000 / FPS);
    this.paint(context);
  }

  private stopPainting(): void {
    clearInterval(this.timer);
  }

  private paint(context: CanvasRenderingContext2D): void {
    const { width, height } = context.canvas;
    // First black: where nothing may be shown, the picture before goes too.
    context.fillRect(0, 0, width, height);
    const picture = this.shown();
    if (!picture) return;
    const video = picture instanceof HTMLVideoElement;
    const [across, down] = video ? [picture.videoWidth, picture.videoHeight] : [picture.width, picture.height];
    const area = contain(across, down, width, height);
    context.drawImage(picture, area.left, area.top, area.width, area.height);
  }

  private async finish(file: VideoFile, failure: string | null): Promise<void> {
    try {
      await file.close();
      if (failure) this.tell(failure);
      else say(texts.video.saved(file.name));
    } catch (error) {
      this.tell(failure ?? texts.video.failed(messageOf(error)));
    }
    guard(false);
    this.recorder = null;
    this.keeping.value = false;
    this.file.value = null;
  }

  private tell(problem: string): void {
    this.problem.value = problem;
    say(problem, "problem");
  }
}
