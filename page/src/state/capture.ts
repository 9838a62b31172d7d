/** From the camera to the connection: each picture once, the newest first, no more than the server answers. */
import { Camera } from "../api/camera";
import type { LiveClient } from "../api/live";
import type { Taken } from "../api/pictures";
import { LOOK_MS, Silence } from "../logic/capture";

/** Pictures that wait for their answer, to be shown with their faces hidden. */
const COPIES = 4;

export interface CaptureEvents {
  /** The camera is gone. */
  ended(): void;
  /** It gives no pictures for now, or gives them again. */
  silent(on: boolean): void;
}

export class Capture {
  private readonly camera: Camera;
  private client: LiveClient | null = null;
  private video: HTMLVideoElement | null = null;
  private fresh = false;
  private busy = false;
  private silence = new Silence(0);
  private silent = false;
  private timer = 0;
  private readonly copies = new Map<number, ImageBitmap>();

  /** `keeps`: are copies wanted of what is sent? */
  constructor(
    private readonly events: CaptureEvents,
    private readonly keeps: () => boolean,
  ) {
    this.camera = new Camera({
      picture: () => this.came(),
      ended: () => events.ended(),
      paused: (on) => this.silence.pause(on, performance.now()),
    });
  }

  /** Seconds since the clock was started. */
  get time(): number {
    return this.camera.time;
  }

  timeOf(atMs: number): number {
    return this.camera.timeOf(atMs);
  }

  startClock(): void {
    this.camera.startClock();
  }

  async open(device: string, video: HTMLVideoElement): Promise<void> {
    await this.camera.open(device, video);
    this.video = video;
    this.silence = new Silence(performance.now());
    this.silent = false;
    this.timer = window.setInterval(() => this.look(), LOOK_MS);
  }

  /** Where pictures go from now on. */
  connect(client: LiveClient): void {
    this.client = client;
  }

  close(): void {
    clearInterval(this.timer);
    this.camera.close(this.video);
    this.client = null;
    this.fresh = false;
    this.forget(Infinity);
  }

  /** Sends the newest picture, if there is one that wasn't sent and the connection is free. */
  async pump(): Promise<void> {
    const { client } = this;
    const { pictures } = this.camera;
    if (!this.fresh || this.busy || !pictures || !client?.free) return;
    this.fresh = false;
    this.busy = true;
    const taken = await pictures.take(this.keeps()).catch(() => null);
    this.busy = false;
    if (client !== this.client) return taken?.picture?.close();
    if (taken) this.send(client, taken);
    void this.pump();
  }

  /** The copy of the picture of a time; older ones are given up. */
  copyAt(time: number): ImageBitmap | null {
    const key = [...this.copies.keys()].find((kept) => Math.abs(kept - time) < 1e-6);
    const copy = key === undefined ? null : (this.copies.get(key) ?? null);
    if (key !== undefined) this.copies.delete(key);
    this.forget(time);
    return copy;
  }

  private came(): void {
    this.silence.came(performance.now());
    this.fresh = true;
    if (this.silent && !this.silence.paused) this.tell(false);
    void this.pump();
  }

  private send(client: LiveClient, { atMs, jpeg, picture }: Taken): void {
    const time = this.camera.timeOf(atMs);
    if (picture) {
      this.copies.set(time, picture);
      const tooMany = [...this.copies.keys()].slice(0, -COPIES);
      this.forget(tooMany[tooMany.length - 1] ?? -Infinity);
    }
    client.send(time, jpeg);
  }

  private forget(until: number): void {
    for (const [time, copy] of this.copies) {
      if (time > until) continue;
      copy.close();
      this.copies.delete(time);
    }
  }

  private look(): void {
    const blind = document.hidden && !this.camera.pictures?.outOfSight;
    if (this.silence.look(performance.now(), blind) && !this.silent) this.tell(true);
  }

  private tell(silent: boolean): void {
    this.silent = silent;
    this.events.silent(silent);
  }
}
