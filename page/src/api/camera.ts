/** The browser's camera: a list, a stream, and what becomes of it. */
import { texts } from "../texts";
import { watchPictures, type Pictures } from "./pictures";

export class CameraError extends Error {}

export interface Device {
  id: string;
  name: string;
}

export async function listCameras(): Promise<Device[]> {
  if (!navigator.mediaDevices?.enumerateDevices) return [];
  const devices = await navigator.mediaDevices.enumerateDevices();
  return devices
    .filter((device) => device.kind === "videoinput")
    .map((device, index) => ({ id: device.deviceId, name: device.label || texts.live.camera(index + 1) }));
}

function wordsOf(error: unknown): string {
  const name = error instanceof DOMException ? error.name : "";
  if (name === "NotAllowedError" || name === "SecurityError") return texts.live.denied;
  if (name === "NotFoundError" || name === "OverconstrainedError") return texts.live.noCamera;
  return texts.live.cameraBusy;
}

/** What a camera tells: a new picture, that there will be none any more, that it pauses or goes on. */
export interface CameraEvents {
  picture(): void;
  ended(): void;
  paused(on: boolean): void;
}

export class Camera {
  pictures: Pictures | null = null;
  private stream: MediaStream | null = null;
  private originMs = performance.now();

  constructor(private readonly events: CameraEvents) {}

  /** Opens a camera (any, if none is named) and shows it in a video element. */
  async open(id: string, video: HTMLVideoElement): Promise<void> {
    this.close(video);
    if (!navigator.mediaDevices?.getUserMedia) throw new CameraError(texts.live.insecure);
    const wish: MediaTrackConstraints = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
    const choice = id ? { deviceId: { exact: id } } : { facingMode: "user" };
    let stream: MediaStream;
    try {
      stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...wish, ...choice } });
    } catch (error) {
      throw new CameraError(wordsOf(error));
    }
    this.stream = video.srcObject = stream;
    await video.play();
    const [track] = stream.getVideoTracks();
    if (track) this.follow(track, video);
  }

  close(video: HTMLVideoElement | null): void {
    this.pictures?.stop();
    this.pictures = null;
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    if (video) video.srcObject = null;
  }

  /** Time is counted from now on. */
  startClock(): void {
    this.originMs = performance.now();
  }

  /** Seconds since the clock was started. */
  get time(): number {
    return this.timeOf(performance.now());
  }

  timeOf(atMs: number): number {
    return (atMs - this.originMs) / 1000;
  }

  private follow(track: MediaStreamTrack, video: HTMLVideoElement): void {
    // A camera that was closed here tells nothing: its tracks are stopped, which is no event.
    track.addEventListener("ended", () => this.events.ended());
    track.addEventListener("mute", () => this.events.paused(true));
    track.addEventListener("unmute", () => this.events.paused(false));
    this.pictures = watchPictures(track, video, () => this.events.picture());
  }
}
