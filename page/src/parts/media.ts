/** Pictures out of what a page shows, with faces hidden or with their overlay. */
import type { Frame } from "../api/results";
import { hideFaces } from "../logic/hiding";
import { drawScene } from "./overlay";

export type Media = HTMLImageElement | HTMLVideoElement;

function sizeOf(media: Media | ImageBitmap): [number, number] {
  if (media instanceof ImageBitmap) return [media.width, media.height];
  return media instanceof HTMLVideoElement
    ? [media.videoWidth, media.videoHeight]
    : [media.naturalWidth, media.naturalHeight];
}

/** What the element shows now, in a canvas; null while it shows nothing. */
export function canvasOf(media: Media | ImageBitmap, longest = 4096): HTMLCanvasElement | null {
  const [width, height] = sizeOf(media);
  if (!width || !height) return null;
  const scale = Math.min(1, longest / Math.max(width, height));
  const canvas = document.createElement("canvas");
  canvas.width = Math.round(width * scale);
  canvas.height = Math.round(height * scale);
  canvas.getContext("2d", { alpha: false })?.drawImage(media, 0, 0, canvas.width, canvas.height);
  return canvas;
}

const boxesOf = (frame: Frame) => frame.faces.flatMap((face) => (face.box_xyxy ? [face.box_xyxy] : []));

export function hiddenPicture(media: Media, frame: Frame, longest?: number): HTMLCanvasElement | null {
  const canvas = canvasOf(media, longest);
  if (canvas) hideFaces(canvas, boxesOf(frame), frame.width ?? canvas.width, frame.height ?? canvas.height);
  return canvas;
}

/** A PNG with boxes and labels, faces hidden where asked. */
export function drawnPicture(media: Media, frame: Frame, hidden: boolean): Promise<Blob | null> {
  const canvas = hidden ? hiddenPicture(media, frame) : canvasOf(media);
  const context = canvas?.getContext("2d");
  if (!canvas || !context) return Promise.resolve(null);
  drawScene(context, {
    width: frame.width ?? canvas.width,
    height: frame.height ?? canvas.height,
    faces: frame.faces,
    chosen: null,
    mirrored: false,
    area: { left: 0, top: 0, width: canvas.width, height: canvas.height },
    scale: Math.max(1, Math.min(canvas.width, canvas.height) / 640),
  });
  return new Promise((resolve) => canvas.toBlob(resolve, "image/png"));
}
