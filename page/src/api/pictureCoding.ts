/** A camera's picture as it is sent, in the page or in a worker, and what the two tell each other. */

/** Longer side of the pictures that are sent; faces are found at less than this. */
const LONGEST = 960;
const QUALITY = 0.85;

export interface Coded {
  jpeg: ArrayBuffer;
  /** The same picture to show, where it was asked for. */
  picture: ImageBitmap | null;
}

export type Asked = { pictures: ReadableStream<VideoFrame> } | { copy: boolean };
export type Told = { stampMs: number; cameMs: number } | { coded: (Coded & { stampMs: number }) | null };

/** Scaled down, as JPEG. */
export async function encode(
  source: CanvasImageSource,
  { width, height }: { width: number; height: number },
  copy: boolean,
): Promise<Coded> {
  const scale = Math.min(1, LONGEST / Math.max(width, height));
  const canvas = new OffscreenCanvas(Math.round(width * scale), Math.round(height * scale));
  canvas.getContext("2d", { alpha: false })?.drawImage(source, 0, 0, canvas.width, canvas.height);
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
  return { jpeg: await blob.arrayBuffer(), picture: copy ? canvas.transferToImageBitmap() : null };
}
