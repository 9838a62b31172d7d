import { afterEach, expect, it, vi } from "vitest";
import type { Asked, Told } from "../src/api/pictureCoding";
import { watchPictures, type Pictures } from "../src/api/pictures";

/** How far the worker's clock is ahead of the page's. */
const AHEAD_MS = 1000;

/** The worker's side, as the page sees it. */
class Worker {
  static made: Worker;
  onmessage: ((event: { data: Told }) => void) | null = null;
  readonly asked: Asked[] = [];

  constructor() {
    Worker.made = this;
  }

  postMessage(message: Asked): void {
    this.asked.push(message);
  }

  terminate(): void {}

  tell(data: Told): void {
    this.onmessage?.({ data });
  }

  /** Pictures came at 30 frames/s, and each was told at once. */
  stamp(first: number, last: number): void {
    const now = vi.spyOn(performance, "now");
    for (let n = first; n <= last; n += 1) {
      now.mockReturnValue(33 * n + 5);
      this.tell({ stampMs: 33 * n, cameMs: 33 * n + 5 + AHEAD_MS });
    }
    now.mockRestore();
  }
}

function watch(): Pictures {
  vi.stubGlobal("Worker", Worker);
  vi.stubGlobal("MediaStreamTrackProcessor", class {
    readonly readable = {};
  });
  return watchPictures({} as MediaStreamTrack, {} as HTMLVideoElement, () => {});
}

const coded = (n: number): Told => ({ coded: { jpeg: new ArrayBuffer(1), picture: null, stampMs: 33 * n } });

afterEach(() => vi.unstubAllGlobals());

it("knows when a picture was taken, however many came while it was coded", async () => {
  const pictures = watch();
  Worker.made.stamp(1, 20);
  const taken = pictures.take(false);
  Worker.made.stamp(21, 60);
  Worker.made.tell(coded(20));
  expect((await taken)?.atMs).toBeCloseTo(33 * 20 + 5);
});

it("goes on after a picture that couldn't be coded", async () => {
  const pictures = watch();
  Worker.made.stamp(1, 1);
  const failed = pictures.take(false);
  Worker.made.tell({ coded: null });
  expect(await failed).toBeNull();
  Worker.made.stamp(2, 3);
  const taken = pictures.take(false);
  Worker.made.tell(coded(3));
  expect((await taken)?.atMs).toBeCloseTo(33 * 3 + 5);
});
