/** The picture that stands in the camera's place: one with hidden faces, or one from the server. */
import { signal } from "@preact/signals";
import type { Frame } from "../api/results";
import { Hidden, hideFaces } from "../logic/hiding";
import { canvasOf } from "../parts/media";

const PREVIEWS = 4;

export class ShownPicture {
  /** None where the camera's own is seen. */
  readonly now = signal<CanvasImageSource | null>(null);
  private hidden = new Hidden();
  private readonly previews = new Map<number, ImageBitmap>();

  /** `copyAt` gives the picture that was sent at a time. */
  constructor(private readonly copyAt: (time: number) => ImageBitmap | null) {}

  clear(): void {
    this.hidden = new Hidden();
    this.previews.clear();
    this.now.value = null;
  }

  /** Something to show at once, until the first hidden frame comes. */
  cover(): void {
    const empty = document.createElement("canvas");
    empty.width = 16;
    empty.height = 9;
    this.now.value = empty;
  }

  /** The frame that was read, with its faces hidden where that is wanted: never the camera's newer one. */
  read(frame: Frame, hide: boolean): void {
    // Also while nothing is hidden: a face that was just lost is known when hiding begins.
    const boxes = this.hidden.boxes(frame);
    const copy = hide ? this.copyAt(frame.time_s ?? 0) : null;
    const picture = copy && canvasOf(copy);
    copy?.close();
    if (!picture) return;
    hideFaces(picture, boxes, frame.width ?? picture.width, frame.height ?? picture.height);
    this.now.value = picture;
  }

  /** A picture that the server sent, shown as soon as its frame was read. */
  async preview(time: number, blob: Blob, readUntil: () => number): Promise<void> {
    this.previews.set(time, await createImageBitmap(blob));
    for (const old of [...this.previews.keys()].slice(0, -PREVIEWS)) this.previews.delete(old);
    if (time <= readUntil() + 1e-6) this.showPreview(readUntil());
  }

  showPreview(time: number): void {
    const picture = this.previews.get(time);
    if (picture) this.now.value = picture;
  }
}
