/** Faces replaced by a few flat colours, in the picture's own pixels, before anything is shown. */
import type { Box, Frame } from "../api/results";

const CELLS = 6;
const MARGIN = 0.25;
const KEEP_S = 1;

/** Which boxes to hide: those of now, and the last ones of faces that were lost less than a second ago. */
export class Hidden {
  private readonly last = new Map<number, { time: number; box: Box }>();

  boxes(frame: Frame): Box[] {
    const time = frame.time_s ?? 0;
    for (const face of frame.faces) {
      if (face.id !== null && face.box_xyxy) this.last.set(face.id, { time, box: face.box_xyxy });
    }
    for (const [id, seen] of this.last) {
      if (time - seen.time > KEEP_S || time < seen.time) this.last.delete(id);
    }
    const nameless = frame.faces.flatMap((face) => (face.id === null && face.box_xyxy ? [face.box_xyxy] : []));
    return [...[...this.last.values()].map((seen) => seen.box), ...nameless];
  }
}

export interface Area {
  left: number;
  top: number;
  width: number;
  height: number;
}

/** The area of a box and a quarter of its size around it, within the picture, in whole pixels. */
export function hiddenArea(box: Box, width: number, height: number): Area | null {
  const [across, down] = [(box[2] - box[0]) * MARGIN, (box[3] - box[1]) * MARGIN];
  const left = Math.max(0, Math.floor(box[0] - across));
  const top = Math.max(0, Math.floor(box[1] - down));
  const right = Math.min(width, Math.ceil(box[2] + across));
  const bottom = Math.min(height, Math.ceil(box[3] + down));
  return right > left && bottom > top ? { left, top, width: right - left, height: bottom - top } : null;
}

/** Paints over faces in a canvas that holds the picture; boxes in pixels of `width` x `height`. */
export function hideFaces(canvas: HTMLCanvasElement, boxes: readonly Box[], width: number, height: number): void {
  const context = canvas.getContext("2d");
  if (!context) return;
  const small = document.createElement("canvas");
  small.width = small.height = CELLS;
  const cells = small.getContext("2d") as CanvasRenderingContext2D;
  const [sx, sy] = [canvas.width / width, canvas.height / height];
  for (const box of boxes) {
    const area = hiddenArea([box[0] * sx, box[1] * sy, box[2] * sx, box[3] * sy], canvas.width, canvas.height);
    if (!area) continue;
    cells.clearRect(0, 0, CELLS, CELLS);
    cells.drawImage(canvas, area.left, area.top, area.width, area.height, 0, 0, CELLS, CELLS);
    context.imageSmoothingEnabled = false;
    context.drawImage(small, 0, 0, CELLS, CELLS, area.left, area.top, area.width, area.height);
  }
}
