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

/** Drawn into, it holds the number of the picture that the video showed. */
class Canvas {
  private drawn = 0;
  constructor(readonly width: number, readonly height: number) {}

  getContext(): object {
    return {
      canvas: this,
      drawImage: (video: { picture: number }) => (this.drawn = video.picture),
      getImageData: () => ({ data: [this.drawn] }),
    };
  }

  async convertToBlob(): Promise<Blob> {
    return new Blob([new Uint8Array([this.drawn])]);
  }
}

/** A camera in a video element; it tells of pictures as they are shown, or is looked at. */
function shown(each: boolean) {
  vi.useFakeTimers({ toFake: ["setInterval", "clearInterval", "performance"] });
  vi.stubGlobal("OffscreenCanvas", Canvas);
  vi.stubGlobal("window", globalThis);
  let tell = () => {};
  const video = {
    picture: 0,
    videoWidth: 64,
    videoHeight: 48,
    ...(each && { requestVideoFrameCallback: (on: (now: number, told: object) => void) => (tell = () => on(performance.now(), {})) }),
  };
  const onNew = vi.fn();
  const pictures = watchPictures({} as MediaStreamTrack, video as unknown as HTMLVideoElement, onNew);
  return {
    video,
    onNew,
    pass: (ms: number) => (vi.advanceTimersByTime(ms), tell()),
    take: async () => {
      const taken = await pictures.take(false);
      return taken && { picture: new Uint8Array(taken.jpeg)[0], atMs: taken.atMs };
    },
  };
}

afterEach(() => {
  vi.unstubAllGlobals();
  vi.useRealTimers();
});

it.each([true, false])("gives a picture once that was taken before it was told of (told: %s)", async (each) => {
  const camera = shown(each);
  camera.video.picture = 1;
  camera.pass(20);
  camera.video.picture = 2;
  const at = performance.now();
  expect(await camera.take()).toEqual({ picture: 2, atMs: at });
  camera.pass(20);
  expect(camera.onNew).toHaveBeenCalledTimes(1);
  camera.video.picture = 3;
  camera.pass(20);
  expect(camera.onNew).toHaveBeenCalledTimes(2);
  expect((await camera.take())?.picture).toBe(3);
});

it("counts pictures that stay the same, where the browser tells of each", () => {
  const camera = shown(true);
  for (let n = 0; n < 5; n += 1) camera.pass(20);
  expect(camera.onNew).toHaveBeenCalledTimes(5);
});

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
