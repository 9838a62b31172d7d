/** A camera's pictures, each once: told as they come, coded when they are asked for. */
import { CaptureClock } from "../logic/capture";
import { encode, type Asked, type Coded, type Told } from "./pictureCoding";

/** Where the browser tells of no new picture, it is asked so often. */
const ASK_MS = 12;
/** There, a picture that stays the same counts anew after so long. */
const STILL_MS = 1000;

export interface Taken extends Coded {
  /** When it was taken: ms by the page's clock (performance.now()). */
  atMs: number;
}

export interface Pictures {
  /** Whether they come while the tab is out of sight. */
  readonly outOfSight: boolean;
  /** The newest picture, where it wasn't taken before; only one call at a time. */
  take(copy: boolean): Promise<Taken | null>;
  stop(): void;
}

type OnNew = () => void;
type Processor = new (options: { track: MediaStreamTrack }) => { readable: ReadableStream<VideoFrame> };

/** Tells of every new picture of a camera that plays in a video element. */
export function watchPictures(track: MediaStreamTrack, video: HTMLVideoElement, onNew: OnNew): Pictures {
  const processor = (globalThis as { MediaStreamTrackProcessor?: Processor }).MediaStreamTrackProcessor;
  if (processor) return new WorkerPictures(processor, track, video, onNew);
  return new ShownPictures(video, onNew);
}

/** In a worker, which goes on while the tab is out of sight. */
class WorkerPictures implements Pictures {
  private readonly worker: Worker;
  private readonly clock = new CaptureClock();
  private readonly times = new Map<number, number>();
  /** From the worker's clock to the page's, by the message that came quickest: what the time of day says of it may be set in between. */
  private apartMs = Infinity;
  private waiting: ((taken: Taken | null) => void) | null = null;
  /** In the worker's place, should the browser refuse it. */
  private instead: ShownPictures | null = null;

  constructor(processor: Processor, track: MediaStreamTrack, video: HTMLVideoElement, private readonly onNew: OnNew) {
    this.worker = new Worker(new URL("./pictureWorker.ts", import.meta.url), { type: "module" });
    this.worker.onmessage = ({ data }: MessageEvent<Told>) => this.hear(data);
    this.worker.onerror = (event) => {
      console.error("pictures are read in the page, not in a worker:", event.message);
      this.instead ??= new ShownPictures(video, onNew);
      this.answer(null);
    };
    const { readable } = new processor({ track });
    this.tell({ pictures: readable }, [readable as unknown as Transferable]);
  }

  get outOfSight(): boolean {
    return this.instead === null;
  }

  take(copy: boolean): Promise<Taken | null> {
    if (this.instead) return this.instead.take(copy);
    return new Promise((resolve) => {
      this.waiting = resolve;
      this.tell({ copy });
    });
  }

  stop(): void {
    this.instead?.stop();
    this.worker.terminate();
    this.answer(null);
  }

  private tell(message: Asked, transfer: Transferable[] = []): void {
    this.worker.postMessage(message, transfer);
  }

  private hear(told: Told): void {
    if ("coded" in told) {
      const atMs = told.coded && this.times.get(told.coded.stampMs);
      return this.answer(told.coded && atMs ? { ...told.coded, atMs } : null);
    }
    // Until it is asked the worker holds only the newest; then that one or a later, however long it is coded.
    if (!this.waiting) this.times.clear();
    this.apartMs = Math.min(this.apartMs, performance.now() - told.cameMs);
    this.times.set(told.stampMs, this.clock.at(told.stampMs, told.cameMs + this.apartMs));
    this.onNew();
  }

  private answer(taken: Taken | null): void {
    this.waiting?.(taken);
    this.waiting = null;
  }
}

/** By what the video element shows: nothing while the tab is out of sight. */
class ShownPictures implements Pictures {
  readonly outOfSight = false;
  private newestMs: number | null = null;
  private handle = 0;
  /** The picture that was told of last, or was taken before it was told of. */
  private known = "";
  private knownMs = 0;
  /** Whether the last one that was taken had come after the one that was told of. */
  private ahead = false;
  private readonly each: boolean;
  private readonly small = new OffscreenCanvas(32, 18).getContext("2d", {
    alpha: false,
    willReadFrequently: true,
  }) as OffscreenCanvasRenderingContext2D;

  constructor(private readonly video: HTMLVideoElement, private readonly onNew: OnNew) {
    this.each = typeof video.requestVideoFrameCallback === "function";
    if (this.each) this.follow();
    else this.handle = window.setInterval(() => this.look(), ASK_MS);
  }

  async take(copy: boolean): Promise<Taken | null> {
    const atMs = this.newestMs;
    this.newestMs = null;
    const { videoWidth: width, videoHeight: height } = this.video;
    if (atMs === null || !width) return null;
    const coding = encode(this.video, { width, height }, copy); // draws at once
    this.ahead = this.differs();
    const takenMs = this.ahead ? this.knownMs : atMs;
    return { ...(await coding), atMs: takenMs };
  }

  stop(): void {
    if (this.each) this.video.cancelVideoFrameCallback(this.handle);
    else clearInterval(this.handle);
  }

  private follow(): void {
    this.handle = this.video.requestVideoFrameCallback((now, { captureTime }) => {
      this.follow();
      const { ahead } = this;
      this.ahead = false;
      // Pictures that stay the same count; one that was taken before it was told of doesn't count twice.
      if (this.differs() || !ahead) this.came(captureTime ?? now);
    });
  }

  private look(): void {
    if (this.differs() || performance.now() - this.knownMs >= STILL_MS) {
      this.knownMs = performance.now();
      this.came(this.knownMs);
    }
  }

  /** Neither its time nor its count of frames is that of the picture which is shown: the picture itself tells. */
  private differs(): boolean {
    const { width, height } = this.small.canvas;
    this.small.drawImage(this.video, 0, 0, width, height);
    const shown = this.small.getImageData(0, 0, width, height).data.join();
    if (shown === this.known) return false;
    this.known = shown;
    this.knownMs = performance.now();
    return true;
  }

  private came(atMs: number): void {
    this.newestMs = atMs;
    this.onNew();
  }
}
