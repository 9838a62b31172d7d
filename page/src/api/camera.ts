/** The browser's camera: a list, a stream, and pictures out of it. */
import { texts } from "../texts";

/** Longer side of the pictures that are sent; faces are found at less than this. */
const LONGEST = 960;
const JPEG = 0.85;

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

export class Camera {
  private stream: MediaStream | null = null;
  private readonly canvas = document.createElement("canvas");
  private origin = 0;

  /** Opens a camera (any, if none is named) and shows it in a video element. */
  async open(id: string, video: HTMLVideoElement): Promise<void> {
    this.close(video);
    if (!navigator.mediaDevices?.getUserMedia) throw new CameraError(texts.live.insecure);
    const wish: MediaTrackConstraints = { width: { ideal: 1280 }, height: { ideal: 720 }, frameRate: { ideal: 30 } };
    const choice = id ? { deviceId: { exact: id } } : { facingMode: "user" };
    try {
      this.stream = await navigator.mediaDevices.getUserMedia({ audio: false, video: { ...wish, ...choice } });
    } catch (error) {
      throw new CameraError(wordsOf(error));
    }
    video.srcObject = this.stream;
    await video.play();
    this.origin = performance.now();
  }

  close(video: HTMLVideoElement | null): void {
    this.stream?.getTracks().forEach((track) => track.stop());
    this.stream = null;
    if (video) video.srcObject = null;
  }

  get opened(): boolean {
    return this.stream !== null;
  }

  /** Seconds since the camera was opened. */
  get time(): number {
    return (performance.now() - this.origin) / 1000;
  }

  /** The picture of this moment, scaled down; null while there is none. */
  grab(video: HTMLVideoElement): HTMLCanvasElement | null {
    const { videoWidth, videoHeight } = video;
    if (!videoWidth || !videoHeight) return null;
    const scale = Math.min(1, LONGEST / Math.max(videoWidth, videoHeight));
    this.canvas.width = Math.round(videoWidth * scale);
    this.canvas.height = Math.round(videoHeight * scale);
    this.canvas.getContext("2d", { alpha: false })?.drawImage(video, 0, 0, this.canvas.width, this.canvas.height);
    return this.canvas;
  }
}

export function toJpeg(canvas: HTMLCanvasElement): Promise<ArrayBuffer | null> {
  return new Promise((resolve) => {
    canvas.toBlob((blob) => (blob ? void blob.arrayBuffer().then(resolve) : resolve(null)), "image/jpeg", JPEG);
  });
}

export function copyOf(canvas: HTMLCanvasElement): HTMLCanvasElement {
  const copy = document.createElement("canvas");
  copy.width = canvas.width;
  copy.height = canvas.height;
  copy.getContext("2d", { alpha: false })?.drawImage(canvas, 0, 0);
  return copy;
}
